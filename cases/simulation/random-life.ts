/**
 * Lives a case with random answers of systems, people and operators. What is chosen hangs on the seed and on what is asked, never on the
 * order in which it is asked, so that the same case restarted after every step meets the same choices.
 */
import { operationById } from "../../connectors/contracts.ts";
import { schemaOfFields } from "../../catalogue/fields.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import { openQuestions } from "../mailbox.ts";
import { CHILD_REPORT } from "../steps/open.ts";
import type { RepairVerb } from "../message.ts";
import { Refusal } from "../refusal.ts";
import type { CallCommand } from "../runtime.ts";
import type { Simulation } from "../simulate.ts";
import type { Problem, Question } from "../state.ts";
import { milliseconds } from "../../connectors/contract.ts";
import type { SystemAnswer } from "./answers.ts";
import { Random } from "./random.ts";
import { sample } from "./sample.ts";
import type { SimulatedCase } from "./simulated-case.ts";

const MAX_TURNS = 400;
const DAY = 86_400_000;
const TODAY = "2026-03-02";

/**
 * What systems do where no script says it: mostly they answer, now and then they fail in every way that there is. `calm`: never so slowly
 * that time decides which of two branches comes first.
 */
export function randomAnswer({ operation: id, request }: CallCommand, random: Random, calm: boolean): SystemAnswer {
  const operation = operationById(id);
  // An adapter declares one way for all sends of a call.
  const declared = new Random(request.key);
  const recovery = {
    recovery: declared.pick(["key", "find", "person"] as const),
    ...(declared.chance(0.5) ? { resend: "one hop, bounded" } : {}),
  };
  const draw = random.next();
  if (draw < 0.7 || !operation) return id === "payments.debtStatus" ? { done: { state: random.pick(["UNPAID", "UNPAID", "PAID"]) } } : {};
  if (draw < 0.78)
    return { rejected: operation.rejections.length > 0 && random.chance(0.8) ? random.pick(operation.rejections) : "UNDECLARED" };
  if (draw < 0.84) return { lost: "after", ...recovery };
  if (draw < 0.9) return { lost: "before", ...recovery };
  if (draw < 0.91) return { failed: "INTERNAL" };
  if (calm) return {};
  if (draw < 0.94) return { heldMs: random.int(0, 2 * milliseconds(operation.deadline)), ...recovery };
  if (draw < 0.98) return { notSentMs: random.int(1, 2 * DAY) };
  return {};
}

export type Ending = "closed" | "parked" | "asks";

export interface Lived {
  ending: Ending;
  turns: number;
  /** Undo entries that were promised at some rest, by key, and those that an operator settled otherwise. */
  promised: Set<string>;
  settledByHand: Set<string>;
}

export interface LifeOptions {
  random: Random;
  /** Nobody withdraws while calls are under way: which ones are depends on the time. */
  calm: boolean;
  /** The case is thrown away and begun anew at every rest. */
  crash?: boolean;
}

/** Lives until the case ends, or rests on something that nobody does. Throws when the case is silent. */
export async function liveRandomly(simulation: Simulation, one: SimulatedCase, options: LifeOptions): Promise<Lived> {
  return new Life(simulation, one, options).live();
}

class Life {
  readonly #simulation: Simulation;
  readonly #case: SimulatedCase;
  readonly #random: Random;
  readonly #crash: boolean;
  readonly #calm: boolean;
  readonly #promised = new Set<string>();
  readonly #settledByHand = new Set<string>();
  /** How often something was met. */
  readonly #met = new Map<string, number>();

  constructor(simulation: Simulation, one: SimulatedCase, { random, crash, calm }: LifeOptions) {
    this.#simulation = simulation;
    this.#case = one;
    this.#random = random;
    this.#crash = crash ?? false;
    this.#calm = calm;
  }

  async live(): Promise<Lived> {
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      await this.#simulation.settle();
      for (const each of this.#simulation.cases.values()) if (each.defect) throw each.defect;
      for (const entry of this.#case.state.undo) this.#promised.add(entry.key);
      const ending = await this.#turn();
      if (ending) return { ending, turns: turn, promised: this.#promised, settledByHand: this.#settledByHand };
      this.#crashAtRest();
    }
    throw new Error(
      `after ${MAX_TURNS} turns the case is still ${JSON.stringify(this.#case.status().state)} at ${this.#case.status().step}`,
    );
  }

  #crashAtRest(): void {
    if (!this.#crash) return;
    for (const each of this.#simulation.cases.values()) if (each.isAtRest) each.crash();
  }

  async #turn(): Promise<Ending | undefined> {
    const { state } = this.#case;
    if (this.#case.isClosed) return "closed";
    const calls = [...this.#case.c.underWay];
    if (calls.length > 0) {
      for (const { path } of calls) if (!this.#calm) this.#withdrawDuring(path);
      return this.#time("a call is under way");
    }
    const problems = Object.values(state.problems)
      .filter((problem) => problem.repair === undefined)
      .toSorted((a, b) => a.path.localeCompare(b.path));
    const [problem] = problems;
    if (problem) return this.#operator(problem);
    const questions = openQuestions(state).toSorted((a, b) => a.id.localeCompare(b.id));
    if (questions.length > 0) return this.#person(questions);
    const child = [...this.#simulation.cases.values()].find(
      (each) => each !== this.#case && !each.isClosed && openQuestions(each.state).length > 0,
    );
    if (child) return this.#answer(child, openQuestions(child.state)[0] as Question);
    return this.#time(`waiting for ${JSON.stringify(state.waiting)}`);
  }

  /** Time passes to whatever is due next; when nothing is, nobody would ever hear of the case again. */
  async #time(why: string): Promise<undefined> {
    const { next } = this.#simulation.clock;
    if (next === undefined) {
      const { steps, problems, questions, stop, calls } = this.#case.state;
      const { held, strands } = this.#case.c;
      throw new Error(
        `the case is silent: ${why}, and nothing is due: ${JSON.stringify({ held, strands, stop, questions, problems, calls, steps })}`,
      );
    }
    await this.#simulation.pass(next - this.#simulation.now());
    return undefined;
  }

  /** Another choice each time that the same thing is met. */
  #meets(what: string): Random {
    const times = (this.#met.get(what) ?? 0) + 1;
    this.#met.set(what, times);
    return this.#random.of(`${what}#${times}`);
  }

  /** When the call is first seen, or not at all: how often it is seen hangs on the timers that run beside it. */
  #withdrawDuring(path: string): void {
    const what = `withdraw during ${path}`;
    const first = !this.#met.has(what);
    if (this.#meets(what).chance(0.08) && first) this.#withdraw();
  }

  #withdraw(): void {
    this.#message(this.#case, { name: "withdraw", body: { reason: "random" } });
  }

  #message(to: SimulatedCase, message: { name: string; body: JsonObject; for?: string }): void {
    const now = this.#simulation.now();
    const id = `m-${message.name}-${(message.for ?? "").replaceAll(/[^A-Za-z0-9.]/g, ":")}-${this.#met.get(message.for ?? "") ?? 0}`;
    try {
      to.send({ id, from: "random", at: new Date(now).toISOString(), ...message });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  // People

  async #person(questions: Question[]): Promise<Ending | undefined> {
    for (const question of questions) {
      const choice = this.#random.of(`open: ${question.id}`);
      const reporter = [...this.#simulation.cases.values()].find((each) => each.state.parent?.question === question.id && !each.isClosed);
      if (choice.chance(0.02)) {
        this.#withdraw();
        return undefined;
      }
      // Nobody answers some questions.
      if (choice.chance(0.25)) continue;
      const asked = reporter ? openQuestions(reporter.state)[0] : question;
      if (asked && asked.name !== CHILD_REPORT) return this.#answer(reporter ?? this.#case, asked);
    }
    // The time allowed passes, or the case rests on the question for good.
    return this.#simulation.clock.next === undefined ? "asks" : this.#time("nobody answers");
  }

  #answer(to: SimulatedCase, question: Question): undefined {
    const random = this.#meets(question.id);
    const name = random.chance(0.1) ? "lunch" : question.name;
    this.#message(to, { name, for: question.id, body: bodyOf(question, random) });
    return undefined;
  }

  // Operators

  /** An operator who looks before acting: what has taken effect is never sent again. */
  async #operator(problem: Problem): Promise<Ending | undefined> {
    const choice = this.#meets(`${problem.path} ${problem.code}`);
    if (choice.chance(0.1)) return "parked";
    if (problem.notBefore !== undefined && this.#simulation.now() <= Date.parse(problem.notBefore)) {
      await this.#simulation.pass(Date.parse(problem.notBefore) - this.#simulation.now() + 1);
      return undefined;
    }
    const open = Object.entries(this.#case.state.calls).find(([, call]) => call.path === problem.path);
    const effect = open && this.#simulation.systems.effectOf(open[0], this.#simulation.now());
    const verb = effect && problem.verbs.includes("resolve") ? "resolve" : this.#verb(problem, choice);
    this.#repair(problem, verb, effect?.output ?? resultOf(problem, choice));
    return undefined;
  }

  #verb(problem: Problem, choice: Random): RepairVerb {
    if ((this.#met.get(`${problem.path} ${problem.code}`) ?? 0) > 4 && problem.verbs.includes("cancel")) return "cancel";
    return choice.pick(problem.unknown ? problem.verbs.filter((verb) => verb !== "resolve" || problem.verbs.length === 1) : problem.verbs);
  }

  #repair(problem: Problem, verb: RepairVerb, result: Json): void {
    if (problem.path.endsWith("/undo") && (verb === "skip" || verb === "resolve")) this.#settledByHand.add(problem.path);
    const id = `r-${problem.id.replaceAll(/[^A-Za-z0-9.]/g, ":")}-${this.#met.size}`;
    try {
      this.#case.repair({ id, problem: problem.id, verb, by: "random", reason: "random", ...(verb === "resolve" ? { result } : {}) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }
}

/** A result that an operator may give for the problem's operation. */
export function resultOf(problem: Problem, random: Random): Json {
  const output = operationById(problem.operation ?? "")?.output;
  return output ? (sample(output, random, { parts: "any", today: TODAY }) ?? null) : null;
}

/** Mostly what the question asks for. */
export function bodyOf({ accepts }: Question, random: Random): JsonObject {
  const filled = (fields: Record<string, string>) => sample(schemaOfFields(fields), random, { parts: "any", today: TODAY }) as JsonObject;
  if (random.chance(0.05)) return { wrong: 1 };
  if (accepts.kind === "form") return filled(accepts.fields);
  const [ask] = accepts.asks;
  if (ask !== undefined && random.chance(0.35)) return { ask, note: "random" };
  const outcome = random.pick(Object.keys(accepts.outcomes));
  return { outcome, form: filled(accepts.outcomes[outcome] ?? {}) };
}
