/** The typed client in process: on Temporal, the register and the catalogue. The gateway serves it; tests and tools may use it directly. */
import { randomUUID } from "node:crypto";
import type { Client } from "@temporalio/client";
import type { CaseStart, MessageAnswer } from "../cases/message.ts";
import type { ApplicantStatus, CaseStatus } from "../cases/status.ts";
import { applicantView } from "../cases/views.ts";
import { newCaseId } from "./case-id.ts";
import { asShown } from "./as-shown.ts";
import type { CasesClient, NewMessage, NewRepair, StartAnswer, StartRequest, StatusOptions } from "./cases-client.ts";
import { openDefinitions } from "./definitions.ts";
import { type CaseEngine, temporalEngine } from "./engine.ts";
import { DarsenaError } from "./errors.ts";
import { gatesSeen, toldToApplicant, toldToOperator } from "./gate-status.ts";
import { evidenceOf } from "./evidence.ts";
import { bodyHash, keyHash } from "./idempotency.ts";
import type { CaseRegister, ServiceCatalogue } from "./ports.ts";
import { parkedPage, problemReport } from "./problem-report.ts";
import { askRegister } from "./register-calls.ts";
import { unpublished } from "./unpublished.ts";
import { waitUntil } from "./waiting.ts";

/** How long `status` with `after` waits for that number. */
export const AFTER_WAIT_MS = 30_000;

/** A status does not wait longer than this for the gates. */
const GATES_MS = 2_000;

/** How large a file may be unless told, in bytes. */
export const ATTACHMENT_LIMIT = 50 * 1024 * 1024;

/** What the in-process client stands on. */
export interface CasesDeps {
  /** A Temporal client with Darsena's data converter, in the municipality's namespace; or an engine, for tests. */
  temporal: Client | CaseEngine;
  register: CaseRegister;
  catalogue: ServiceCatalogue;
  /** Whose cases these are; receipts are numbered per municipality. */
  municipality: string;
  /** Of the municipality; Europe/Rome unless told. */
  timeZone?: string;
  /** `cases` unless told. */
  taskQueue?: string;
  attachmentLimitBytes?: number;
  /** Called between the acts of a start; tests stop the process here. */
  checkpoint?(reached: "after-row" | "after-start", caseId: string): void | Promise<void>;
  /** Told of what went wrong beside an answer that stands. */
  warn?(message: string, caseId: string, error: unknown): void;
}

/** Opens the client; nothing is contacted before the first call. */
export function openCases(deps: CasesDeps): CasesClient {
  const engine = "workflow" in deps.temporal ? temporalEngine(deps.temporal, deps.taskQueue) : deps.temporal;
  const { register, catalogue } = deps;
  const definitions = openDefinitions(deps);
  const full = (caseId: string, after?: number) => readStatus(register, engine, catalogue, caseId, after);
  const shown = (caseId: string) => () => askRegister(() => register.cases.status(caseId));
  const gates = gatesSeen(() => askRegister(() => register.gates.all(), GATES_MS));
  const timeZone = deps.timeZone ?? "Europe/Rome";

  function status(caseId: string, options: StatusOptions & { view: "operator" }): Promise<CaseStatus>;
  function status(caseId: string, options?: StatusOptions): Promise<ApplicantStatus>;
  async function status(caseId: string, { after, view }: StatusOptions = {}): Promise<ApplicantStatus> {
    const found = await full(caseId, after);
    const gate = await gates.holding(found);
    if (!gate) return view === "operator" ? found : applicantView(found);
    return view === "operator"
      ? toldToOperator(found, gate, timeZone, Date.now())
      : toldToApplicant(applicantView(found), gate, timeZone, Date.now());
  }

  async function send(caseId: string, message: NewMessage): Promise<MessageAnswer> {
    const whole = { id: randomUUID(), from: "applicant", at: new Date().toISOString(), ...message };
    return (await asShown(whole, () => engine.message(caseId, whole), shown(caseId))) ?? notRunning(register, caseId);
  }

  return {
    status,
    send,
    definitions,
    services: async () => (await catalogue.services()).map(withPlainOffice),
    async service(id) {
      const found = await catalogue.describe(id);
      if (found === undefined) throw new DarsenaError("UNKNOWN_SERVICE");
      return withPlainOffice(found);
    },
    startCase: (start) => startCase(deps, engine, start),
    list: (filter = {}) => askRegister(() => register.cases.list(filter)),
    withdraw: (caseId, { id = randomUUID(), reason, from = "applicant" } = {}) =>
      send(caseId, { id, name: "withdraw", body: reason === undefined ? {} : { reason }, from }),
    async repair(caseId: string, repair: NewRepair) {
      const whole = { id: randomUUID(), ...repair };
      return (await asShown(whole, () => engine.repair(caseId, whole), shown(caseId))) ?? notRunning(register, caseId);
    },
    evidence: (caseId) => evidenceOf(register, caseId),
    problems: () => problemReport(register, engine, deps.municipality),
    parked: (cause, page) => parkedPage(register, deps.municipality, cause, page),
    async adopt(caseId, { id = randomUUID(), version, by, reason }) {
      const service = (await full(caseId)).service;
      const definition = await definitions.definition(service, version);
      return (await engine.adopt(caseId, { id, version, ...definition, by, reason })) ?? notRunning(register, caseId);
    },
    waitFor: (caseId, condition, { timeoutMs } = {}) => waitUntil((after) => full(caseId, after), condition, timeoutMs),
    // A file takes as long as its sender does; the deadline of an ordinary register call would cut it off.
    attach: ({ name, mediaType, content }) =>
      askRegister(
        () => register.attachments.receive(content, { name, mediaType, maxBytes: deps.attachmentLimitBytes ?? ATTACHMENT_LIMIT }),
        600_000,
      ),
    async attachment(id) {
      const ref = await askRegister(() => register.attachments.find(id));
      if (ref === undefined) throw new DarsenaError("ATTACHMENT_NOT_FOUND");
      return { ref, content: await askRegister(() => register.attachments.open(ref)) };
    },
    async health() {
      const pings = [engine.ping(), askRegister(() => register.cases.known("-"), 2_000)];
      const [temporal, inRegister] = (await Promise.allSettled(pings)).map(({ status }) => status === "fulfilled");
      return { ok: temporal === true && inRegister === true, temporal: temporal === true, register: inRegister === true };
    },
  };
}

/** Which office it is may be an expression over the request; nobody outside reads those. */
function withPlainOffice<S extends { office?: string }>({ office, ...rest }: S): Omit<S, "office"> & { office?: string } {
  return office === undefined || office.includes("${") ? rest : { ...rest, office };
}

/** What a start stands on: less than the whole client does. */
export interface StartDeps extends Pick<CasesDeps, "municipality" | "checkpoint" | "warn"> {
  register: { cases: Pick<CaseRegister["cases"], "reserve" | "confirm"> };
  catalogue: Pick<ServiceCatalogue, "describe" | "checkRequest">;
  /** How ids of cases are made; at random unless told. */
  newId?(service: string): string;
}

/** Row, workflow, confirmation: whichever of them a crash leaves undone, the same key and body complete it with the same case id. */
export async function startCase(deps: StartDeps, engine: Pick<CaseEngine, "start">, start: StartRequest): Promise<StartAnswer> {
  const { register, catalogue, newId = newCaseId } = deps;
  const { service, request, channel = "api", idempotencyKey: key = randomUUID(), presentedAt } = start;
  const described = await catalogue.describe(service);
  if (described === undefined) throw new DarsenaError("UNKNOWN_SERVICE");
  const errors = await catalogue.checkRequest(service, request);
  if (errors.length > 0) throw new DarsenaError("INVALID_REQUEST", { errors });
  const argument: CaseStart = { request, channel, ...(presentedAt === undefined ? {} : { presentedAt }) };
  const caseId = newId(service);
  const hashes = { keyHash: keyHash(channel, key), bodyHash: bodyHash(key, { service, ...argument }) };
  const reserved = await askRegister(() =>
    register.cases.reserve({ caseId, service, channel, municipality: deps.municipality, ...hashes }),
  );
  if (reserved.verdict === "other-body") throw new DarsenaError("IDEMPOTENCY_KEY_REUSED");
  const answer = { case: reserved.caseId, service, number: 1, created: !reserved.confirmed };
  if (reserved.confirmed) return answer;
  await deps.checkpoint?.("after-row", answer.case);
  await engine.start(answer.case, service, described.title.en, argument);
  await deps.checkpoint?.("after-start", answer.case);
  try {
    await askRegister(() => register.cases.confirm(answer.case));
  } catch (error) {
    // Temporal has the case; its own first activity confirms the row when the register is back.
    deps.warn?.("the row of a started case is not confirmed yet", answer.case, error);
  }
  return answer;
}

async function readStatus(
  register: CaseRegister,
  engine: CaseEngine,
  catalogue: ServiceCatalogue,
  caseId: string,
  after?: number,
): Promise<CaseStatus> {
  const published = await askRegister(() => register.cases.status(caseId));
  const found = published ?? (await unpublished(engine, catalogue, caseId));
  if (found === undefined) throw new DarsenaError("CASE_NOT_FOUND");
  if (after === undefined || found.number >= after) return found;
  const later = await askRegister(() => register.cases.waitFor(caseId, after, AFTER_WAIT_MS), AFTER_WAIT_MS + 5_000);
  return later ?? found;
}

async function notRunning(register: CaseRegister, caseId: string): Promise<never> {
  const known = (await askRegister(() => register.cases.status(caseId))) ?? (await askRegister(() => register.cases.known(caseId)));
  throw new DarsenaError(known === undefined ? "CASE_NOT_FOUND" : "CASE_CLOSED");
}
