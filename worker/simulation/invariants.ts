/** What must be true once a simulated case has come to rest, whatever happened to it: named checks, each with one sentence per breach. */
import { TypedSearchAttributes } from "@temporalio/common";
import { canonicalJson } from "../../catalogue/json-value.ts";
import type { SimulatedCase } from "../../cases/simulation/simulated-case.ts";
import type { CaseStatus } from "../../cases/status.ts";
import { operationById } from "../../connectors/contracts.ts";
import type { Json } from "../../connectors/json.ts";
import type { EffectRow } from "../../register/effects.ts";
import { changedAttributes } from "../../workflows/search-attributes.ts";
import { isResult, resultOf } from "./frail-register.ts";
import type { Town } from "./town.ts";

/** The invariants, each with what it says. */
export const invariants = {
  "one-case": "every accepted request has one case, which has ended or is visibly parked",
  "same-key-same-case": "the same key and body give the same case, and another body is refused",
  "one-effect": "no system has done the same thing twice, whatever key it came under; a courtesy message at most twice",
  audit: "each effect in a system stands in the effect ledger once, and each result of the ledger is an effect in a system",
  "first-result-stands": "a result in the ledger is never replaced, and the case's own result is the system's",
  "nothing-unverified": "a closed case has no write left whose outcome nobody knows",
  "gate-holds": "a system that refused our credentials is not called again before an operator opened its gate",
  "message-once": "a message that arrives twice gets the same answer twice",
  "no-personal-data": "no name and no tax code in a log, an id, an error or a search attribute",
  "not-silent": "nothing is stuck without saying so: the register shows where each case stands",
} as const;

/** An invariant by name. */
export type InvariantName = keyof typeof invariants;

/** One breach of an invariant. */
export interface Breach {
  invariant: InvariantName;
  what: string;
}

/** Every breach of the town: those noticed on the way, and those that the checks find now. */
export async function breachesOf(town: Town): Promise<Breach[]> {
  const { register, simulation } = town;
  const rows = register.held.effects.all();
  const statuses = new Map<string, CaseStatus | undefined>();
  for (const id of simulation.cases.keys()) statuses.set(id, await register.held.cases.status(id));
  return [
    ...town.breaches,
    ...named("one-case", withoutCase(town, statuses)),
    ...named("one-effect", doneTwice(town)),
    ...named("audit", unaudited(town, rows)),
    ...named("first-result-stands", [...replaced(town, rows), ...otherThanTheSystems(town)]),
    ...named(
      "nothing-unverified",
      [...simulation.cases.values()].flatMap((one) => unverified(town, one, rows)),
    ),
    ...named(
      "gate-holds",
      town.city.needlessLogIns.map((system) => `${system} was called again after it had refused our credentials`),
    ),
    ...named("no-personal-data", leaked(town, rows, statuses)),
    ...named(
      "not-silent",
      [...simulation.cases.values()].flatMap((one) => silent(one, statuses.get(one.state.id))),
    ),
  ];
}

const named = (invariant: InvariantName, found: string[]): Breach[] => found.map((what) => ({ invariant, what }));

function withoutCase({ channels, simulation, temporal }: Town, statuses: ReadonlyMap<string, CaseStatus | undefined>): string[] {
  const accepted = [...channels.accepted.values()].map(({ caseId }) => caseId);
  if (accepted.length === 0) return ["the channel's request was never accepted"];
  const found = accepted.flatMap((caseId) => {
    if (!simulation.cases.has(caseId)) return [`${caseId} was accepted and has no case`];
    const state = statuses.get(caseId)?.state;
    return state === "closed" || state === "parked" ? [] : [`${caseId} has neither ended nor parked: ${state ?? "nothing is published"}`];
  });
  const opened = [...simulation.cases.values()].filter(({ state }) => state.parent === undefined).length;
  const expected = new Set(accepted).size;
  if (opened > expected) found.push(`${opened} cases for ${expected} accepted requests`);
  if (temporal.workflows.size < simulation.cases.size) found.push("a case lives without a workflow");
  return found;
}

function doneTwice({ city, people }: Town): string[] {
  const times = new Map<string, number>();
  const found: string[] = [];
  for (const effect of city.effects.values()) {
    const { operation, input, key } = effect;
    const most = operationById(operation)?.effect === "courtesy" ? 2 : 1;
    if (effect.times > most) found.push(`${operation} was done ${effect.times} times under ${key}`);
    if (most > 1) continue;
    const caseId = key.split("/", 1)[0] ?? "";
    const what = `${caseId} ${operation} ${canonicalJson(input)}`;
    const before = times.get(what) ?? 0;
    times.set(what, before + 1);
    // Whoever resets a case may choose another way the second time, and a choice of theirs has a key of its own.
    if (before > 0 && !people.wentBack.has(caseId))
      found.push(`${operation} was done for the same thing under several keys, the last ${key}`);
  }
  return found;
}

function unaudited({ city }: Town, rows: readonly EffectRow[]): string[] {
  const missing = [...city.effects.values()].flatMap(({ key, operation }) => {
    const own = rows.filter((row) => row.key === key);
    if (own.length === 0) return [`${operation} took effect under ${key}, of which the ledger knows nothing`];
    return own.every((row) => row.state === "not-sent")
      ? [`${operation} took effect under ${key}, and the ledger says that it was not sent`]
      : [];
  });
  const invented = rows.flatMap(({ key, send, state, attempts, operation }) =>
    state === "done" && attempts > 0 && !city.seenOf(key)
      ? [`the ledger says that ${operation} was done (${key}, send ${send}), and no system knows of it`]
      : [],
  );
  const done = rows.filter((row) => row.state === "done" && row.attempts > 0);
  const several = done.filter((row) =>
    done.some((other) => other.key === row.key && other.send < row.send && resultOf(other) !== resultOf(row)),
  );
  return [...missing, ...invented, ...several.map(({ key }) => `two results stand under ${key}`)];
}

function replaced({ register }: Town, rows: readonly EffectRow[]): string[] {
  const now = new Map(rows.filter(isResult).map((row) => [`${row.key}#${row.send}`, resultOf(row)]));
  return [...register.firstResults].flatMap(([name, first]) => (now.get(name) === first ? [] : [`the result of ${name} was replaced`]));
}

/** A step that was done by a call has what the system gave. */
function otherThanTheSystems({ city, simulation, people }: Town): string[] {
  return [...simulation.cases.values()].flatMap(({ state }) =>
    Object.entries(state.steps).flatMap(([path, { state: step, operation, result }]) => {
      const effect = city.effects.get(`${state.id}/${path}`);
      if (step !== "done" || !effect || effect.operation !== operation || people.givenUp.has(`${state.id}/${path}`)) return [];
      const output = result?.["output"] ?? result;
      return canonicalJson(output as Json) === canonicalJson(effect.output)
        ? []
        : [`${state.id}/${path} has another result than its system`];
    }),
  );
}

function unverified({ people, workers }: Town, one: SimulatedCase, rows: readonly EffectRow[]): string[] {
  if (!one.isClosed) return [];
  const { id } = one.state;
  // What was under way when somebody reset the case, and was not asked for again, is for who reset it to look up.
  const wentBack = people.wentBack.get(id) ?? 0;
  const isAbandoned = ({ key, intendedAt }: EffectRow) =>
    intendedAt.getTime() <= wentBack && (!(pathOf(key) in one.state.steps) || isLaterGeneration(one, key));
  const own = rows.filter((row) => row.caseId === id && operationById(row.operation)?.effect === "write" && !isAbandoned(row));
  const last = new Map(own.toSorted((a, b) => a.send - b.send).map((row) => [row.key, row]));
  return [...last.values()].flatMap(({ key, send, state, operation }) => {
    const path = pathOf(key);
    const isOpen = (state === "unknown" || state === "intended") && !own.some((row) => row.key === key && isResult(row));
    // The register was away too long for the ledger to learn of a result that the case has in its history.
    const isKnown = workers.answered.has(`${key}#${send}`);
    const open = isOpen && !isKnown && send > (people.confirmed.get(key) ?? 0) && send > (workers.lookedUp.get(key) ?? 0);
    return open && !people.givenUp.has(`${id}/${path}`) ? [`${key}: ${operation} is ${state}, and the case is closed`] : [];
  });
}

/** A generation of the key that the case, as it is now, has not come to. */
const isLaterGeneration = ({ state }: SimulatedCase, key: string): boolean => {
  const [base = "", generation = "1"] = key.split("~");
  return Number(generation) > (state.generations[base] ?? 1);
};

/** `<case>/<step path>[~generation]`. */
const pathOf = (key: string): string => key.slice(key.indexOf("/") + 1).replace(/~\d+$/, "");

function silent(one: SimulatedCase, shown: CaseStatus | undefined): string[] {
  const { id } = one.state;
  if (one.defect) return [`${id} failed: ${String(one.defect)}`];
  if (!shown) return [`${id}: the register shows nothing`];
  const now = one.status();
  if (shown.state !== now.state || shown.problem?.id !== now.problem?.id)
    return [`${id} is ${now.state}, and the register shows ${shown.state}`];
  if (shown.state === "closed") return shown.outcome === undefined ? [`${id} is closed without an outcome`] : [];
  if (shown.state === "parked") {
    const { problem } = shown;
    return problem && problem.verbs.length > 0 && problem.advice !== "" ? [] : [`${id} is parked and does not say what may be done`];
  }
  return shown.waitingFor && shown.waitingText
    ? [`${id} waits for ${shown.waitingFor} for ever`]
    : [`${id} is ${shown.state} and says nothing`];
}

/** Tax codes of invented people are well formed, and their names are taken from the request. */
const taxCode = /[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]/;

function leaked(town: Town, rows: readonly EffectRow[], statuses: ReadonlyMap<string, CaseStatus | undefined>): string[] {
  const { register, logged, pseudonyms, simulation } = town;
  const open: [where: string, text: string][] = [
    ["a log", logged.join("\n")],
    ["an id", [...simulation.cases.keys(), ...rows.map(({ key }) => key), ...pseudonyms].join("\n")],
    ["the ledger's reasons", rows.map(({ reason, message }) => `${reason} ${message}`).join("\n")],
    ["evidence", register.held.evidence.map(({ code, message }) => `${code} ${message}`).join("\n")],
  ];
  for (const status of statuses.values()) {
    if (!status) continue;
    const attributes = changedAttributes(status, new TypedSearchAttributes([]));
    open.push(["a search attribute", attributes.map(({ value }) => String(value)).join("\n")]);
    open.push(["a problem", `${status.problem?.title} ${status.problem?.code} ${status.problem?.id}`]);
  }
  const names = namesIn(town.request);
  return open.flatMap(([where, text]) =>
    taxCode.test(text) || names.some((name) => text.includes(name)) ? [`personal data in ${where}`] : [],
  );
}

/** Names of people in a request, where they are words that stand nowhere else. */
function namesIn(request: Json): string[] {
  const found = [...JSON.stringify(request).matchAll(/"(?:givenName|familyName)":"([^"]{4,})"/g)];
  return found.map(([, name]) => name as string);
}
