/** Scenarios of a service (`<service>.scenarios.yaml`): a request, what systems and people do, the passing of time, and what is expected. */
import { z } from "zod";
import { outcomes } from "../cases/status.ts";
import { Duration, Identifier, ServiceId } from "./words.ts";

/** `protocol.register` */
const OperationId = z.string().regex(/^[a-z][A-Za-z0-9]*\.[a-z][A-Za-z0-9]*$/, "is not an operation such as protocol.register");
const Members = z.record(z.string(), z.json());

/** How a system answers one call. Absent parts are as usual: an answer that fits the contract, after a moment. */
export const ScenarioAnswer = z.strictObject({
  /** Members that the answer has; the others are made from the contract. */
  done: Members.optional(),
  /** The system says no with this code. */
  rejected: z.string().optional(),
  /** No answer comes: `after` the effect, or `before` it. */
  lost: z.enum(["after", "before"]).optional(),
  /** The request is held so long; beyond the operation's deadline the outcome is unknown, and the effect comes all the same. */
  held: Duration.optional(),
  /** Certainly not sent for so long: the system is away. */
  notSent: Duration.optional(),
  /** The answer is broken, without effect. */
  failed: z.string().optional(),
  /** How an unknown outcome is settled, as the adapter would; `person` unless told. */
  recovery: z.enum(["key", "find", "person"]).optional(),
  /** With `recovery: find`: why a second send is safe once nothing was found. */
  resend: z.string().optional(),
  /** For how many calls this answer stands; one unless told. */
  times: z.int().min(1).max(10_000).optional(),
});
export type ScenarioAnswer = z.infer<typeof ScenarioAnswer>;

/** By operation: one answer that stands from now on, or a list that is used up in order; then the contract's own answers. */
export const ScenarioSystems = z.record(OperationId, z.union([ScenarioAnswer, z.array(ScenarioAnswer)]));
export type ScenarioSystems = z.infer<typeof ScenarioSystems>;

/** What is expected of the case at a moment. Absent parts are not looked at; what is given must be so exactly. */
export const Expectation = z.strictObject({
  state: z.enum(["received", "running", "waiting", "parked", "closed"]).optional(),
  waitingFor: z.enum(["applicant", "office", "system", "payment", "date", "operator"]).optional(),
  /** Path of the step where the case stands. */
  step: z.string().optional(),
  outcome: z.enum(outcomes).optional(),
  /** Code of the problem that parks the case, or `none`. */
  problem: z.string().optional(),
  office: z.string().optional(),
  /** The last day of the legal term. */
  due: z.iso.date().optional(),
  clock: z.enum(["running", "suspended", "expired", "stopped"]).optional(),
  /** Ids of what may be answered now. */
  actions: z.array(z.string()).optional(),
  /** Step path to what became of it; other steps are not looked at. */
  steps: z.record(z.string(), z.enum(["running", "done", "rejected", "skipped", "failed", "undone", "absent"])).optional(),
  /** Operation to the number of effects in the systems; every write and message that is not named must have none. */
  effects: z.record(OperationId, z.int().min(0)).optional(),
  /** Subjects of the messages that the applicant got. */
  messages: z.array(z.string()).optional(),
  /** What the applicant's view tells, in English. */
  history: z.array(z.string()).optional(),
  /** Number of documents issued to the applicant. */
  documents: z.int().min(0).optional(),
});
export type Expectation = z.infer<typeof Expectation>;

const common = {
  /** Path of the `open` step whose child case is meant. */
  of: z.string().optional(),
  /** The act is not taken, with this code. */
  refused: z.string().optional(),
};
/** Path of the step that asks, where more than one question is open. */
const step = z.string().optional();

export const Act = z.union([
  /** Time passes. */
  z.strictObject({ after: Duration }),
  /** The office decides. */
  z.strictObject({ decide: Identifier, form: Members.default({}), note: z.string().optional(), step, ...common }),
  /** The office asks the applicant before it decides. */
  z.strictObject({ ask: Identifier, note: z.string().optional(), step, ...common }),
  /** The applicant answers the question of this name; one that is to be refused names the question's id as its step. */
  z.strictObject({ answer: Identifier, with: Members.default({}), step, ...common }),
  /** A message that answers no question: a hint of a system, perhaps early. */
  z.strictObject({ send: Identifier, with: Members.default({}), from: z.string().default("applicant"), ...common }),
  /** The applicant withdraws, with this reason. */
  z.strictObject({ withdraw: z.string(), ...common }),
  /** An operator repairs a parked case; `result: "@effect"` is what the system's ledger holds. */
  z.strictObject({
    repair: z.enum(["retry", "resolve", "skip", "cancel"]),
    result: z.json().optional(),
    reason: z.string().default("looked into the system"),
    ...common,
  }),
  /** From now on the systems answer so. */
  z.strictObject({ systems: ScenarioSystems }),
  /** The case is thrown away and goes on from its state (in memory only). */
  z.strictObject({ crash: z.literal(true) }),
  z.strictObject({ expect: Expectation, of: z.string().optional() }),
]);
export type Act = z.infer<typeof Act>;

export const Scenario = z.strictObject({
  /** Words with hyphens: `--scenario granted-after-correction`. */
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, "is not a name such as granted-after-correction"),
  title: z.string().optional(),
  /** Joined to the file's `request`. `@person`, `@organisation`, `@file`, `@vehicle`, `@today+30` stand for sample values. */
  request: Members.default({}),
  channel: z.string().default("portal"),
  /** When it begins; otherwise as the file says. */
  at: z.iso.datetime().optional(),
  systems: ScenarioSystems.default({}),
  timeline: z.array(Act).default([]),
  expect: Expectation,
});
export type Scenario = z.infer<typeof Scenario>;

export const ScenarioFile = z.strictObject({
  darsena: z.literal(1),
  service: ServiceId,
  /** Whose overlay; `milano` unless told. */
  municipality: z.string().optional(),
  at: z.iso.datetime().default("2026-03-02T09:00:00Z"),
  request: Members.default({}),
  /** Durations that replace those of the service, as an overlay's: `disabled-parking-pass.paid: PT6H`. */
  durations: z.record(z.string(), Duration).default({}),
  scenarios: z.array(Scenario).min(1),
});
export type ScenarioFile = z.infer<typeof ScenarioFile>;
