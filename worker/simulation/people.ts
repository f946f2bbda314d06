/**
 * Applicants, offices and operators of a simulated town. They know of a case only what the register shows, act when they find the time,
 * twice, late or wrongly now and then, and operators look into the system before they confirm anything.
 */
import { bodyOf, resultOf } from "../../cases/simulation/random-life.ts";
import type { SimulatedCase } from "../../cases/simulation/simulated-case.ts";
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import type { Message, MessageAnswer, Repair, RepairVerb } from "../../cases/message.ts";
import { Refusal } from "../../cases/refusal.ts";
import type { Problem, Question } from "../../cases/state.ts";
import type { CaseStatus } from "../../cases/status.ts";
import { operationById } from "../../connectors/contracts.ts";
import type { Json } from "../../connectors/json.ts";
import type { Chance } from "./chance.ts";
import type { City } from "./city.ts";
import type { Sabotage } from "./sabotage.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** An operator who has come back so often gives up what cannot be done. */
const PATIENCE = 4;

/** What people stand on. */
export interface PeopleDeps {
  clock: VirtualClock;
  chance: Chance;
  city: City;
  sabotage: Sabotage | undefined;
  cases: ReadonlyMap<string, SimulatedCase>;
  /** When something was last sent under a key, in ms; -Infinity when never. */
  sentAt(key: string): number;
  /** What the register shows of a case. */
  shown(caseId: string): Promise<CaseStatus | undefined>;
  breach(invariant: "message-once", what: string): void;
  tell(line: () => string): void;
}

export class People {
  readonly #deps: PeopleDeps;
  /** Questions and problems that somebody has taken note of. */
  readonly #noted = new Set<string>();
  /** How often an operator met the same problem. */
  readonly #met = new Map<string, number>();
  /** Cases that nobody will ever repair. */
  readonly #left = new Set<string>();
  /** Writes that an operator gave up by name, `<case>/<path>`. */
  readonly givenUp = new Set<string>();
  /** Up to which send of a key an operator has confirmed by name that nothing was done. */
  readonly confirmed = new Map<string, number>();
  /** When each case went back to an earlier state last, in ms. */
  readonly wentBack = new Map<string, number>();
  #messages = 0;
  #last = false;

  constructor(deps: PeopleDeps) {
    this.#deps = deps;
  }

  /** A case has begun: somebody may change their mind about it, or a system hint at something before it is asked. */
  meet(one: SimulatedCase): void {
    const { chance } = this.#deps;
    const { random } = chance;
    const sometime = () => random.pick([random.int(0, 5_000), random.int(0, HOUR), random.int(0, 40 * DAY)]);
    const withdraw = { name: "withdraw", body: { reason: "changed plans" } };
    if (chance.strikes("withdrawal", 0.1)) this.#later(sometime(), () => this.send(one, withdraw));
    if (chance.strikes("message-early", 0.1)) this.#later(sometime(), () => this.send(one, { name: "payment", body: {} }));
    if (chance.strikes("operator-cancels", 0.03)) this.#later(sometime(), () => this.#cancel(one));
  }

  /** The register has something new of the case. */
  async look(caseId: string): Promise<void> {
    const status = await this.#deps.shown(caseId);
    if (!status) return;
    for (const { id } of status.actions) this.#note(`${caseId} ${id}`, "unanswered", () => this.#answer(caseId, id, 0));
    const { problem } = status;
    if (!problem) return;
    const what = `${caseId} ${problem.id}`;
    if (problem.notBefore !== undefined && !this.#noted.has(what) && this.#deps.chance.strikes("hasty-operator", 0.3))
      this.#later(this.#deps.chance.random.int(0, MINUTE / 3), () => this.#hurry(caseId, problem.id));
    this.#note(what, undefined, () => this.#operate(caseId, problem.id));
  }

  /** Whatever was left lying is taken up once more; false when there is nothing. A few parked cases are left to themselves. */
  async lastRound(): Promise<boolean> {
    this.#last = true;
    this.#noted.clear();
    for (const [id, one] of this.#deps.cases) if (!one.isClosed) await this.look(id);
    return this.#noted.size > 0;
  }

  /** What they knew of a case that went back to an earlier state counts no more. */
  forget(caseId: string): void {
    this.wentBack.set(caseId, this.#deps.clock.now());
    this.#left.delete(caseId);
    for (const noted of this.#noted) if (noted.startsWith(`${caseId} `)) this.#noted.delete(noted);
  }

  #note(what: string, fault: "unanswered" | undefined, act: () => void): void {
    if (this.#noted.has(what) || this.#left.has(what.split(" ")[0] as string)) return;
    const { chance } = this.#deps;
    if (this.#last && fault === undefined && chance.random.chance(0.15)) {
      this.#left.add(what.split(" ")[0] as string);
      return;
    }
    this.#noted.add(what);
    if (!this.#last && fault && chance.strikes(fault, 0.1)) return;
    this.#later(this.#delay(), act);
  }

  #delay(): number {
    const { random } = this.#deps.chance;
    return random.pick([random.int(1_000, 30 * MINUTE), random.int(HOUR, 3 * DAY), random.int(3 * DAY, 24 * DAY)]);
  }

  #later(ms: number, act: () => void): void {
    const { clock } = this.#deps;
    clock.at(clock.now() + ms, act);
  }

  // Applicants and offices

  #answer(caseId: string, id: string, tries: number): void {
    const one = this.#deps.cases.get(caseId);
    if (!one || one.isClosed) return;
    const { chance } = this.#deps;
    const question: Question | undefined = one.state.questions[id];
    if (!question || question.answer) {
      if (chance.strikes("message-late", 0.5)) this.send(one, { name: "decision", for: id, body: {} });
      return;
    }
    if (chance.strikes("message-wrong", 0.05)) this.send(one, { name: question.name, for: id, body: { wrong: 1 } });
    this.send(one, { name: question.name, for: id, body: bodyOf(question, chance.random) });
    if (one.state.questions[id]?.answer || tries > 20) {
      if (chance.strikes("message-late", 0.05)) this.#later(this.#delay(), () => this.#answer(caseId, id, 0));
      return;
    }
    this.#later(MINUTE, () => this.#answer(caseId, id, tries + 1));
  }

  /** Says something to a case. A message that arrives twice must get the same answer twice, and count once. */
  send(one: SimulatedCase, said: Pick<Message, "name" | "body"> & { for?: string }): void {
    const { chance, clock } = this.#deps;
    const message: Message = { id: `m${++this.#messages}`, from: "a person", at: new Date(clock.now()).toISOString(), ...said };
    const first = this.#sendOnce(one, message);
    if (!chance.strikes("message-twice", 0.1)) return;
    const again = () => {
      const { restarts } = one;
      const before = JSON.stringify(one.state.seen[message.id]);
      const second = this.#sendOnce(one, message);
      // A case that went back to an earlier state has not seen it.
      if (first.accepted && before !== undefined && restarts === one.restarts && JSON.stringify(second) !== JSON.stringify(first))
        this.#deps.breach("message-once", `${one.state.id}: message ${message.id} had another answer the second time`);
    };
    if (chance.random.chance(0.5)) again();
    else this.#later(chance.random.int(1, 2 * DAY), again);
  }

  #sendOnce(one: SimulatedCase, message: Message): MessageAnswer | { accepted: false; code: string } {
    const { sabotage, tell } = this.#deps;
    sabotage?.beforeMessage?.(one.state, message);
    try {
      const answer = { ...one.send(message) };
      tell(() => `${one.state.id}: message ${message.id} "${message.name}" for ${message.for ?? "nobody"}: accepted`);
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { code } = error;
      tell(() => `${one.state.id}: message ${message.id} "${message.name}" for ${message.for ?? "nobody"}: ${code}`);
      return { accepted: false, code };
    }
  }

  // Operators

  #operate(caseId: string, problemId: string): void {
    const one = this.#deps.cases.get(caseId);
    const problem = one?.state.problems[problemId];
    if (!one || !problem || problem.repair || one.isClosed) return;
    this.#left.delete(caseId);
    const again = (at: number) => this.#later(Math.max(1_000, at - this.#deps.clock.now()), () => this.#operate(caseId, problemId));
    const { chance, clock, city } = this.#deps;
    const effect = problem.key === undefined ? undefined : city.seenOf(problem.key);
    if (effect && problem.verbs.includes("resolve")) return this.#repair(one, problem, "resolve", effect.output);
    const awaited = city.awaited(problem.key ?? "");
    if (awaited !== undefined && clock.now() > (Date.parse(problem.notBefore ?? "") || 0)) return again(awaited + 1_000);
    if (!problem.unknown) this.#repair(one, problem, this.#verb(one, problem), resultOf(problem, chance.random));
    else if (!problem.verbs.includes("retry")) this.#repair(one, problem, "resolve", resultOf(problem, chance.random));
    else if (clock.now() > (Date.parse(problem.notBefore ?? "") || 0)) this.#repair(one, problem, "retry", null);
    again(Math.max(Date.parse(problem.notBefore ?? "") || 0, awaited ?? 0, clock.now()) + chance.random.int(1, DAY));
  }

  /** Wants to send again without looking, although the first request went out a moment ago. */
  #hurry(caseId: string, problemId: string): void {
    const { cases, clock, sentAt } = this.#deps;
    const one = cases.get(caseId);
    const problem = one?.state.problems[problemId];
    if (!one || !problem || problem.repair || !problem.verbs.includes("retry")) return;
    if (clock.now() - sentAt(problem.key ?? "") < MINUTE) this.#repair(one, problem, "retry", null);
  }

  #cancel(one: SimulatedCase): void {
    try {
      one.repair({ id: `r${++this.#messages}`, verb: "cancel", by: "Operatore Inventato", reason: "double request" });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  #verb(one: SimulatedCase, problem: Problem): RepairVerb {
    const what = `${one.state.id} ${problem.path} ${problem.code}`;
    const times = (this.#met.get(what) ?? 0) + 1;
    this.#met.set(what, times);
    const way = (["resolve", "skip", "cancel"] as const).find((verb) => problem.verbs.includes(verb));
    return times > PATIENCE && way ? way : this.#deps.chance.random.pick(problem.verbs);
  }

  #repair(one: SimulatedCase, problem: Problem, verb: RepairVerb, result: Json): void {
    const { city, tell } = this.#deps;
    const { id } = one.state;
    const { key = "", operation } = problem;
    const call = one.state.calls[key];
    const sent = call?.send;
    const repair: Repair = {
      id: `r${++this.#messages}`,
      problem: problem.id,
      verb,
      by: "Operatore Inventato",
      reason: "looked into the system",
    };
    try {
      one.repair(verb === "resolve" ? { ...repair, result } : repair);
      tell(() => `${id}: operator, ${verb} ${problem.id}`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      tell(() => `${id}: operator, ${verb} ${problem.id}: ${error.code}`);
      return;
    }
    if (verb === "skip" || verb === "resolve") this.givenUp.add(`${id}/${problem.path}`);
    if (verb === "retry" && problem.unknown && sent !== undefined) this.confirmed.set(key, sent);
    const known = operationById(operation ?? "");
    if (verb === "resolve" && known && known.effect !== "read") city.byHand(known, key, call?.input ?? null, result);
  }
}
