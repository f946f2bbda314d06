/** The typed client over HTTP: what backend teams and the command line use. */
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { MessageAnswer } from "../cases/message.ts";
import type { ApplicantStatus, CaseStatus } from "../cases/status.ts";
import type { AttachmentRef } from "../connectors/shared-types.ts";
import type { CasePage, CasesClient, Health, ServiceDescription, ServiceSummary, StartAnswer, StatusOptions } from "./cases-client.ts";
import type { CurrentVersion, DefinitionsClient, Position, ServiceVersions, SetAlias } from "./definitions-client.ts";
import type { Pinned } from "../catalogue/definition.ts";
import { DarsenaError, isErrorCode, type Problem } from "./errors.ts";
import type { CaseEvidence } from "./evidence.ts";
import { writeIdempotencyKey } from "./idempotency.ts";
import type { ParkedPage, ProblemReport } from "./problem-report.ts";
import { waitUntil } from "./waiting.ts";

/** Longer than the gateway's own longest wait, so that its answer is always heard. */
const CALL_MS = 45_000;
const FILE_MS = 600_000;

/** A client of the gateway at this address; nothing is contacted before the first call. */
export function httpClient(baseUrl: string): CasesClient {
  const call = caller(baseUrl);

  function status(caseId: string, options: StatusOptions & { view: "operator" }): Promise<CaseStatus>;
  function status(caseId: string, options?: StatusOptions): Promise<ApplicantStatus>;
  function status(caseId: string, { view = "applicant", after }: StatusOptions = {}) {
    return call<CaseStatus>("GET", `${at(caseId)}${query({ view, after })}`);
  }

  return {
    status,
    services: async () => (await call<{ items: ServiceSummary[] }>("GET", "/services")).items,
    service: (id) => call<ServiceDescription>("GET", `/services/${encodeURIComponent(id)}`),
    async startCase({ idempotencyKey = randomUUID(), ...body }) {
      const response = await call.raw("POST", "/cases", { body, headers: { "idempotency-key": writeIdempotencyKey(idempotencyKey) } });
      const { case: caseId, service, number } = await jsonOf<StartAnswer>(response);
      return { case: caseId, service, number, created: response.status === 201 };
    },
    list: (filter = {}) => call<CasePage>("GET", `/cases${query({ ...filter })}`),
    send: (caseId, message) => call<MessageAnswer>("POST", at(caseId, "/messages"), { body: { id: randomUUID(), ...message } }),
    withdraw: (caseId, { id = randomUUID(), reason } = {}) =>
      call<MessageAnswer>("POST", at(caseId, "/withdrawal"), { body: { id, reason } }),
    repair: (caseId, repair) => call<MessageAnswer>("POST", at(caseId, "/repairs"), { body: { id: randomUUID(), ...repair } }),
    evidence: (caseId) => call<CaseEvidence>("GET", at(caseId, "/evidence")),
    problems: () => call<ProblemReport>("GET", "/problems"),
    parked: (cause, page = {}) => call<ParkedPage>("GET", `/problems/${encodeURIComponent(cause)}/cases${query({ ...page })}`),
    adopt: (caseId, adoption) => call<MessageAnswer>("POST", at(caseId, "/adoptions"), { body: { id: randomUUID(), ...adoption } }),
    definitions: definitionsOver(call),
    waitFor: (caseId, condition, { timeoutMs } = {}) =>
      waitUntil((after) => status(caseId, { view: "operator", after }), condition, timeoutMs),
    attach: ({ name, mediaType, content }) =>
      call<AttachmentRef>("POST", `/attachments${query({ name })}`, { stream: content, headers: { "content-type": mediaType } }),
    async attachment(id) {
      const response = await call.raw("GET", `/attachments/${encodeURIComponent(id)}`);
      const content = Readable.fromWeb(response.body as ReadableStream);
      const name = /filename\*=UTF-8''(\S+)/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? id;
      const ref = {
        id,
        sha256: response.headers.get("x-sha256") ?? "",
        bytes: Number(response.headers.get("content-length")),
        mediaType: response.headers.get("content-type") ?? "application/octet-stream",
        name: decodeURIComponent(name),
      };
      return { ref, content };
    },
    async health() {
      const response = await call.raw("GET", "/health", { accept: [503] });
      return jsonOf<Health>(response);
    },
  };
}

const definitionsOver = (call: ReturnType<typeof caller>): DefinitionsClient => ({
  versions: (service) => call<ServiceVersions>("GET", of(service, "/versions")),
  definition: async (service, version) =>
    (await call<{ definition: Pinned }>("GET", of(service, `/versions/${encodeURIComponent(version)}`))).definition,
  publish: (service, body) => call<CurrentVersion>("POST", of(service, "/versions"), { body }),
  setCurrent: (service, body) => call<CurrentVersion>("PUT", of(service, "/current"), { body }),
  setAlias: (service, { alias, ...body }) => call<SetAlias>("PUT", of(service, `/aliases/${encodeURIComponent(alias)}`), { body }),
  positions: async (service) => (await call<{ items: Position[] }>("GET", of(service, "/positions"))).items,
});

const of = (service: string, part: string) => `/services/${encodeURIComponent(service)}${part}`;
const at = (caseId: string, part = "") => `/cases/${encodeURIComponent(caseId)}${part}`;

interface Parts {
  body?: unknown;
  stream?: Readable;
  headers?: Record<string, string>;
  /** Statuses above 399 that are answers all the same. */
  accept?: number[];
}

/** One call; a problem becomes the DarsenaError that it describes, a gateway that is away UNREACHABLE. */
function caller(baseUrl: string) {
  const base = baseUrl.replace(/\/+$/, "");
  const raw = async (method: string, path: string, { body, stream, headers, accept = [] }: Parts = {}): Promise<Response> => {
    const once = () =>
      fetch(`${base}${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        signal: AbortSignal.timeout(stream === undefined ? CALL_MS : FILE_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(stream === undefined ? {} : { body: Readable.toWeb(stream) as ReadableStream, duplex: "half" as const }),
      });
    const response = await once()
      .catch((cause: unknown) => {
        // A kept connection may have died between two calls. Every call is safe to repeat: a start by its key, an act by its id.
        if (stream === undefined && isReset(cause)) return once();
        throw cause;
      })
      .catch((cause: unknown) => {
        throw new DarsenaError("UNREACHABLE", { detail: `No answer from ${base}.`, cause });
      });
    if (response.ok || accept.includes(response.status)) return response;
    throw await refusal(response, base);
  };
  const json = async <T>(method: string, path: string, parts?: Parts): Promise<T> => jsonOf<T>(await raw(method, path, parts));
  return Object.assign(json, { raw });
}

/** The whole answer; one that broke off on its way says no more than none. */
async function jsonOf<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw new DarsenaError("UNREACHABLE", { detail: `The answer of ${new URL(response.url).origin} broke off.`, cause });
  }
}

function isReset(error: unknown): boolean {
  const code = ((error as Error).cause as { code?: unknown } | undefined)?.code;
  return code === "ECONNRESET" || code === "EPIPE" || code === "UND_ERR_SOCKET";
}

async function refusal(response: Response, base: string): Promise<DarsenaError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  if (!isErrorCode(problem.code))
    return new DarsenaError("UNREACHABLE", { detail: `${base} answered ${response.status}, but not as Darsena does.` });
  const retryAfter = Number(response.headers.get("retry-after")) || undefined;
  return new DarsenaError(problem.code, { detail: problem.detail, errors: problem.errors, details: problem.details, retryAfter });
}

function query(parameters: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? "" : `?${given}`;
}
