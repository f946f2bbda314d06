/** The state of a case that has just been opened. */
import type { Overlay, Service } from "../catalogue/definition.ts";
import type { CaseStart } from "./message.ts";
import type { CaseState } from "./state.ts";

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
}

export function newState(id: string, start: CaseStart, opened: Opened): CaseState {
  const { service, overlay, version, receipt, office, restart } = opened;
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
  };
}
