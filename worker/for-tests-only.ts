/** Switches of tests that must never act in production. */
import { SettingsError } from "./configuration/problems.ts";

/** The value of a test's switch, undefined when it is absent or empty; throws `SettingsError` when a process that is not under test has it. */
export function forTestsOnly(env: NodeJS.ProcessEnv, variable: string): string | undefined {
  const value = env[variable];
  if (value === undefined || value === "") return undefined;
  if (env["NODE_ENV"] !== "test" && env["DARSENA_TEST"] !== "1")
    throw refused(variable, "breaks the worker on purpose and is for tests only");
  return value;
}

/** Why a test's switch cannot be obeyed. */
export const refused = (variable: string, reason: string) => new SettingsError("The worker cannot start", [{ variable, reason }]);
