/** Random services from the language's own kinds of step, of bounded size: what the property tests run. */
import { YamlService } from "../../catalogue/definition.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Random } from "./random.ts";

/** Where a step is made. */
interface Here {
  random: Random;
  depth: number;
  /** How many more steps there may be, in all. */
  budget: { steps: number; names: number };
  /** How an expression names the applicant: a fragment sees only its inputs. */
  applicant: string;
  seesRequest: boolean;
  /** Ids of steps that expressions here may name; the steps may have been skipped. */
  known: string[];
  /** Side by side with others: who ends first must not hang on how long calls take, so nothing here ends the case. */
  beside: boolean;
}

const text = (en: string) => ({ en, it: en });
const MINUTE = 60;

/** A definition that the language's schema accepts. */
export function randomService(random: Random): YamlService {
  const here: Here = {
    random,
    depth: 0,
    budget: { steps: random.int(2, 12), names: 0 },
    applicant: "request.applicant",
    seesRequest: true,
    known: [],
    beside: false,
  };
  const steps = stepsOf(here);
  return YamlService.parse({
    darsena: 1,
    service: "random-service",
    title: text("Random"),
    area: "trial",
    office: "culture",
    legal: { term: "P30D", onExpiry: "breach" },
    request: { applicant: "Person", kind: "a | b", flag: "Boolean", items: "Text[]", any: "Any?" },
    applicant: "request.applicant.taxCode",
    steps,
    outcome: random.chance(0.03)
      ? "steps.none.outcome"
      : random.pick(['"completed"', '"granted"', 'request.kind == "a" ? "granted" : "refused"']),
    withdrawn: random.chance(0.5) ? [{ id: "withdrawal", ...call("protocol.register", registration("request.applicant")) }] : [],
    undoOn: random.chance(0.3) ? ["inadmissible", "refused", "completed"] : [],
  });
}

/** One to four steps, as long as there are any left. */
function stepsOf(here: Here): JsonObject[] {
  const steps: JsonObject[] = [];
  const count = here.random.int(1, here.depth === 0 ? 6 : 3);
  while (steps.length < count && (here.budget.steps > 0 || steps.length === 0)) {
    here.budget.steps -= 1;
    steps.push(...stepOf(here));
  }
  return steps;
}

function stepOf(here: Here): JsonObject[] {
  const { random } = here;
  const id = nameIn(here, "s");
  const inner = here.depth < 2 && here.budget.steps > 0;
  const kinds = [...Array<string>(5).fill("call"), "decide", "decide", "ask", "ask", "message", "date", "set", "run", "open", "fee"];
  if (inner) kinds.push("choose", "parallel", "forEach", "block", "race");
  if (!here.beside) kinds.push("end");
  const made = makers[random.pick(kinds)]?.(here, id) ?? [];
  const [first] = made;
  if (first && random.chance(0.25)) first["when"] = conditionIn(here);
  if (first && random.chance(0.3)) first["public"] = text(`Step ${id}`);
  here.known.push(id);
  return made;
}

const nameIn = (here: Here, prefix: string): string => `${prefix}${++here.budget.names}`;

function conditionIn({ random, known, seesRequest }: Here): string {
  if (random.chance(0.04)) return "steps.neverWas.there";
  const id = known.length > 0 ? random.pick(known) : "none";
  const requests = seesRequest ? ['request.kind == "a"', "request.flag", "size(request.items) > 1"] : [];
  return random.pick([...requests, "true", "false", `has(steps.${id})`, `steps.?${id}.?outcome.orValue("yes") == "yes"`]);
}

const call = (operation: string, input: Json): JsonObject => ({ call: operation, with: input });
const registration = (applicant: string): JsonObject => ({ subject: "Prova", sender: `\${${applicant}}`, documents: [] });
/** Side by side with others a day at least: no look-up after a lost answer lasts so long. */
const duration = ({ random, beside }: Here): string => `PT${random.int(beside ? 1_440 : 5, 5_000) * MINUTE}S`;

type Maker = (here: Here, id: string) => JsonObject[];

const makers: Readonly<Record<string, Maker>> = {
  call: (here, id) => [{ id, ...anyCall(here, id) }],
  decide: (here, id) => [decide(here, id)],
  ask: (here, id) => [{ id, ask: { ...ask(here), ...timed(here) } }],
  message: (here, id) => [{ id, wait: { for: nameIn(here, "signal"), ...timed(here) } }],
  date: (here, id) => [
    {
      id,
      wait: {
        until: `\${dateAfter(case.receivedAt, ${here.random.int(1, 40)})}T${10 + (here.budget.names % 10)}:${10 + (here.budget.names % 50)}:00Z`,
      },
    },
  ],
  set: (here, id) => [
    {
      id,
      set: {
        [`v${id}`]: here.random.pick<Json>([
          1,
          "text",
          "${case.id}",
          here.seesRequest ? "${request.?any}" : "${inputs}",
          { deep: ["${case.receipt}"] },
        ]),
      },
    },
  ],
  run: (here, id) => [{ id, run: "age", with: { birthDate: here.random.chance(0.05) ? "soon" : "2000-02-29", on: "2026-03-02" } }],
  end: (here, id) => [
    { id, end: here.random.pick(["completed", "inadmissible", "granted"]), undo: here.random.chance(0.5), when: conditionIn(here) },
  ],
  open: (here, id) => [
    {
      id,
      open: {
        service: here.random.chance(0.1) ? "no-service" : "random-child",
        request: { applicant: `\${${here.applicant}}` },
        wait: here.random.chance(0.7),
        ...(here.random.chance(0.3) ? { within: duration(here), reminders: ["PT30M"] } : {}),
      },
    },
  ],
  fee: (here, id) => fee(here, id),
  choose: (here, id) => [
    { id, choose: Array.from({ length: here.random.int(1, 3) }, () => ({ if: conditionIn(here), steps: stepsOf(deeper(here)) })) },
  ],
  parallel: (here, id) => [{ id, parallel: { branches: branches(here, () => stepsOf(beside(here))), wait: "all" } }],
  race: (here, id) => [
    {
      id,
      parallel: {
        branches: branches(here, () => [...racer(here), ...stepsOf(beside(here))]),
        wait: here.random.pick<Json>(["first", 2]),
      },
    },
  ],
  forEach: (here, id) => [forEach(here, id)],
  block: (here, id) => [block(here, id)],
};

const deeper = (here: Here, more: Partial<Here> = {}): Here => ({ ...here, depth: here.depth + 1, ...more });

/** A branch names no step of another: which of them is done first hangs on the time. */
const beside = (here: Here): Here => deeper(here, { beside: true, known: [...here.known] });

const branches = ({ random }: Here, make: () => JsonObject[]): JsonObject =>
  Object.fromEntries(Array.from({ length: random.int(2, 3) }, (_, index) => [`b${index}`, make()]));

/** A branch that others are given up for begins with a question that only an act answers, or with a far day of its own. */
function racer(here: Here): JsonObject[] {
  const id = nameIn(here, "r");
  if (here.random.chance(0.7)) return [{ id, ask: ask(here) }];
  return [{ id, wait: { until: `\${dateAfter(case.receivedAt, ${1_000 + here.budget.names})}T12:00:00Z` } }];
}

function anyCall(here: Here, id: string): JsonObject {
  const { random, applicant } = here;
  const [operation, input, undo] = random.pick<[string, Json, Json?]>([
    ["registry.findResident", { taxCode: `\${${applicant}.taxCode}` }],
    ["tax.openFines", { taxCode: `\${${applicant}.taxCode}` }],
    ["protocol.register", registration(applicant)],
    [
      "documents.issue",
      { title: "Prova", reference: "${case.receipt}", lines: [] },
      call("protocol.registerOutgoing", { subject: "Annullo", recipient: `\${${applicant}}`, documents: [] }),
    ],
    ["payments.createDebt", debtOf(applicant), call("payments.cancelDebt", { debt: `\${steps.${id}.debt}` })],
    ["messages.send", { to: `\${${applicant}.taxCode}`, subject: "Un messaggio di prova", markdown: "Prova. ".repeat(20) }],
  ]);
  return {
    ...call(operation, input),
    ...(undo !== undefined && random.chance(0.8) ? { undo } : {}),
    ...(random.chance(0.25) ? { optional: true } : {}),
    ...(random.chance(0.2) ? { within: duration(here), otherwise: { set: { [`late${id}`]: true } } } : {}),
    ...(random.chance(0.4) ? { rejected: [{ if: 'error.code != "X"', set: { [`no${id}`]: "${error.code}" } }] } : {}),
  };
}

const debtOf = (applicant: string): JsonObject => ({
  debtor: `\${${applicant}}`,
  amount: 1_000,
  reason: "Prova",
  dueDate: "${dateAfter(case.receivedAt, 30)}",
});

/** A debt, and the wait for its payment. */
function fee(here: Here, id: string): JsonObject[] {
  const debt = { debt: `\${steps.${id}.debt}` };
  const confirm = { ...call("payments.debtStatus", debt), until: 'result.state == "PAID"', every: "PT30H" };
  const otherwise: JsonObject = here.beside ? { set: { [`unpaid${id}`]: true } } : { end: "inadmissible" };
  return [
    { id, ...call("payments.createDebt", debtOf(here.applicant)), undo: call("payments.cancelDebt", debt) },
    { id: `${id}paid`, when: `has(steps.${id})`, wait: { for: nameIn(here, "payment"), confirm, within: "P5D", otherwise } },
  ];
}

function timed(here: Here): JsonObject {
  const { random } = here;
  if (random.chance(0.4)) return random.chance(0.3) ? { reminders: [duration(here)] } : {};
  const otherwise: JsonObject = here.beside || random.chance(0.5) ? { set: { [nameIn(here, "over")]: true } } : { end: "inadmissible" };
  return { within: duration(here), ...(random.chance(0.5) ? { otherwise } : {}), ...(random.chance(0.3) ? { reminders: ["PT30M"] } : {}) };
}

const ask = ({ random }: Here): JsonObject => ({
  title: text("A question"),
  form: random.pick<JsonObject>([{}, { text: "Text" }, { day: "Date", file: "Attachment?" }]),
});

function decide(here: Here, id: string): JsonObject {
  const { random } = here;
  const asks: JsonObject = random.chance(0.5)
    ? { more: { ...ask(here), within: duration(here), clock: random.pick(["none", "integration", "rejectionNotice"]) } }
    : {};
  return {
    id,
    decide: {
      office: "culture",
      outcomes: { yes: { title: text("Yes") }, no: { title: text("No"), form: { reason: "Text" } } },
      asks,
      ...(asks["more"] && random.chance(0.5) ? { requires: { no: "more" } } : {}),
      ...timed(here),
      ...(random.chance(0.3) ? { escalate: { after: duration(here), to: "socialPolicies" } } : {}),
    },
  };
}

function forEach(here: Here, id: string): JsonObject {
  const { random } = here;
  const list = here.seesRequest && !random.chance(0.05) ? "${request.items}" : random.pick(["${['x', 'y']}", "${case.id}"]);
  return {
    id,
    forEach: {
      in: list,
      as: nameIn(here, "item"),
      atMost: random.int(1, 3),
      steps: stepsOf(beside(here)),
    },
  };
}

function block(here: Here, id: string): JsonObject {
  const inside = deeper(here, { applicant: "inputs.applicant", seesRequest: false, known: [] });
  const steps = stepsOf(inside);
  const inputs = { applicant: `\${${here.applicant}}` };
  return {
    id,
    block: { fragment: "random", inputs, steps, outputs: { last: `\${steps.?${inside.known.at(-1) ?? "none"}}`, outcome: "yes" } },
  };
}
