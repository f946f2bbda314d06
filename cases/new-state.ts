/** The state of a case that has just been opened. */
import type { Overlay, Service } from "../catalogue/definition.ts";
import type { CaseStart } from "./message.ts";
import { Case } from "./case.ts";
import type { Runtime } from "./runtime.ts";
import { snapshot } from "./snapshot.ts";
import type { CaseState } from "./state.ts";
import type { CaseStatus } from "./status.ts";

/** What the first activity resolved: the pinned definition and the receipt. */
export interface Opened {
  service: Service;
  overlay: Overlay;
  version: string;
  receipt: { number: string; at: string };
  office?: string;
  /** Pseudonym of the applicant. */
  applicant?: string;
  restart?: "every-step";
  /** Contract to the time (ms) for which its calls need not try the short way; absent where the worker knows no short way. */
  shortWay?: Record<string, number>;
}

/** `now`, in ms, is when it was opened: what the short way answered counts from then. */
export function newState(id: string, start: CaseStart, opened: Opened, now = 0): CaseState {
  const { service, overlay, version, receipt, office, restart, shortWay } = opened;
  return {
    darsenaState: 1,
    id,
    service,
    overlay,
    version,
    request: start.request,
    channel: start.channel,
    ...(start.parent === undefined ? {} : { parent: start.parent }),
    ...(office === undefined ? {} : { office }),
    receipt,
    steps: {},
    vars: {},
    undo: [],
    calls: {},
    generations: {},
    progress: {},
    questions: {},
    answered: {},
    seen: {},
    kept: [],
    problems: {},
    problemCount: 0,
    waiting: {},
    documents: [],
    clock: [{ kind: "received", at: receipt.at }],
    history: [
      {
        at: receipt.at,
        event: "received",
        text: { en: `Received, receipt ${receipt.number}`, it: `Ricevuta, ricevuta n. ${receipt.number}` },
        public: true,
      },
    ],
    number: 0,
    ...(restart === undefined ? {} : { restart }),
    ...(shortWay === undefined ? {} : { shortWay: { queuedUntil: untilOf(shortWay, now), fence: 0, shown: true as const } }),
  };
}

const untilOf = (forMs: Readonly<Record<string, number>>, now: number): Record<string, number> =>
  Object.fromEntries(Object.entries(forMs).map(([contract, ms]) => [contract, now + ms]));

/** The status of a case that was opened at `now` (ms), with the lowest number: whatever the case itself publishes comes after it. */
export const firstStatus = (state: CaseState, now: number): CaseStatus =>
  snapshot(new Case({ ...state, number: 1 }, { now: () => now } as Runtime));
