/** The one table of coded errors that the typed client, the REST API (RFC 9457) and the command line share. */
import type { FieldIssue, RefusalCode } from "../cases/message.ts";
import type { JsonObject } from "../connectors/json.ts";

/** One coded error: its HTTP status, what it means, and what the caller does about it. */
export interface ErrorEntry {
  status: number;
  sentence: string;
  advice: string;
}

const table = {
  MALFORMED: { status: 400, sentence: "The call cannot be read.", advice: "Correct the call as `errors` or the detail says; see /docs." },
  IDEMPOTENCY_KEY_MISSING: {
    status: 400,
    sentence: "The header Idempotency-Key is missing.",
    advice: "Send a key that is new for each request and the same in each repetition of it, such as a UUID.",
  },
  IDEMPOTENCY_KEY_MALFORMED: {
    status: 400,
    sentence: "The header Idempotency-Key is not a key.",
    advice: "Send 1 to 255 printable ASCII characters without spaces, in double quotes or bare.",
  },
  UNKNOWN_SERVICE: { status: 404, sentence: "There is no such service.", advice: "List the services with GET /services." },
  CASE_NOT_FOUND: { status: 404, sentence: "There is no such case.", advice: "Check the case id." },
  ATTACHMENT_NOT_FOUND: {
    status: 404,
    sentence: "There is no such attachment.",
    advice: "Check the attachment id, or upload the file again.",
  },
  SYSTEM_NOT_FOUND: { status: 404, sentence: "There is no such system.", advice: "List the systems with `darsena systems`." },
  VERSION_NOT_FOUND: {
    status: 404,
    sentence: "The service has no such version.",
    advice: "List its versions with `darsena versions` or GET /services/{id}/versions.",
  },
  NOT_FOUND: { status: 404, sentence: "There is nothing at this address.", advice: "See /docs for the addresses that exist." },
  ALREADY_ANSWERED: {
    status: 409,
    sentence: "This question has been answered already.",
    advice: "`details` says by whom and when; read the status for what is open now.",
  },
  NOT_EXPECTED: {
    status: 409,
    sentence: "The case does not wait for this.",
    advice: "`details` says what it waits for (`waitsFor`), or why not (`reasons`).",
  },
  CASE_CLOSED: { status: 409, sentence: "The case is closed.", advice: "Read its outcome in the status; start another case if needed." },
  CASE_EXISTS: { status: 409, sentence: "A case with this id exists.", advice: "Start the case through the gateway, which makes the id." },
  NO_SUCH_PROBLEM: {
    status: 409,
    sentence: "The case has no such problem now.",
    advice: "Read `problem.id` in the operator's view of the status; it changes each time the case parks.",
  },
  FOREIGN_CALLER: {
    status: 403,
    sentence: "This gateway answers to its own machine only.",
    advice: "Call it as 127.0.0.1 or localhost; DARSENA_TRUSTED_NETWORK=1 lifts this where the network is trusted.",
  },
  TOO_LARGE: { status: 413, sentence: "The body is too large.", advice: "The limit is in the detail; send less, or files as attachments." },
  MEDIA_TYPE: { status: 415, sentence: "This media type is not accepted here.", advice: "The detail lists what is accepted." },
  INVALID_REQUEST: { status: 422, sentence: "The request does not fit the service.", advice: "Correct the fields in `errors`." },
  INVALID_BODY: { status: 422, sentence: "The body has fields that are not right.", advice: "Correct the fields in `errors`." },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    sentence: "This Idempotency-Key was used with another body.",
    advice: "Send a new key for a new request, and the same body with the same key.",
  },
  INVALID_DEFINITION: {
    status: 422,
    sentence: "The definition has mistakes; nothing is published.",
    advice: "`details.findings` names them; `darsena check` shows them with file, line and column.",
  },
  INTERNAL: { status: 500, sentence: "Darsena failed to answer.", advice: "Report the `instance`; the log has the same request id." },
  NOT_SUPPORTED: { status: 501, sentence: "The Temporal server does not offer this.", advice: "Use a server of version 1.29 or later." },
  TEMPORAL_UNAVAILABLE: {
    status: 503,
    sentence: "Temporal does not answer; nothing is accepted.",
    advice: "Repeat the same call later: the same key or id never counts twice.",
  },
  REGISTER_UNAVAILABLE: {
    status: 503,
    sentence: "The register does not answer; nothing is accepted.",
    advice: "Repeat the same call later: the same key or id never counts twice.",
  },
  NO_ANSWER_YET: {
    status: 503,
    sentence: "The case did not answer in time; it may have taken the message.",
    advice: "Repeat the same call with the same id: it never counts twice.",
  },
  WAIT_TIMED_OUT: {
    status: 504,
    sentence: "The case did not get there in time.",
    advice: "Wait longer, or read the status for what it waits for.",
  },
  UNREACHABLE: {
    status: 503,
    sentence: "The gateway cannot be reached.",
    advice: "Start it with `darsena up`, or name its address with --url or DARSENA_URL.",
  },
} as const satisfies Record<string, ErrorEntry> & Record<RefusalCode, ErrorEntry>;

/** Code of an error: a key of the table. */
export type ErrorCode = keyof typeof table;

/** The table for reading: code to status, sentence and advice. */
export const errorTable: Readonly<Record<ErrorCode, ErrorEntry>> = table;

/** True when the text is a code of the table. */
export const isErrorCode = (text: unknown): text is ErrorCode => typeof text === "string" && Object.hasOwn(table, text);

/** What an error may carry besides its code; none of it holds personal data. */
export interface ErrorParts {
  /** One sentence on this very occurrence. */
  detail?: string;
  /** Fields that are wrong. */
  errors?: FieldIssue[];
  /** What the case says to its refusal: `{by, at}`, `{waitsFor}`. */
  details?: JsonObject;
  /** Seconds after which a repetition makes sense. */
  retryAfter?: number;
  cause?: unknown;
}

/** The only error that the ways in throw; `code` decides, `status` is its HTTP status. */
export class DarsenaError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly detail?: string;
  readonly errors?: FieldIssue[];
  readonly details?: JsonObject;
  readonly retryAfter?: number;

  constructor(code: ErrorCode, parts: ErrorParts = {}) {
    super(table[code].sentence, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "DarsenaError";
    this.code = code;
    this.status = table[code].status;
    this.detail = parts.detail;
    this.errors = parts.errors;
    this.details = parts.details;
    this.retryAfter = parts.retryAfter ?? (this.status === 503 ? 5 : undefined);
  }
}

/** An error as the API writes it (RFC 9457), and as `--json` prints it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance?: string;
  code: ErrorCode;
  errors?: FieldIssue[];
  details?: JsonObject;
}

/** The RFC 9457 form of an error; absent parts are absent, never null. */
export function toProblem(error: DarsenaError, instance?: string): Problem {
  const { sentence, advice } = table[error.code];
  return {
    type: `urn:darsena:error:${error.code}`,
    title: sentence,
    status: error.status,
    detail: error.detail ?? advice,
    ...(instance === undefined ? {} : { instance }),
    code: error.code,
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}
