/** What the gateway does by the hour: it forgets reservations whose case never started. */
import type { Logger } from "pino";
import type { CaseRegister } from "../ports.ts";

const HOUR_MS = 3_600_000;
/** How old an unconfirmed row must be; longer than any channel repeats a start. */
export const FORGET_AFTER_HOURS = 24;

/** Drops unconfirmed rows now and every hour until stopped; a register that is away is tried again an hour later. */
export function dropForgotten(cases: Pick<CaseRegister["cases"], "dropUnconfirmed">, log: Logger): { stop(): void } {
  const sweep = async () => {
    try {
      const dropped = await cases.dropUnconfirmed(FORGET_AFTER_HOURS);
      if (dropped > 0) log.info({ dropped }, "dropped reservations whose case never started");
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : typeof error }, "reservations were not looked through");
    }
  };
  // The first look waits, so that a gateway that starts before its register does not complain.
  const first = setTimeout(sweep, 10_000);
  const hourly = setInterval(sweep, HOUR_MS);
  return {
    stop() {
      clearTimeout(first);
      clearInterval(hourly);
    },
  };
}
