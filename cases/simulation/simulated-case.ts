/** One case in a simulation: it lives, is spoken to, restarts from its state when it wants to, and can be made to crash. */
import { isHandWritten } from "../../catalogue/definition.ts";
import type { Outcome } from "../../connectors/outcome.ts";
import { Case } from "../case.ts";
import { Interpreter } from "../interpreter.ts";
import { live, type Way } from "../life.ts";
import { applyMessage, checkMessage, recordedAnswer } from "../mailbox.ts";
import type { Message, MessageAnswer, Repair } from "../message.ts";
import { applyRepair, checkRepair } from "../problem.ts";
import { type CallCommand, type FoundByPerson, type OpenChild, RestartFromState, type Runtime } from "../runtime.ts";
import { adopt, type Adoption, checkAdoption } from "../adopt.ts";
import type { CaseState } from "../state.ts";
import { snapshot } from "../snapshot.ts";
import type { CaseStatus } from "../status.ts";
import { Strand } from "../strand.ts";
import type { Answered, Systems } from "./systems.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** What a case needs of the world that it is simulated in. */
export interface World {
  readonly clock: VirtualClock;
  readonly systems: Systems;
  openChild(child: OpenChild): Promise<void>;
  published(status: CaseStatus): void | Promise<void>;
  closed(of: SimulatedCase): void;
  /** Services written by hand. */
  written(strand: Strand): Way | undefined;
}

interface Sleeper {
  ready: () => boolean;
  wake: (how: "ready" | "due") => void;
}

export class SimulatedCase {
  readonly world: World;
  c: Case;
  restarts = 0;
  /** What came out of the interpreter and should not have. */
  defect: unknown;
  #life: Life;
  #strand: Strand;

  constructor(state: CaseState, world: World) {
    this.world = world;
    this.#life = new Life(world);
    this.c = new Case(state, this.#life);
    this.#strand = new Strand(this.c);
    this.#begin();
  }

  get state(): CaseState {
    return this.c.state;
  }

  status(): CaseStatus {
    return snapshot(this.c);
  }

  get isClosed(): boolean {
    return this.c.state.closedAt !== undefined;
  }

  /** False for a service written by hand: it is replayed, and has no state to go on from. */
  get restartable(): boolean {
    return this.#life.restartable;
  }

  /** No call open, everything published, every strand held: the case could restart here. */
  get isAtRest(): boolean {
    return !this.isClosed && this.c.underWay.size === 0 && this.c.quiet && this.c.held >= this.c.strands;
  }

  /** Wakes what has become ready; true when something was. */
  wake(): boolean {
    return this.#life.wake();
  }

  /** Takes the message as the workflow's update does; throws `Refusal`. */
  send(message: Message): MessageAnswer {
    const recorded = recordedAnswer(this.state, message);
    if (recorded) return recorded;
    checkMessage(this.state, message, this.#expected());
    const answer = applyMessage(this.state, message, 0, this.c.now());
    answer.number = this.c.touch();
    return answer;
  }

  /** Takes an operator's act as the workflow's update does; throws `Refusal`. */
  adopt(adoption: Adoption): MessageAnswer {
    checkAdoption(this.c, adoption);
    return this.state.seen[adoption.id] ?? adopt(this.c, adoption);
  }

  repair(repair: Repair): MessageAnswer {
    const recorded = this.state.seen[repair.id];
    if (recorded) return recorded;
    checkRepair(this.state, repair, this.world.clock.now());
    applyRepair(this.state, repair, this.c.now());
    const answer: MessageAnswer = { accepted: true, number: this.c.touch() };
    this.state.seen[repair.id] = answer;
    return answer;
  }

  /** Forgets everything but the state, and goes on from its JSON. Only at rest: a run of Temporal ends nowhere else. */
  crash(): void {
    if (!this.isAtRest || !this.#life.restartable) throw new TypeError(`${this.state.id} cannot restart from its state here`);
    this.#life.end();
    this.#restart();
  }

  /** Goes back to a state that it was in, as a reset in Temporal does: whatever the run of now waits for is never heard of again. */
  reset(earlier: CaseState): void {
    if (!this.#life.restartable) throw new TypeError(`${this.state.id} has no state to go back to`);
    this.#life.end();
    this.#restart(earlier);
  }

  #restart(from = this.state): void {
    this.restarts += 1;
    // What was pinned never changes, so that it need not be copied; all else is.
    const { service, overlay } = from;
    const state: CaseState = { ...copyOf({ ...from, service: null, overlay: null }), service, overlay };
    this.#life = new Life(this.world);
    this.c = new Case(state, this.#life);
    this.#strand = new Strand(this.c);
    this.#begin();
  }

  #expected(): string[] {
    return isHandWritten(this.state.service) ? [] : new Interpreter(this.#strand).expected();
  }

  #begin(): void {
    const life = this.#life;
    life.restartable = !isHandWritten(this.state.service);
    live(this.#strand, this.#way()).then(
      () => this.world.closed(this),
      (error: unknown) => {
        if (life.ended) return;
        life.end();
        if (error instanceof RestartFromState) this.#restart();
        else this.defect = error;
      },
    );
  }

  #way(): Way {
    const written = this.world.written(this.#strand);
    if (written) return written;
    const interpreter = new Interpreter(this.#strand);
    return { steps: () => interpreter.run(), withdrawn: () => interpreter.withdrawn() };
  }
}

/** The runtime of one run of a case: what a crash ends is never heard of again. */
class Life implements Runtime {
  restartable = true;
  ended = false;
  readonly #world: World;
  readonly #sleepers = new Set<Sleeper>();
  readonly #cancels = new Set<() => void>();

  constructor(world: World) {
    this.#world = world;
  }

  now(): number {
    return this.#world.clock.now();
  }

  call(command: CallCommand): Promise<Outcome> {
    return this.#answer(this.#world.systems.call(copyOf(command), this.now(), () => this.ended));
  }

  find(command: CallCommand): ReturnType<Runtime["find"]> {
    return this.#answer(this.#world.systems.find(copyOf(command), this.now(), () => this.ended));
  }

  record(found: FoundByPerson): Promise<void> {
    return this.#heard(this.#world.systems.record(copyOf(found), this.now()));
  }

  openChild(child: OpenChild): Promise<void> {
    return this.#world.openChild(copyOf(child));
  }

  wait(ready: () => boolean, until: number | undefined, _summary: string): Promise<"ready" | "due"> {
    if (ready()) return Promise.resolve("ready");
    if (until !== undefined && until <= this.now()) return Promise.resolve("due");
    return new Promise((resolve) => {
      let forget: (() => void) | undefined;
      const sleeper: Sleeper = {
        ready,
        wake: (how) => {
          this.#sleepers.delete(sleeper);
          forget?.();
          resolve(how);
        },
      };
      this.#sleepers.add(sleeper);
      if (until !== undefined) forget = this.#at(until, () => sleeper.wake("due"), false);
    });
  }

  after(ms: number, _summary: string, then: () => void): () => void {
    return this.#at(this.now() + ms, then, false);
  }

  publish(status: CaseStatus): Promise<void> {
    return this.#heard(this.#world.published(status));
  }

  restartSuggested(): boolean {
    return false;
  }

  /** No run of a simulated case is ever overtaken: what it does stands in its state at once. */
  async lookAhead(): ReturnType<Runtime["lookAhead"]> {
    return { keys: [], closed: false };
  }

  wake(): boolean {
    let woken = false;
    for (const sleeper of this.#sleepers)
      if (sleeper.ready()) {
        sleeper.wake("ready");
        woken = true;
      }
    return woken;
  }

  end(): void {
    this.ended = true;
    this.#sleepers.clear();
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  #answer<T>(answered: Answered<T> | Promise<T>): Promise<T> {
    if (answered instanceof Promise) return this.#heard(answered).then(copyOf);
    return this.#later(answered.outcome, answered.takesMs, !answered.waits);
  }

  /** A run that has ended hears of nothing any more, and so goes no further. */
  #heard<T>(answer: T | Promise<T>): Promise<T> {
    if (!(answer instanceof Promise)) return Promise.resolve(answer);
    return new Promise((resolve, reject) => {
      answer.then(
        (value) => this.ended || resolve(value),
        (error: unknown) => this.ended || reject(error),
      );
    });
  }

  #later<T>(value: T, ms: number, brief: boolean): Promise<T> {
    return new Promise((resolve) => this.#at(this.now() + ms, () => resolve(copyOf(value)), brief));
  }

  #at(at: number, fire: () => void, brief: boolean): () => void {
    const cancel = this.#world.clock.at(
      at,
      () => {
        this.#cancels.delete(cancel);
        fire();
      },
      brief,
    );
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }
}

/** What travels between a case and the world is JSON. */
const copyOf = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
