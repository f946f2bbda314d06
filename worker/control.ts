/** The supervisors' activities: they set a gate in the task queue, or where the server refuses that in the register, and publish it. */
import type { Logger } from "pino";
import type { Register } from "../register/database.ts";
import { isUnreachable } from "../register/errors.ts";
import type { ApplyGate, FoundGate, GateControl } from "../workflows/gates/control.ts";
import { type QueueLimit, type QueueLimits, QueueLimitRefused } from "./queue-limit.ts";

const MISCONFIGURED = "misconfigured: ";
/** How far a rate may stand from what was set: the server keeps it as a float. */
const TOLERANCE = 1e-3;

/** What the activities stand on. */
export interface ControlDeps {
  limits: QueueLimits;
  gates: Pick<Register["gates"], "publish" | "all">;
  log: Logger;
}

/** The activities of queue `control`. */
export function controlActivities({ limits, gates, log }: ControlDeps): GateControl {
  return {
    async "gate.apply"(wanted) {
      const { system, desired } = wanted;
      const enforcedBy = await enforce(limits, wanted, log);
      const { until, gate, rate, reason } = desired;
      const row = { system, gate, since: wanted.since, number: wanted.number, enforcedBy };
      try {
        await gates.publish({
          ...row,
          ...(rate === undefined ? {} : { rate }),
          ...(reason === undefined ? {} : { reason }),
          ...(until === undefined ? {} : { until }),
        });
      } catch (error) {
        if (enforcedBy === "register" || !isUnreachable(error)) throw error;
        return { enforcedBy, published: false };
      }
      log[gate === "open" ? "info" : "warn"]({ system, gate, rate, reason, until, enforcedBy }, "gate set");
      return { enforcedBy, published: true };
    },

    async "gate.find"(system): Promise<FoundGate> {
      const row = (await gates.all()).find((one) => one.system === system);
      const inRegister = row?.enforcedBy === "register" ? row : undefined;
      const found = inRegister ?? (await held(limits, system));
      const { rate, reason } = found ?? {};
      return {
        // Where nobody can tell, the gate is set anew, and then stands in the register.
        limited: found === undefined || rate !== undefined,
        number: row?.number ?? 0,
        ...(rate === 0 && reason?.startsWith(MISCONFIGURED) ? { misconfigured: reason.slice(MISCONFIGURED.length) } : {}),
      };
    },
  };
}

/** What the queue's configuration says; undefined where the server has none. */
async function held(limits: QueueLimits, system: string): Promise<QueueLimit | undefined> {
  try {
    return await limits.get(system);
  } catch (error) {
    if (!(error instanceof QueueLimitRefused)) throw error;
    return undefined;
  }
}

/** Where the limit holds from now on. */
async function enforce(limits: QueueLimits, { system, desired, told }: ApplyGate, log: Logger): Promise<"queue" | "register"> {
  const { rate } = desired;
  let stands: number | undefined;
  try {
    await limits.set(system, { ...(rate === undefined ? {} : { rate }), reason: told || "open" });
    stands = (await limits.get(system)).rate;
  } catch (error) {
    if (!(error instanceof QueueLimitRefused)) throw error;
    log.warn({ system }, "the server does not limit task queues: the register does");
    return "register";
  }
  if (stands === undefined ? rate !== undefined : rate === undefined || Math.abs(stands - rate) > TOLERANCE * Math.max(1, rate))
    throw new Error(`the queue of ${system} has the rate ${stands ?? "none"} after ${rate ?? "none"} was set`);
  return "queue";
}
