/**
 * A status is published a moment before Temporal has kept what it shows. A worker that dies in that moment leaves a case that comes to the same place once
 * more a little later, and until then refuses what the register says it waits for. Such a refusal is nobody's fault and passes: it is asked again.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Message, Repair } from "../cases/message.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { Json } from "../connectors/json.ts";
import { DarsenaError } from "./errors.ts";

const PAUSES_MS = [200, 400, 800, 1_600, 3_200] as const;

/**
 * The case's answer; while it refuses what `shown` (the register's status) says it waits for, it is asked again for some seconds, and then the answer
 * is NO_ANSWER_YET, so that the caller repeats the call. Every other refusal is given on at once.
 */
export async function asShown<T>(
  act: Message | Repair,
  tell: () => Promise<T>,
  shown: () => Promise<CaseStatus | undefined>,
  pausesMs: readonly number[] = PAUSES_MS,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await tell();
    } catch (error) {
      if (!(error instanceof DarsenaError) || !contradicts(error, act, await shown())) throw error;
      const ms = pausesMs[tries];
      if (ms === undefined) throw new DarsenaError("NO_ANSWER_YET", { cause: error });
      await pause(ms);
    }
  }
}

/** Whether the case knows nothing of what the register shows as open. */
function contradicts({ code, details }: DarsenaError, act: Message | Repair, status: CaseStatus | undefined): boolean {
  if (status === undefined || status.state === "closed") return false;
  if ("verb" in act) return code === "NO_SUCH_PROBLEM" && status.problem?.id === act.problem && !listed(details?.["open"], act.problem);
  const asked = act.for !== undefined && status.actions.some(({ id, name }) => id === act.for && name === act.name);
  return (
    code === "NOT_EXPECTED" && asked && details?.["waitsFor"] !== undefined && !listed(details["waitsFor"], `${act.name} (${act.for})`)
  );
}

const listed = (list: Json | undefined, one: string | undefined): boolean => Array.isArray(list) && one !== undefined && list.includes(one);
