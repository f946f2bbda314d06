/** docs/errors.md: every coded error of the API, the typed client and the command line. */
import { errorTable } from "../../client/errors.ts";
import { exitCodes } from "../../client/cli/exit-codes.ts";
import { code, page, table } from "./markdown.ts";

/** The page. */
export const errorsPage = (): string =>
  page(
    "Errors",
    "The REST API answers errors as `application/problem+json` (RFC 9457); `code` is one of these, `type` is `urn:darsena:error:<code>`, `errors` names the " +
      "fields in English and Italian, `details` says more. The typed client throws them as `DarsenaError`, the command line prints them.",
    table(
      ["code", "status", "what it means", "what to do"],
      Object.entries(errorTable)
        .toSorted(([a, one], [b, other]) => one.status - other.status || a.localeCompare(b))
        .map(([name, { status, sentence, advice }]) => [code(name), String(status), sentence, advice]),
    ),
    "## Exit codes of `darsena`",
    table(
      ["code", "meaning"],
      exitCodes.map(([number, meaning]) => [String(number), meaning]),
    ),
    "Problems that park a case have codes of their own, `<contract>.<operation>:<code>` and `expression:<code>`: see " +
      "[operators.md](operators.md#parked-cases).",
  );
