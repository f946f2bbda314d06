/** A status that waits for a system says whether that system's gate is closed, and until when. Derived when it is read, never written into cases. */
import type { ApplicantStatus, CaseStatus, Text } from "../cases/status.ts";
import type { GateRow } from "../register/gates.ts";

const FRESH_MS = 2_000;

/** Reads gates for statuses, at most once in two seconds. */
export interface GatesSeen {
  /** The gate that holds this case up; undefined when none does. */
  holding(status: CaseStatus): Promise<GateRow | undefined>;
}

/** Gates as the register publishes them. While it cannot say, statuses are shown without them. */
export function gatesSeen(read: () => Promise<GateRow[]>): GatesSeen {
  let rows: Promise<GateRow[]> = Promise.resolve([]);
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    async holding(status) {
      const system = systemOf(status);
      if (system === undefined) return undefined;
      if (performance.now() - readAt > FRESH_MS) {
        readAt = performance.now();
        rows = read().catch(() => []);
      }
      const row = (await rows).find((one) => one.system === system);
      return row === undefined || row.gate === "open" ? undefined : row;
    },
  };
}

/** The system that a case waits for: that of the operation of the step where it stands. */
function systemOf({ waitingFor, step, steps }: CaseStatus): string | undefined {
  if (waitingFor !== "system") return undefined;
  return steps.find(({ id }) => id === step)?.operation?.split(".")[0];
}

/** "waiting for the protocol system, closed until 08:00". */
export function toldToOperator(status: CaseStatus, gate: GateRow, timeZone: string, now: number): CaseStatus {
  const { en, it } = status.waitingText ?? { en: `waiting for the ${gate.system} system`, it: "in attesa di un sistema del Comune" };
  const until = endOf(gate, timeZone, now);
  const why = gate.reason === undefined ? "" : ` (${gate.reason})`;
  const state: Text =
    gate.gate === "closed"
      ? { en: `closed${until ? ` until ${until.en}` : ""}`, it: `chiuso${until ? ` fino ${until.it}` : ""}` }
      : { en: "which fails", it: "che non risponde" };
  return { ...status, waitingText: { en: `${en}, ${state.en}${why}`, it: `${it}, ${state.it}${why}` } };
}

/** "being processed; continues at 08:00": no system is named. */
export function toldToApplicant(status: ApplicantStatus, gate: GateRow, timeZone: string, now: number): ApplicantStatus {
  const until = gate.gate === "closed" ? endOf(gate, timeZone, now) : undefined;
  const waitingText = until
    ? { en: `being processed; continues ${until.at}`, it: `in lavorazione; riprende ${until.it}` }
    : {
        en: "being processed; a system of the municipality is out of service",
        it: "in lavorazione; un sistema del Comune è momentaneamente fermo",
      };
  return { ...status, waitingText };
}

/** An end by the municipality's clock: only the time where it is today. */
function endOf({ until }: GateRow, timeZone: string, now: number): { en: string; at: string; it: string } | undefined {
  if (until === undefined || Date.parse(until) <= now) return undefined;
  const instant = new Date(until);
  const say = (language: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone, ...options }).format(instant);
  const time = say("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = (at: Date) => new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(at);
  const at = time === "01:00" ? `all'${time}` : `alle ${time}`;
  if (day(instant) === day(new Date(now))) return { en: time, at: `at ${time}`, it: at };
  const long = { day: "numeric", month: "long" } as const;
  const [english, italian] = [say("en-GB", long), say("it-IT", long)];
  return { en: `${english}, ${time}`, at: `on ${english} at ${time}`, it: `${at} del ${italian}` };
}
