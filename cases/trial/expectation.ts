/** What a scenario expects at a moment, against what is. */
import type { Expectation } from "../../catalogue/scenario.ts";
import type { Json } from "../../connectors/json.ts";
import type { SimulatedSystems } from "../simulation/systems.ts";
import type { CaseStatus } from "../status.ts";
import { applicantView } from "../views.ts";

/** One thing that is not as expected. */
export interface Difference {
  /** Where the scenario says so: `["timeline", 3, "expect", "due"]`. */
  at: readonly (string | number)[];
  /** What is meant, in words: `effects of protocol.register`. */
  what: string;
  expected?: Json;
  found?: Json;
}

type Found = Omit<Difference, "at"> & { key: (string | number)[] };

/** Everything that is not as expected, in the expectation's order. `withDates`: what holds dates is looked at too. */
export function differencesOf(
  expected: Expectation,
  status: CaseStatus,
  systems: SimulatedSystems,
  now: number,
  withDates = true,
): Found[] {
  const found: Found[] = [];
  const is = (key: keyof Expectation, value: Json | undefined, what: string = key) => {
    const wanted = expected[key];
    if (wanted !== undefined && !same(wanted, value)) found.push({ key: [key], what, expected: wanted, found: value ?? "nothing" });
  };
  is("state", status.state);
  is("waitingFor", status.waitingFor, "who is waited for");
  is("step", status.step);
  is("outcome", status.outcome);
  is("problem", status.problem?.code ?? "none");
  is("office", status.office);
  if (withDates) is("due", status.clock?.due, "last day of the legal term");
  if (withDates) is("clock", status.clock?.state, "legal clock");
  is(
    "actions",
    status.actions.map((action) => action.id),
    "what may be answered",
  );
  is("documents", status.documents.length, "number of documents");
  is("messages", messagesTo(systems, status.case, now), "messages to the applicant");
  if (withDates)
    is(
      "history",
      applicantView(status).history.map((entry) => entry.text.en),
      "history for the applicant",
    );
  for (const [path, state] of Object.entries(expected.steps ?? {})) {
    const step = status.steps.find((one) => one.id === path)?.state ?? "absent";
    if (step !== state) found.push({ key: ["steps", path], what: `step ${path}`, expected: state, found: step });
  }
  if (expected.effects) found.push(...effectDifferences(expected.effects, effectsOf(systems, status.case, now)));
  return found;
}

function effectDifferences(expected: Readonly<Record<string, number>>, counts: Readonly<Record<string, number>>): Found[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(counts)])].flatMap((operation) => {
    const [wanted, is] = [expected[operation] ?? 0, counts[operation] ?? 0];
    if (wanted === is) return [];
    const key = operation in expected ? ["effects", operation] : ["effects"];
    return [{ key, what: `effects of ${operation}`, expected: wanted, found: is }];
  });
}

/** The effects of a case in the systems, by operation. */
export function effectsOf(systems: SimulatedSystems, caseId: string, now: number): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { key, operation, effects } of systems.ledger(now))
    if (key.startsWith(`${caseId}/`)) counts[operation] = (counts[operation] ?? 0) + effects;
  return counts;
}

const messagesTo = (systems: SimulatedSystems, caseId: string, now: number): string[] =>
  systems
    .ledger(now)
    .filter(({ key, operation }) => operation === "messages.send" && key.startsWith(`${caseId}/`))
    .flatMap(({ input, effects }) => Array<string>(effects).fill(String((input as { subject?: string }).subject)));

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
