/** The line by which a process of ours says that it is ready: `darsena up` and tests wait for it. */
import type { Logger } from "pino";

/** Logs `{"ready":true, ...}`; where the level would swallow it, it is written all the same. */
export function announceReady(log: Logger, details: Record<string, unknown>, message: string): void {
  const line = { ready: true, ...details };
  if (log.isLevelEnabled("info")) log.info(line, message);
  else process.stdout.write(`${JSON.stringify(line)}\n`);
}
