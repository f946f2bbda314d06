/** One SOAP exchange: sends a written envelope and gives its answer only when that was checked, in order. */
import { CallFailure, type FailureKind } from "../failure.ts";
import { type CheckedEnvelope, checkEnvelope, type SoapFault } from "./check-envelope.ts";
import { decodeXml } from "./decode.ts";
import type { Answer, Exchange } from "./exchange.ts";
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
}

export interface SoapReply {
  status: number;
  /** Absent when a one-way request was taken without an envelope. */
  envelope?: CheckedEnvelope;
}

/** Sends once; every failure is a `CallFailure`, faults included. */
export async function exchangeSoap({ settings, exchange, signal }: SoapPartner, request: SoapRequest): Promise<SoapReply> {
  const { system } = settings;
  const guards = settings.guards ?? [];
  const written = guards.reduce((envelope, guard) => guard.protect?.(system, envelope) ?? envelope, request.envelope);
  const body = xmlBytes(system, written, "UTF-8");
  const headers = { ...request.headers, Accept: "text/xml, application/soap+xml" };
  const answer = await exchange.send({ method: "POST", path: "", headers, body, signal });
  const refusal = settings.refusals && refusals(system, answer, settings.refusals);
  if (refusal) throw refusal;
  const { status } = answer;
  if (request.oneWay && answer.bytes.length === 0 && (status === 202 || status === 204)) return { status };
  let envelope: CheckedEnvelope;
  try {
    envelope = envelopeIn(system, answer, { references: request.references ?? false, guards });
  } catch (error) {
    // Without a readable fault an error status says nothing about the effect.
    throw status >= 400 ? unclearStatus(system, answer) : stated(error, answer);
  }
  if (envelope.fault) throw stated(faultFailure(system, envelope.fault, settings.onFault), answer);
  if (status >= 400) throw unclearStatus(system, answer);
  return { status, envelope };
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
  const proven = guards.reduce((one, guard) => guard.verify?.(system, one) ?? one, text);
  return proven === text ? envelope : checkEnvelope(system, proven, { references });
}

/** The failure with what is known of the answer, for operators. */
function stated(error: unknown, { status, contentType, bytes }: Answer): unknown {
  if (!(error instanceof CallFailure)) return error;
  return new CallFailure(error.kind, error.message, { status, contentType, bytes: bytes.length, ...error.detail });
}
