/** The register's coded errors, and telling "the database cannot be reached" from everything else. */

/** Every code with the sentence that says what to do about it. */
const advices = {
  REGISTER_UNREACHABLE: "Check that PostgreSQL runs and that DATABASE_URL names its host and port.",
  REGISTER_REFUSED: "Check user, password and database name in DATABASE_URL.",
  REGISTER_NEWER: "Start the build that migrated this database, or a newer one; a register is never migrated backwards.",
  CASE_ID_TAKEN: "Choose another case id: this one belongs to a case that was started another way.",
  CASE_MISSING: "Open the case before its status is published.",
  VERSION_MISSING: "List the versions with `darsena versions`.",
  EFFECT_MISSING: "Write the intent before its result.",
  INVALID_CURSOR: "Take `next` of the page before, unchanged, or leave the cursor away.",
  ATTACHMENT_INVALID: "Give a name of 1 to 200 characters and a media type such as application/pdf.",
  ATTACHMENT_TOO_LARGE: "Send a smaller file.",
  ATTACHMENTS_FOLDER_MISSING: "Set the attachments folder when the register is opened.",
} as const;

/** Codes of `RegisterError`. */
export type RegisterErrorCode = keyof typeof advices;

/** An error of the register with a code and what to do; its message never holds a password or personal data. */
export class RegisterError extends Error {
  override readonly name = "RegisterError";
  readonly code: RegisterErrorCode;
  readonly advice: string;
  constructor(code: RegisterErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.advice = advices[code];
  }
}

const socketCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENOENT",
]);

/** Shut down, crashed, starting up, closed while idle, too many connections, statement or lock time-out, disk full, read only after a fail-over. */
const serverCodes = new Set(["57P01", "57P02", "57P03", "57P05", "53300", "57014", "55P03", "53100", "25006"]);

/** `pg` gives these no code (8.23). */
const driverMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end)/;

/**
 * Whether the database could not be reached, or stopped answering, so that trying again later is right.
 * The statement may all the same have been carried out when the connection broke while it ran.
 */
export function isUnreachable(error: unknown): boolean {
  // Not `instanceof Error`: in another realm (a vm context, as in tests) that is another class.
  if (typeof error !== "object" || error === null) return false;
  if (error instanceof RegisterError) return error.code === "REGISTER_UNREACHABLE";
  const { code, syscall, message, errors } = error as NodeJS.ErrnoException & { errors?: unknown };
  // A name with several addresses, each of which failed.
  if (Array.isArray(errors) && errors.some(isUnreachable)) return true;
  // ENOENT is also a missing file; only a missing socket is the database.
  if (code === "ENOENT") return syscall === "connect";
  if (code !== undefined) return socketCodes.has(code) || serverCodes.has(code) || code.startsWith("08");
  return typeof message === "string" && driverMessages.test(message);
}
