/** How an adapter or the transport says that a call went wrong. One class, six kinds; `execute.ts` turns them into outcomes. */
export type FailureKind =
  /** No connection was made, or the system says that it took nothing (503, 429 where the adapter knows). */
  | "not-sent"
  /** Deadline, reset, 5xx: maybe an effect. */
  | "unknown"
  /** An answer that cannot be read or does not fit its schema. For a write this is `unknown`. */
  | "contract-broken"
  /** The system said no, with a business code. */
  | "rejected"
  /** Credentials, certificate, envelope: our setting is wrong. Closes the system's gate. */
  | "misconfigured";

export interface FailureDetail {
  /** Business code of a rejection, or the transport's own code (`DEADLINE`, `RESET`, `NOT_SOAP` ...). */
  code: string;
  /** When the system asked us to wait. */
  retryAfterMs?: number;
  status?: number;
  contentType?: string;
  bytes?: number;
}

/**
 * `message` is shown to operators and logged: it never holds personal data, a value of the request or a text of the answer.
 * The library's own error is never the cause: it holds the whole request.
 */
export class CallFailure extends Error {
  override readonly name = "CallFailure";
  readonly kind: FailureKind;
  readonly detail: FailureDetail;
  constructor(kind: FailureKind, message: string, detail: FailureDetail) {
    super(message);
    this.kind = kind;
    this.detail = detail;
  }
}

export const rejected = (code: string, message: string) => new CallFailure("rejected", message, { code });
export const notSent = (code: string, message: string, retryAfterMs?: number) =>
  new CallFailure("not-sent", message, { code, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
export const misconfigured = (code: string, message: string) => new CallFailure("misconfigured", message, { code });
export const contractBroken = (code: string, message: string) => new CallFailure("contract-broken", message, { code });
export const unknownOutcome = (code: string, message: string) => new CallFailure("unknown", message, { code });
