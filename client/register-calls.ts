/** Calls to the register with a deadline, and its errors in the words of `errors.ts`. */
import { CallFailure } from "../connectors/failure.ts";
import { isUnreachable, RegisterError } from "../register/errors.ts";
import { DarsenaError } from "./errors.ts";

/** The register's answer; REGISTER_UNAVAILABLE when the database is away or silent for `deadlineMs`. */
export async function askRegister<T>(call: () => Promise<T>, deadlineMs = 5_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DarsenaError("REGISTER_UNAVAILABLE")), deadlineMs).unref();
  });
  const work = Promise.resolve().then(call);
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    throw inOurWords(error);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** PostgreSQL's code while the tables are not made yet. */
const NOT_MIGRATED = "42P01";

function inOurWords(error: unknown): unknown {
  if (isUnreachable(error) || (error as { code?: unknown } | undefined)?.code === NOT_MIGRATED)
    return new DarsenaError("REGISTER_UNAVAILABLE", { cause: error });
  if (error instanceof CallFailure) {
    if (error.detail.code === "ATTACHMENT_MISSING") return new DarsenaError("ATTACHMENT_NOT_FOUND", { cause: error });
    if (error.detail.code === "REGISTER_UNREACHABLE") return new DarsenaError("REGISTER_UNAVAILABLE", { cause: error });
  }
  if (!(error instanceof RegisterError)) return error;
  const parts = { detail: `${error.message} ${error.advice}`, cause: error };
  if (error.code === "INVALID_CURSOR") return new DarsenaError("MALFORMED", parts);
  if (error.code === "ATTACHMENT_TOO_LARGE") return new DarsenaError("TOO_LARGE", parts);
  if (error.code === "ATTACHMENT_INVALID") return new DarsenaError("INVALID_BODY", parts);
  if (error.code === "VERSION_MISSING") return new DarsenaError("VERSION_NOT_FOUND", parts);
  if (error.code === "CASE_ID_TAKEN") return new DarsenaError("CASE_EXISTS", parts);
  if (error.code === "REGISTER_REFUSED" || error.code === "REGISTER_NEWER")
    return new DarsenaError("REGISTER_UNAVAILABLE", { cause: error });
  return error;
}
