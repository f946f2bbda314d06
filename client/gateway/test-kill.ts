/** For tests only: ends this process between two acts of a start, as a power cut would. */
import type { CasesDeps } from "../cases.ts";

/** A checkpoint that kills the process at the place named in `DARSENA_TEST_KILL` (`after-row`, `after-start`); undefined when it names none. */
export function testKill(env: NodeJS.ProcessEnv): CasesDeps["checkpoint"] {
  const place = env["DARSENA_TEST_KILL"];
  if (place !== "after-row" && place !== "after-start") return undefined;
  return async (reached) => {
    if (reached !== place) return;
    process.kill(process.pid, "SIGKILL");
    await new Promise<never>(() => undefined);
  };
}
