/** What is known of the call that a case is parked on, below the case's page. */
import type { ParkedProblem } from "../../cases/status.ts";
import type { CaseEvidence, EffectSummary, EvidenceItem } from "../evidence.ts";
import { type Paint, plain, table, when } from "./paint.ts";

/** The rows of the effect ledger under the problem's key, and what its attempts met. */
export function evidencePage({ effects, evidence }: CaseEvidence, { key }: ParkedProblem, paint: Paint): string {
  const rows = effects.filter((one) => one.key === key);
  const met = evidence.filter((one) => one.key === key);
  return [
    paint.strong("What is known of the effect"),
    ...(rows.length === 0 ? ["  the effect ledger has no row: nothing that changes anything was sent"] : table(rows.map(effectRow))),
    ...(met.length === 0 ? [] : [paint.strong("Evidence"), ...table(met.map(evidenceRow))]),
  ].join("\n");
}

const MEANS = {
  intended: "sent or about to be sent, without a result",
  done: "done",
  rejected: "refused by the system",
  "not-sent": "certainly not sent",
  unknown: "sent, without a clear answer",
} as const;

const effectRow = ({ send, state, intendedAt, settledAt, attempts, reason, code, message, conflict }: EffectSummary): string[] => [
  `  send ${send}`,
  MEANS[state],
  `begun ${when(intendedAt)}`,
  settledAt === undefined ? "" : `settled ${when(settledAt)}`,
  `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
  plain([code, message, reason, conflict ? "another effect stands under this key" : undefined].filter(Boolean).join(": ")),
];

const evidenceRow = ({ at, kind, code, message, status, contentType, bytes, system, adapter, durationMs }: EvidenceItem): string[] => [
  `  ${when(at)}`,
  kind,
  plain(`${code}: ${message}`),
  [
    status === undefined ? "" : `status ${status}`,
    contentType === undefined ? "" : plain(contentType),
    bytes === undefined ? "" : `${bytes} bytes`,
  ]
    .filter(Boolean)
    .join(", "),
  `${system} by ${adapter}, after ${durationMs} ms`,
];
