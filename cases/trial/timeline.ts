/** What happened in a trial, in order, for people to read. */
import type { CallRecord } from "../simulation/systems.ts";
import type { CaseStatus, HistoryEntry } from "../status.ts";

export interface TimelineEntry {
  /** Instant, in ms. */
  at: number;
  kind: "act" | "call" | "wait" | "parked" | "event" | "closed";
  /** The case, where it is not the one on trial. */
  of?: string;
  path?: string;
  text: string;
  /** Until when the case waits. */
  due?: string;
}

/** Of a case's history, what its calls and waits do not show already. */
const told: ReadonlySet<HistoryEntry["event"]> = new Set(["expired", "reminded", "escalated", "undone", "withdrawal", "skipped"]);

export class Timeline {
  /** Each with the number of calls that had been made before it: what happened at one instant keeps its order. */
  readonly #entries: { entry: TimelineEntry; after: number }[] = [];
  readonly #calls: readonly CallRecord[];
  readonly #caseId: string;
  readonly #last = new Map<string, string>();
  readonly #heard = new Map<string, number>();

  constructor(caseId: string, calls: readonly CallRecord[]) {
    this.#caseId = caseId;
    this.#calls = calls;
  }

  acted(at: number, text: string, caseId: string): void {
    this.#add({ at, kind: "act", text, ...this.#of(caseId) });
  }

  /** A publication: what happened since the last one, where the case waits now, and for what. */
  heard(status: CaseStatus): void {
    for (const entry of status.history.slice(this.#heard.get(status.case) ?? 0))
      if (told.has(entry.event)) this.#add({ ...eventEntry(entry), ...this.#of(status.case) });
    this.#heard.set(status.case, status.history.length);
    const standing = this.#standing(status);
    if (!standing) return;
    const same = JSON.stringify({ ...standing, at: 0 });
    if (this.#last.get(status.case) === same) return;
    this.#last.set(status.case, same);
    this.#add(standing);
  }

  #add(entry: TimelineEntry): void {
    this.#entries.push({ entry, after: this.#calls.length });
  }

  #standing(status: CaseStatus): TimelineEntry | undefined {
    const at = Date.parse(status.updatedAt);
    const of = this.#of(status.case);
    if (status.state === "closed") return { at, kind: "closed", text: `${status.outcome}: ${closingText(status)}`, ...of };
    const path = status.step === undefined ? {} : { path: status.step };
    if (status.problem) return { at, kind: "parked", text: `${status.problem.code}: ${status.problem.title}`, ...path, ...of };
    if (status.state !== "waiting") return undefined;
    const due = status.actions.find((action) => action.due !== undefined && action.id.startsWith(`${status.step}.`))?.due;
    const text = `${status.waitingFor}: ${status.waitingText?.en ?? ""}`;
    return { at, kind: "wait", text, ...path, ...of, ...(due === undefined ? {} : { due }) };
  }

  /** Everything, in the order in which it happened. */
  entries(): TimelineEntry[] {
    const calls = this.#calls.map((call, index) => ({ entry: this.#called(call), after: index + 0.5 }));
    return [...this.#entries, ...calls].toSorted((a, b) => a.entry.at - b.entry.at || a.after - b.after).map(({ entry }) => entry);
  }

  #called({ at, takesMs, operation, key, send, verb, outcome }: CallRecord): TimelineEntry {
    const slash = key.indexOf("/");
    const what = {
      find: `look up ${operation}`,
      record: `a person's result of ${operation}`,
      send: `${operation}${send > 1 ? ` (send ${send})` : ""}`,
    };
    const text = `${what[verb]}: ${verb === "record" ? "noted" : outcomeText(outcome)}`;
    return { at: at + takesMs, kind: "call", path: key.slice(slash + 1), text, ...this.#of(key.slice(0, slash)) };
  }

  #of(caseId: string): { of?: string } {
    return caseId === this.#caseId ? {} : { of: caseId };
  }
}

const eventEntry = ({ at, path, text, event }: HistoryEntry): TimelineEntry => ({
  at: Date.parse(at),
  kind: "event",
  text: event === "undone" || event === "expired" ? `${event}: ${text.en}` : text.en,
  ...(path === undefined ? {} : { path }),
});

const closingText = (status: CaseStatus): string => status.history.findLast((entry) => entry.event === "closed")?.text.en ?? "";

function outcomeText(outcome: CallRecord["outcome"]): string {
  switch (outcome.kind) {
    case "rejected":
    case "failed":
    case "conflict":
      return `${outcome.kind} ${outcome.code}`;
    case "unknown":
      return "no answer: the outcome is unknown";
    case "invalid":
      return `the input does not fit: ${outcome.issues.join("; ")}`;
    default:
      return outcome.kind;
  }
}
