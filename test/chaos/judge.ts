/** What must be true when all faults are over and everything has come to rest. Pure: evidence in, one breach per thing that is wrong out. */
import type { CaseOutcome } from "../../cases/status.ts";
import type { Json } from "../../connectors/json.ts";
import { iupdOf } from "../../connectors/payments/pagopa-gpd/wire.ts";
import type { LedgerEntry } from "../../connectors/simulator.ts";
import type { Request } from "./record.ts";

/** The guarantees, each in its own words. */
export const invariants = {
  "one-case": "every accepted request has one case, and every case one accepted request",
  "same-key": "the same key and body give the same case, the same key with another body is refused",
  ended: "every case has ended, in the register and in Temporal, with the outcome that its people decided",
  "one-effect": "at most one effect per key in every system's ledger",
  "one-entry": "the effect ledger holds one entry per effect, and no effect without an entry",
  "no-personal-data": "no personal data in logs, ids, keys or search attributes",
  "no-defect": "no defect of Darsena was seen: no 500, no process that ended by itself, no problem that lost answers cannot explain",
} as const;
export type Invariant = keyof typeof invariants;

/** One guarantee broken once. */
export interface Breach {
  readonly invariant: Invariant;
  readonly case?: string;
  readonly key?: string;
  readonly what: string;
}

export interface CaseRow {
  readonly case_id: string;
  readonly confirmed: boolean;
  readonly state: string;
  readonly outcome: string | null;
  readonly receipt_number: string | null;
}

export interface EffectRow {
  readonly key: string;
  readonly send: number;
  readonly case_id: string;
  readonly operation: string;
  readonly state: string;
  readonly output: Json;
  readonly conflict: Json;
}

/** All that the judge looks at. */
export interface Evidence {
  readonly requests: readonly Request[];
  readonly cases: readonly CaseRow[];
  readonly effects: readonly EffectRow[];
  /** Case workflows as Temporal lists them: the latest run of each. */
  readonly executions: readonly { readonly id: string; readonly status: string }[];
  readonly ledgers: Readonly<Record<"protocol" | "payments" | "messages", readonly LedgerEntry[]>>;
  /** Places where personal data was seen, found while they were read. */
  readonly shown: readonly string[];
  /** Strange answers, own ends of processes, unexplained problems: sentences, with the case where there is one. */
  readonly defects: readonly { readonly case?: string; readonly what: string }[];
}

/** Everything that is wrong. */
export const judge = (evidence: Evidence): Breach[] => [
  ...oneCase(evidence),
  ...sameKey(evidence),
  ...ended(evidence),
  ...oneEffect(evidence),
  ...oneEntry(evidence),
  ...evidence.shown.map((what): Breach => ({ invariant: "no-personal-data", what })),
  ...evidence.defects.map((defect): Breach => ({ invariant: "no-defect", ...defect })),
];

function oneCase({ requests, cases, executions }: Evidence): Breach[] {
  const breaches: Breach[] = [];
  const add = (what: string, more: Partial<Breach> = {}) => breaches.push({ invariant: "one-case", what, ...more });
  const keyOf = new Map<string, string>();
  for (const { key, cases: ids } of requests) {
    const [id] = ids;
    if (id === undefined) {
      add("never answered, although everything is well again", { key });
      continue;
    }
    const other = keyOf.get(id);
    if (other !== undefined) add(`the case was given to ${other} as well`, { case: id, key });
    keyOf.set(id, key);
    if (!cases.some((row) => row.case_id === id && row.confirmed)) add("accepted, and not in the register", { case: id, key });
    if (!executions.some((one) => one.id === id)) add("accepted, and not in Temporal", { case: id, key });
  }
  for (const { case_id } of cases) if (!keyOf.has(case_id)) add("in the register, and nobody was told of it", { case: case_id });
  for (const { id } of executions) if (!keyOf.has(id)) add("in Temporal, and nobody was told of it", { case: id });
  const receipts = cases.flatMap(({ receipt_number: number }) => number ?? []);
  for (const number of repeated(receipts)) add(`the receipt ${number} was drawn twice`);
  return breaches;
}

function sameKey({ requests }: Evidence): Breach[] {
  return requests.flatMap(({ key, cases, otherBody }) => {
    const [first, ...others] = [...new Set(cases)];
    const about = { invariant: "same-key", key, ...(first === undefined ? {} : { case: first }) } as const;
    return [
      ...(others.length > 0 ? [{ ...about, what: `the same key and body also gave ${others.join(", ")}` }] : []),
      ...otherBody
        .filter((code) => code !== "IDEMPOTENCY_KEY_REUSED")
        .map((code) => ({ ...about, what: `the same key with another body gave ${code}` })),
    ];
  });
}

/** How a case may end, by what its people were told. */
function outcomes({ service, acts }: Request): readonly CaseOutcome[] {
  const accepted = acts.filter(({ answer }) => answer === "accepted").map(({ what }) => what);
  if (accepted.includes("withdraw")) return ["withdrawn"];
  if (service === "residence-certificate") return ["completed"];
  if (accepted.includes("decision:grant")) return ["granted"];
  return accepted.includes("decision:refuse") ? ["refused"] : [];
}

/** A message that was repeated because its answer was lost may find its case closed: closed by it, which the outcome then shows. */
const late = (what: string, tries: number, code: string) => tries > 1 && code === "CASE_CLOSED" && /^(decision|withdraw)/.test(what);

function ended({ requests, cases, executions }: Evidence): Breach[] {
  const rows = new Map(cases.map((row) => [row.case_id, row]));
  const runs = new Map(executions.map((one) => [one.id, one.status]));
  return requests.flatMap((request) => {
    const [id] = request.cases;
    if (id === undefined) return [];
    const about = { invariant: "ended", case: id, key: request.key } as const;
    const refused = request.acts
      .filter(({ what, answer, tries }) => answer !== "accepted" && !(answer !== undefined && late(what, tries, answer)))
      // Nothing of a certificate waits for anybody: its withdrawal may come too late.
      .filter(({ what, answer }) => !(request.service === "residence-certificate" && what === "withdraw" && answer === "CASE_CLOSED"))
      .map(({ what, answer }) => ({ ...about, what: `${what} was answered ${answer ?? "by nobody"}` }));
    const row = rows.get(id);
    if (row && row.state !== "closed") return [...refused, { ...about, what: `still ${row.state}: ${standing(request)}` }];
    const status = runs.get(id);
    const broken = status !== undefined && status !== "COMPLETED" ? [{ ...about, what: `its workflow is ${status}` }] : [];
    const belated = request.acts.some(({ what, answer, tries }) => answer !== undefined && late(what, tries, answer));
    const wanted = outcomes(request);
    const wrong = row && !belated && !(wanted as readonly (string | null)[]).includes(row.outcome);
    return [...refused, ...broken, ...(wrong ? [{ ...about, what: `ended as ${row.outcome}, and not as ${wanted.join(" or ")}` }] : [])];
  });
}

const standing = ({ last, problems }: Request): string =>
  `${last?.step ?? "nowhere"}, waiting for ${last?.waitingFor ?? "nobody"}${last?.problem ? `, ${last.problem.code}` : ""}${problems.length > 0 ? `; parked before with ${problems.join(", ")}` : ""}`;

/** A message has no key of ours: its hash stands for it, and a courtesy may be doubled where its answer was lost. */
function oneEffect({ ledgers, effects }: Evidence): Breach[] {
  const writes = [...ledgers.protocol, ...ledgers.payments];
  const numbers = ledgers.protocol.map(({ reference }) => reference);
  const twice = [
    ...repeated(writes.map(({ operation, key }) => `${operation} ${key}`)).map((one) => ({
      key: one,
      what: "stands twice in the system's ledger",
    })),
    ...repeated(numbers).map((one) => ({ key: one, what: "this protocol number was given twice" })),
  ];
  const doubled = effects.filter(({ operation, send }) => operation === "messages.send" && send === 2).length;
  const times = new Map<string, number>();
  for (const { key } of ledgers.messages) times.set(key, (times.get(key) ?? 0) + 1);
  const most = [...times]
    .filter(([, count]) => count > 2)
    .map(([key, count]) => ({ key, what: `a courtesy message was sent ${count} times` }));
  const more = [...times.values()].filter((count) => count === 2).length;
  const unsaid = more > doubled ? [{ what: `${more} messages were doubled, and the ledger says so of ${doubled}` }] : [];
  return [...twice, ...most, ...unsaid].map((one) => ({ invariant: "one-effect", ...one }));
}

const held = new Set(["protocol.register", "protocol.registerOutgoing", "payments.createDebt", "payments.cancelDebt"]);

function oneEntry({ effects, ledgers }: Evidence): Breach[] {
  const breaches: Breach[] = [];
  const byKey = new Map<string, EffectRow[]>();
  for (const row of effects) byKey.set(row.key, [...(byKey.get(row.key) ?? []), row]);
  const inSystem = new Set([
    ...ledgers.protocol.map(({ key }) => key),
    ...ledgers.payments.filter(({ operation }) => operation === "create").map(({ key }) => key),
  ]);
  const cancelled = new Set(ledgers.payments.filter(({ operation }) => operation === "cancel").map(({ key }) => key));
  const expected = new Set<string>();
  for (const [key, rows] of byKey) {
    const { operation = "", case_id: caseId } = rows[0] ?? {};
    const about = { invariant: "one-entry", key, ...(caseId === undefined ? {} : { case: caseId }) } as const;
    const done = rows.filter(({ state }) => state === "done").length;
    if (rows.some(({ conflict }) => conflict !== null)) breaches.push({ ...about, what: `${operation}: two effects under one key` });
    if (operation !== "messages.send" && done > 1) breaches.push({ ...about, what: `${operation} is done ${done} times` });
    if (!held.has(operation)) continue;
    if (done === 0 && rows.some(({ state }) => state === "intended" || state === "unknown"))
      breaches.push({ ...about, what: `${operation}: nobody knows what became of it, and the case is closed` });
    const name = nameInSystem(operation, key);
    expected.add(`${operation === "payments.cancelDebt" ? "cancel " : ""}${name}`);
    const there = operation === "payments.cancelDebt" ? cancelled.has(name) : inSystem.has(name);
    if (there !== done > 0)
      breaches.push({
        ...about,
        what: `${operation} is ${done > 0 ? "done" : "not done"} here, and ${there ? "" : "not "}in the system's ledger`,
      });
  }
  for (const name of inSystem)
    if (!expected.has(name)) breaches.push({ invariant: "one-entry", key: name, what: "an effect without an entry" });
  for (const name of cancelled)
    if (!expected.has(`cancel ${name}`)) breaches.push({ invariant: "one-entry", key: name, what: "a cancellation without an entry" });
  return breaches;
}

function nameInSystem(operation: string, key: string): string {
  return operation.startsWith("payments.") ? iupdOf(key.replace(/\.undo$/, "")) : key;
}

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(values.filter((value) => seen.has(value) || !seen.add(value)))];
}
