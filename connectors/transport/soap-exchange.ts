/** One SOAP exchange: sends a written envelope and gives its answer only when that was checked, in order. */
import { CallFailure, type FailureKind } from "../failure.ts";
import { type AttachmentTraffic, multipartRequest, type Received, storeParts } from "./attachments.ts";
import { type CheckedEnvelope, checkEnvelope, type SoapFault } from "./check-envelope.ts";
import { decodeXml } from "./decode.ts";
import type { Answer, Exchange, StreamedAnswer } from "./exchange.ts";
import { type Part, parameterOf, readMultipart } from "./multipart.ts";
import { type Refusals, refusals, unclearStatus } from "./refusals.ts";
import { faultFailure } from "./soap-fault.ts";
import type { EnvelopeGuard } from "./security/guard.ts";
import { xmlBytes } from "./xml-text.ts";

/** How answers are read, whoever wrote the request. */
export interface SoapReading {
  /** What a fault means here; undefined leaves it to the usual reading: WS-Security is `misconfigured`, all else `unknown`. */
  onFault?: (fault: SoapFault) => CallFailure | undefined;
  /** Statuses that certainly mean "nothing was done"; none when absent, so that a 503 is `unknown`. */
  refusals?: Refusals;
  /** Parts of WS-Security, in the order in which they protect requests. */
  guards?: readonly EnvelopeGuard[];
}

export interface SoapPartner {
  settings: SoapReading & { system: string };
  exchange: Exchange;
  signal: AbortSignal;
}

export interface SoapRequest {
  envelope: string;
  headers: Readonly<Record<string, string>>;
  /** Whether the operation has no answer: 202 and 204 without a body are then done. */
  oneWay: boolean;
  /** Allows references of SOAP encoding within the answer. */
  references?: boolean;
  /** Files that go along, and whether files may come back; without it a multipart answer is refused. */
  attachments?: AttachmentTraffic;
}

export interface SoapReply {
  status: number;
  /** Absent when a one-way request was taken without an envelope. */
  envelope?: CheckedEnvelope;
  /** Stores the files that came along; to be called once, when the envelope is the one expected. */
  attachments(): Promise<Received[]>;
  /** Lets go of what was not read; to be called in the end. */
  close(): Promise<void>;
}

/** The envelope to send, as the guards want it. */
export const protectedBy = ({ system, guards = [] }: SoapPartner["settings"], envelope: string): string =>
  guards.reduce((one, guard) => guard.protect?.(system, one) ?? one, envelope);

/** The envelope to read: only what every guard has proven. */
export const provenBy = ({ system, guards = [] }: SoapPartner["settings"], envelope: string): string =>
  guards.reduce((one, guard) => guard.verify?.(system, one) ?? one, envelope);

/** Sends once; every failure is a `CallFailure`, faults included. */
export async function exchangeSoap(partner: SoapPartner, request: SoapRequest): Promise<SoapReply> {
  const { system } = partner.settings;
  const written = protectedBy(partner.settings, request.envelope);
  const headers = { ...request.headers, Accept: "text/xml, application/soap+xml, multipart/related" };
  const { answer, files } = await sent(partner, written, headers, request.attachments);
  try {
    const envelope = checked(partner.settings, answer, request);
    const attachments = async () => (files && request.attachments ? storeParts(system, files, request.attachments) : []);
    return {
      status: answer.status,
      ...(envelope ? { envelope } : {}),
      attachments,
      close: async () => void (await files?.return(undefined)),
    };
  } catch (error) {
    await files?.return(undefined);
    throw error;
  }
}

interface Sent {
  answer: Answer;
  /** The parts after the root of a multipart answer. */
  files?: AsyncGenerator<Part>;
}

async function sent(
  { settings, exchange, signal }: SoapPartner,
  envelope: string,
  headers: Record<string, string>,
  traffic?: AttachmentTraffic,
): Promise<Sent> {
  const { system } = settings;
  const body = xmlBytes(system, envelope, "UTF-8");
  const request = { method: "POST", path: "", signal } as const;
  if (!traffic) return { answer: await exchange.send({ ...request, headers, body }) };
  if (settings.guards?.some(({ protect }) => protect) && traffic.style === "mtom" && traffic.send?.length)
    throw new TypeError(`${system}: a signature over MTOM attachments is not written here`);
  const multipart = traffic.send?.length ? await multipartRequest(system, body.toString("utf8"), headers, traffic) : { body, headers };
  return rootOf(system, await exchange.sendStreamed({ ...request, ...multipart }));
}

/** The answer's envelope as its bytes, bounded; the files behind it are still to come. */
async function rootOf(system: string, { chunks, ...head }: StreamedAnswer): Promise<Sent> {
  if (!/^multipart\/related\b/i.test(head.contentType ?? "")) return { answer: { ...head, bytes: await gathered(system, chunks) } };
  const files = readMultipart(system, head.contentType, chunks);
  const fail = (what: string) => new CallFailure("contract-broken", `${system}: ${what}`, { code: "MULTIPART", status: head.status });
  try {
    const root = await files.next();
    if (root.done) throw fail("the answer has no root");
    const { headers, body } = root.value;
    const start = parameterOf(head.contentType, "start");
    if (start !== undefined && start !== headers["content-id"]) throw fail("the answer's envelope is not its first part");
    return { answer: { ...head, contentType: headers["content-type"], bytes: await gathered(system, body) }, files };
  } catch (error) {
    await files.return(undefined);
    throw error;
  }
}

const ROOT_BYTES = 10 << 20;

async function gathered(system: string, chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > ROOT_BYTES) throw new CallFailure("contract-broken", `${system}: the answer is larger than allowed`, { code: "TOO_LARGE" });
    all.push(chunk);
  }
  return Buffer.concat(all);
}

/** The answer's envelope when it is one of success; undefined when a one-way request was taken without one. */
function checked(settings: SoapPartner["settings"], answer: Answer, request: SoapRequest): CheckedEnvelope | undefined {
  const { system, guards = [] } = settings;
  const refusal = settings.refusals && refusals(system, answer, settings.refusals);
  if (refusal) throw refusal;
  const { status } = answer;
  if (request.oneWay && answer.bytes.length === 0 && (status === 202 || status === 204)) return undefined;
  let envelope: CheckedEnvelope;
  try {
    envelope = envelopeIn(system, answer, { references: request.references ?? false, guards });
  } catch (error) {
    // Without a readable fault an error status says nothing about the effect.
    throw status >= 400 ? unclearStatus(system, answer) : stated(error, answer);
  }
  if (envelope.fault) throw stated(faultFailure(system, envelope.fault, settings.onFault), answer);
  if (status >= 400) throw unclearStatus(system, answer);
  return envelope;
}

interface Expected {
  references: boolean;
  guards: readonly EnvelopeGuard[];
}

function envelopeIn(system: string, answer: Answer, { references, guards }: Expected): CheckedEnvelope {
  const fail = (kind: FailureKind, code: string, what: string) => new CallFailure(kind, `${system}: ${what}`, { code });
  if (answer.bytes.length === 0) throw fail("contract-broken", "EMPTY", "the answer is empty");
  const type = (answer.contentType ?? "text/xml").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type.startsWith("multipart/"))
    throw fail("contract-broken", "MULTIPART", "the answer has attachments, which this connector does not read");
  if (!/^(?:text|application)\/(?:[\w.-]+\+)?xml$/.test(type)) throw fail("contract-broken", "NOT_SOAP", "the answer is not XML");
  const text = decodeXml(system, answer.bytes, answer.contentType);
  const envelope = checkEnvelope(system, text, { references });
  const proven = provenBy({ system, guards }, text);
  return proven === text ? envelope : checkEnvelope(system, proven, { references });
}

/** The failure with what is known of the answer, for operators. */
function stated(error: unknown, { status, contentType, bytes }: Answer): unknown {
  if (!(error instanceof CallFailure)) return error;
  return new CallFailure(error.kind, error.message, { status, contentType, bytes: bytes.length, ...error.detail });
}
