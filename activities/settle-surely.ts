/** An outcome is known and must reach the ledger: it is written again and again while the register is away. */
import type { Logger } from "pino";
import type { SettleVerdict } from "../register/effects.ts";
import { isUnreachable } from "../register/errors.ts";
import { wallTime } from "./worker-time.ts";

const GIVE_UP_MS = 30_000;
const MAX_PAUSE_MS = 2_000;

/**
 * After half a minute the known outcome is returned all the same: the case's history then holds it, and the row stays `intended`, which
 * can only lead to a person, never to a second send.
 */
export async function settleSurely(write: () => Promise<SettleVerdict>, log: Logger, time = wallTime): Promise<SettleVerdict> {
  const giveUpAt = time.now() + GIVE_UP_MS;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (time.now() > giveUpAt) {
        log.error("the register was away too long: an outcome stands in the case's history and not in the ledger");
        return "written";
      }
      await new Promise<void>((resolve) => time.after(pauseMs, resolve));
    }
  }
}
