/** What the exit codes of `darsena` mean; scripts may rely on them. */
import { CommanderError } from "commander";
import { DarsenaError } from "../errors.ts";

/** Wrong usage that commander cannot see: a file that is not there, an argument that is not JSON. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The answer is no, and has been printed already: findings, for instance. */
export class AnswerIsNo extends Error {
  override readonly name = "AnswerIsNo";
}

/** Exit codes and their meaning, for `--help` and the docs. */
export const exitCodes = [
  [0, "done"],
  [1, "the answer is no: not found, refused, not right, findings, not there in time"],
  [2, "wrong usage"],
  [3, "not reachable: the gateway, Temporal or the register; repeat the same command later"],
  [4, "Darsena failed, or the Temporal server does not offer this"],
] as const;

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) return 2;
  if (error instanceof AnswerIsNo) return 1;
  if (!(error instanceof DarsenaError)) return 4;
  if (error.status === 503) return 3;
  if (error.status === 400) return 2;
  return error.status === 500 || error.status === 501 ? 4 : 1;
}
