/** What a network error means: one table from Node's and axios's codes to `CallFailure`. */
import { CallFailure, type FailureKind } from "../failure.ts";

export interface Attempt {
  system: string;
  /** Whether a connection stood (TLS included), so that the request may have been sent. */
  reached: boolean;
  signal: AbortSignal;
}

const NO_CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: "REFUSED",
  ENOTFOUND: "NAME_NOT_FOUND",
  EAI_AGAIN: "NAME_NOT_FOUND",
  EHOSTUNREACH: "UNREACHABLE",
  ENETUNREACH: "UNREACHABLE",
  ETIMEDOUT: "CONNECT_TIMEOUT",
};

/** OpenSSL's verdicts on the server's certificate, and the alerts by which a server refuses ours. */
const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|ERR_SSL_\w*ALERT_\w*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED))/;
/** Before the handshake is done any TLS error is one of settings: protocol, cipher, plain HTTP behind https. */
const HANDSHAKE = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;
const SETTINGS = /^(ERR_INVALID_|ERR_UNESCAPED_|ERR_BAD_OPTION)/;

/** The failure for an error thrown by the HTTP library. The library's error is never kept: it holds the whole request. */
export function networkFailure(error: unknown, attempt: Attempt): CallFailure {
  const codes = codesOf(error);
  const fail = (kind: FailureKind, code: string, what: string) => new CallFailure(kind, `${attempt.system}: ${what}`, { code });
  if (codes.some((code) => CERTIFICATE.test(code))) return fail("misconfigured", "CERTIFICATE", "a certificate was refused");
  if (tooLarge(error)) return fail("contract-broken", "TOO_LARGE", "the answer is larger than allowed");
  if (!attempt.reached) return unsent(codes, attempt, fail);
  if (attempt.signal.aborted) return fail("unknown", abortCode(attempt.signal), "no complete answer before the deadline");
  if (codes.some((code) => /^(Z_|ERR__?ZLIB|ERR_BROTLI|ERR_ZSTD)/.test(code)))
    return fail("contract-broken", "BAD_ENCODING", "the answer cannot be decompressed");
  if (codes.some((code) => code.startsWith("HPE_"))) return fail("unknown", "NOT_HTTP", "the answer is not HTTP");
  return fail("unknown", "RESET", "the connection broke before the answer was complete");
}

type Fail = (kind: FailureKind, code: string, what: string) => CallFailure;

function unsent(codes: string[], { signal }: Attempt, fail: Fail): CallFailure {
  if (signal.aborted) return fail("not-sent", abortCode(signal), "no connection was made before the deadline");
  if (codes.some((code) => HANDSHAKE.test(code))) return fail("misconfigured", "TLS", "no secure connection could be agreed");
  if (codes.some((code) => SETTINGS.test(code)))
    return fail("misconfigured", "BAD_SETTING", "the request cannot be made with these settings");
  const known = codes.find((code) => NO_CONNECTION[code] !== undefined);
  return fail("not-sent", (known && NO_CONNECTION[known]) ?? "NO_CONNECTION", "no connection was made");
}

const abortCode = (signal: AbortSignal): string =>
  (signal.reason as { name?: string } | undefined)?.name === "TimeoutError" ? "DEADLINE" : "CANCELLED";

const tooLarge = (error: unknown): boolean => error instanceof Error && error.message.startsWith("maxContentLength size of");

/** Codes of an error, of its causes and of the parts of an aggregate (Node tries IPv6 and IPv4). */
function codesOf(error: unknown, depth = 0): string[] {
  if (depth > 4 || typeof error !== "object" || error === null) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = Array.isArray(errors) ? errors.flatMap((one) => codesOf(one, depth + 1)) : [];
  return [...(typeof code === "string" ? [code] : []), ...codesOf(cause, depth + 1), ...inner];
}
