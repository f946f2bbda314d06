/**
 * One line of work inside a case. A case has one strand; each branch of a `parallel` and each lane of a `forEach` has its own. Strands
 * rest, park, stop and restart together: a withdrawal waits for the calls of all, and a restart for all to be held.
 */
import { ExpressionError } from "../catalogue/json-value.ts";
import type { Case } from "./case.ts";
import type { Repair } from "./message.ts";
import type { Problem } from "./problem.ts";
import { Abandoned, GivenUp, RestartFromState, Stopped } from "./runtime.ts";
import type { CaseState, Waiting } from "./state.ts";

/** The path of problems that are no step's: a defect stopped the case. */
export const DEFECT = "case";

export class Strand {
  readonly case: Case;
  readonly #parent: Strand | undefined;
  #abandoned = false;

  constructor(of: Case, parent?: Strand) {
    this.case = of;
    this.#parent = parent;
  }

  get state(): CaseState {
    return this.case.state;
  }
  get runtime(): Case["runtime"] {
    return this.case.runtime;
  }
  get id(): string {
    return this.case.id;
  }
  now(): string {
    return this.case.now();
  }

  /** Gives this strand up where it rests next; a call under way comes to its end first. */
  abandon(): void {
    this.#abandoned = true;
  }

  get abandoned(): boolean {
    return this.#abandoned || (this.#parent?.abandoned ?? false);
  }

  // A promise is dear in Temporal's sandbox, which notes the stack of each: these give one only where there is something to wait for.

  /** Between two steps: here a withdrawal takes effect, and a strand that nobody waits for ends. */
  checkpoint(): Promise<void> | undefined {
    if (this.case.restarting) throw new RestartFromState();
    if (this.abandoned) throw new Abandoned();
    if (!this.case.stopRequested) return undefined;
    return this.state.shortWay ? this.#stopping() : this.#held();
  }

  /** Returns only while the case must first do again what a lost run of it had done. */
  async #stopping(): Promise<void> {
    if (this.case.strands > 1 || !(await this.case.isBehind())) await this.#held();
  }

  #held(): Promise<void> {
    return this.#heldUntil(() => this.case.stopDue() || this.#interrupted());
  }

  /** After a finished step or round: here a forced restart happens. */
  restartPoint(): Promise<void> | undefined {
    const { state, runtime } = this.case;
    if (!runtime.restartable || state.restart !== "every-step") return undefined;
    this.case.restartWanted = true;
    return this.#restarted();
  }

  async #restarted(): Promise<void> {
    const ready = () => this.#interrupted();
    if (!ready()) await this.#hold(ready);
    if (this.case.restarting) throw new RestartFromState();
    if (this.abandoned) throw new Abandoned();
    // A stop takes effect before the next step, as it does where nothing restarts.
    if (!this.case.stopDue() && this.case.restartDue()) throw new RestartFromState();
  }

  async #heldUntil(ready: () => boolean): Promise<void> {
    if (!ready()) await this.#hold(ready);
    this.#throwIfInterrupted();
  }

  /** Waits at rest. Throws when a withdrawal takes effect, the case restarts, or the strand is given up meanwhile. */
  async rest(waiting: Waiting, ready: () => boolean, until?: number): Promise<"ready" | "due"> {
    // A stop that is not due yet must not keep the case from what it rests on: an unknown outcome is settled by an operator.
    this.#throwIfInterrupted();
    if (ready()) return "ready";
    const { case: c } = this;
    if (c.runtime.restartable && c.runtime.restartSuggested()) c.restartWanted = true;
    c.state.waiting[waiting.path] = waiting;
    if (!c.restartWanted) c.touch();
    const woken = await this.#hold(() => ready() || this.#interrupted(), until, waiting.text.en);
    if (c.state.waiting[waiting.path]) {
      delete c.state.waiting[waiting.path];
      if (!c.restartDue()) c.touch();
    }
    this.#throwIfInterrupted();
    c.beginStretch();
    return woken;
  }

  /** Held: neither working nor in a call. */
  async #hold(ready: () => boolean, until?: number, summary = "held for the other branches"): Promise<"ready" | "due"> {
    const { case: c } = this;
    c.held += 1;
    if (c.held >= c.strands) c.endStretch();
    try {
      return await c.runtime.wait(ready, until, summary);
    } finally {
      c.held -= 1;
    }
  }

  #interrupted(): boolean {
    return this.abandoned || this.case.stopDue() || this.case.restartDue();
  }

  #throwIfInterrupted(): void {
    // A branch that restarts first gives the others up: they restart all the same.
    if (this.case.restarting) throw new RestartFromState();
    if (this.abandoned) throw new Abandoned();
    if (this.case.stopDue()) throw new Stopped();
    if (this.case.restartDue()) throw new RestartFromState();
  }

  // Parking

  /** Waits until an operator repairs the problem; the same problem is found again after a restart. */
  async park(problem: Omit<Problem, "id" | "since">): Promise<Repair> {
    const known = Object.values(this.state.problems).find((one) => one.path === problem.path && one.code === problem.code);
    // Nobody is asked about what a stop will end anyway; only an unknown outcome must be settled first.
    if (!known && !problem.unknown) await this.checkpoint();
    const parked = known ?? this.#open({ ...problem, verbs: this.#verbs(problem) });
    const waiting: Waiting = { for: "operator", path: parked.path, text: { en: parked.title, it: "in attesa di un operatore" } };
    try {
      await this.rest(waiting, () => parked.repair !== undefined);
    } catch (error) {
      if (!(error instanceof RestartFromState)) delete this.state.problems[parked.id];
      throw error;
    }
    delete this.state.problems[parked.id];
    const repair = parked.repair as Repair;
    // What is skipped of a call is the call's affair.
    if (repair.verb === "skip" && parked.operation === undefined) throw new GivenUp(`skipped by ${repair.by}: ${repair.reason}`);
    return repair;
  }

  /** A case that comes to its end cannot be cancelled: what holds it up there may be skipped, by name and with a reason. */
  #verbs({ path, verbs }: Pick<Problem, "path" | "verbs">): Problem["verbs"] {
    if (!this.state.ending) return verbs;
    const others = verbs.filter((verb) => verb !== "cancel");
    return others.length < verbs.length && path !== DEFECT && !others.includes("skip") ? [...others, "skip"] : others;
  }

  #open(problem: Omit<Problem, "id" | "since">): Problem {
    this.state.problemCount += 1;
    const parked = { ...problem, id: `${problem.path}.p${this.state.problemCount}`, since: this.now() };
    this.state.problems[parked.id] = parked;
    this.case.tell("parked", { en: parked.title, it: "La pratica attende un operatore" }, { path: parked.path });
    return parked;
  }

  /** Evaluates something written in the service; a failing expression parks the case instead of failing it. */
  evaluated<T>(path: string, compute: () => T): T | Promise<T> {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return this.#parkedExpression(path, compute, error);
    }
  }

  async #parkedExpression<T>(path: string, compute: () => T, error: ExpressionError): Promise<T> {
    await this.park({
      path,
      code: `expression:${error.code}`,
      title: `An expression of step ${path} gives no value: ${error.message}`,
      advice: "Correct the service and let the case adopt it, or cancel the case. Retry evaluates the expression again.",
      verbs: ["retry", "cancel"],
    });
    return this.evaluated(path, compute);
  }
}

/**
 * Runs works in strands of their own, at most `lanes` at a time, until `enough` holds or all are at their end. The others are given up.
 * What a strand throws (an end, a stop, a restart, a defect) ends all of them, and is thrown again.
 */
export async function inStrands(
  parent: Strand,
  works: readonly ((strand: Strand) => Promise<void>)[],
  lanes: number,
  enough: () => boolean,
): Promise<void> {
  const { case: c } = parent;
  const queue = [...works];
  const strands = Array.from({ length: Math.min(lanes, works.length) }, () => new Strand(c, parent));
  const thrown: unknown[] = [];
  c.strands += strands.length - 1;
  let working = strands.length;
  const lane = async (strand: Strand): Promise<void> => {
    try {
      for (let work = queue.shift(); work && !enough(); work = queue.shift()) await work(strand);
    } catch (error) {
      if (!(error instanceof Abandoned)) thrown.push(error);
    }
    if (enough() || thrown.length > 0) for (const other of strands) if (other !== strand) other.abandon();
    // The last one hands its place back to the parent.
    working -= 1;
    if (working > 0) c.strands -= 1;
  };
  await Promise.all(strands.map(lane));
  if (parent.abandoned) throw new Abandoned();
  const first = thrown.toSorted((a, b) => rank(a) - rank(b))[0];
  if (first !== undefined) throw first;
}

/** A restart comes before a stop, and both before what a branch decided. */
const rank = (error: unknown): number => (error instanceof RestartFromState ? 0 : error instanceof Stopped ? 1 : 2);
