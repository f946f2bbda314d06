/** The status of a case at this moment, derived from its state. */
import { jsonSchemaOf } from "../catalogue/fields.ts";
import { isHandWritten, type Step } from "../catalogue/definition.ts";
import { innerSteps } from "../catalogue/steps.ts";
import type { JsonObject } from "../connectors/json.ts";
import { operationById } from "../connectors/contracts.ts";
import type { Case } from "./case.ts";
import { legalClock } from "./clock.ts";
import { durationDays } from "./duration.ts";
import { openQuestions } from "./mailbox.ts";
import type { Accepts, CaseState, Problem, Question, Waiting } from "./state.ts";
import type { Action, CaseStateName, CaseStatus, ParkedProblem, StepStatus, Text } from "./status.ts";

export function snapshot(of: Case): CaseStatus {
  const { state } = of;
  const problem = Object.values(state.problems).find((one) => one.repair === undefined);
  const waiting = problem
    ? { for: "operator" as const, path: problem.path, text: { en: problem.title, it: "In attesa di un operatore" } }
    : waitingOf(of);
  return present({
    case: state.id,
    service: state.service.service,
    title: state.service.title,
    office: state.office,
    channel: state.channel,
    receipt: state.receipt,
    state: stateOf(of, problem),
    waitingFor: state.closedAt === undefined ? waiting?.for : undefined,
    step: state.closedAt === undefined ? (waiting?.path ?? lastRunning(state)) : undefined,
    waitingText: state.closedAt === undefined ? waiting?.text : undefined,
    outcome: state.outcome,
    outcomeText: state.outcome && state.service.outcomes[state.outcome],
    protocolNumber: state.protocolNumber,
    clock: clockOf(state, of.now()),
    number: state.number,
    updatedAt: of.now(),
    steps: Object.entries(state.steps).map(([path, record]) => stepStatus(state, path, record)),
    history: [...state.history],
    actions: state.closedAt === undefined && !state.ending ? openQuestions(state).map(actionOf) : [],
    problem: problem && parkedProblem(problem),
    documents: [...state.documents],
    version: state.version,
    result: state.result,
  });
}

/** Absent means absent, never undefined: statuses travel as JSON. */
const present = (status: { [K in keyof CaseStatus]: CaseStatus[K] | undefined }): CaseStatus =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined)) as unknown as CaseStatus;

function stateOf(of: Case, problem: Problem | undefined): CaseStateName {
  const { state } = of;
  if (state.closedAt !== undefined) return "closed";
  if (problem) return "parked";
  if (Object.keys(state.waiting).length > 0 && of.underWay.size === 0) return "waiting";
  return Object.keys(state.steps).length === 0 ? "received" : "running";
}

/** A call under way says more than a branch that rests. */
function waitingOf(of: Case): Waiting | undefined {
  const [call] = of.underWay;
  if (!call) return Object.values(of.state.waiting)[0];
  const contract = call.operation.split(".")[0] ?? "";
  return { for: "system", path: call.path, text: { en: `waiting for the ${contract} system`, it: "in attesa di un sistema del Comune" } };
}

const lastRunning = (state: CaseState): string | undefined =>
  Object.entries(state.steps).findLast(([, record]) => record.state === "running")?.[0];

function clockOf(state: CaseState, now: string): CaseStatus["clock"] {
  const { timeZone, patronDay } = state.overlay;
  const calendar = patronDay === undefined ? { timeZone } : { timeZone, patronDay };
  const clock = legalClock(state.clock, durationDays(state.service.legal.term), calendar, now);
  return { due: clock.due, state: clock.state, elapsed: clock.elapsed, suspended: clock.suspended };
}

function stepStatus(state: CaseState, path: string, record: CaseState["steps"][string]): StepStatus {
  const status: StepStatus = { id: path, title: titleOf(state, path, record.operation), state: record.state };
  if (record.endedAt !== undefined) status.ms = Date.parse(record.endedAt) - Date.parse(record.startedAt);
  if (record.operation !== undefined) status.operation = record.operation;
  if (record.note !== undefined) status.note = record.note;
  return status;
}

function actionOf(question: Question): Action {
  const action: Action = { id: question.id, name: question.name, who: question.who, title: question.title, form: formOf(question.accepts) };
  if (question.office !== undefined) action.office = question.office;
  if (question.shows !== undefined) action.shows = question.shows;
  if (question.due !== undefined) action.due = question.due;
  return action;
}

function formOf(accepts: Accepts): JsonObject {
  if (accepts.kind === "form") return jsonSchemaOf(accepts.fields);
  const outcomes = Object.entries(accepts.outcomes)
    .filter(([name]) => accepts.blocked[name] === undefined)
    .map(([name, fields]) => ({
      type: "object",
      properties: { outcome: { const: name }, form: jsonSchemaOf(fields), note: { type: "string" } },
      required: Object.keys(fields).some((field) => !fields[field]?.endsWith("?")) ? ["outcome", "form"] : ["outcome"],
    }));
  const asks = accepts.asks.map((name) => ({
    type: "object",
    properties: { ask: { const: name }, note: { type: "string" } },
    required: ["ask"],
  }));
  return { oneOf: [...outcomes, ...asks] };
}

const parkedProblem = (problem: Problem): ParkedProblem => ({
  id: problem.id,
  code: problem.code,
  path: problem.path,
  title: problem.title,
  advice: problem.advice,
  since: problem.since,
  verbs: problem.verbs,
  ...(problem.key === undefined ? {} : { key: problem.key }),
  ...(problem.notBefore === undefined ? {} : { notBefore: problem.notBefore }),
  ...(problem.unknown === undefined ? {} : { unknown: problem.unknown }),
});

/** The title of a step path as an operator reads it. */
export function titleOf(state: CaseState, path: string, operation?: string): Text {
  const step = labelsOf(state)[plain(path)];
  if (step?.title) return step.title;
  const title = operationById(operation ?? "")?.title ?? path;
  return { en: title, it: step?.public?.it ?? title };
}

/** The label of a step that an applicant sees; undefined when it is internal. */
export const publicLabel = (state: CaseState, path: string): Text | undefined => labelsOf(state)[plain(path)]?.public;

/** The path as the definition has it, without the items of a `forEach`. */
const plain = (path: string): string => path.replaceAll(/\[\d+\]/g, "");

interface Label {
  title?: Text;
  public?: Text;
}
const labels = new WeakMap<object, Record<string, Label>>();

function labelsOf(state: CaseState): Record<string, Label> {
  const known = labels.get(state.service);
  if (known) return known;
  const found: Record<string, Label> = {};
  if (isHandWritten(state.service)) Object.assign(found, state.service.labels);
  else collect([...state.service.steps, ...state.service.withdrawn], "", found);
  labels.set(state.service, found);
  return found;
}

function collect(steps: readonly Step[], prefix: string, into: Record<string, Label>): void {
  for (const step of steps) {
    into[`${prefix}${step.id}`] = step;
    for (const inner of innerSteps(step)) collect(inner.steps, `${prefix}${inner.segment}/`, into);
  }
}
