/** Runs a YAML service: walks its steps, skips what is finished, and knows nothing of Temporal. */
import { type ConsequenceSpec, isHandWritten, type Step, type YamlService } from "../catalogue/definition.ts";
import { condition, evaluate, type Scope } from "../catalogue/expressions.ts";
import { ExpressionError } from "../catalogue/json-value.ts";
import { type EndStep, innerSteps, type SetStep } from "../catalogue/steps.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import { fillAt, type Frame, type Place, scopeOf, variables } from "./scope.ts";
import { GivenUp } from "./runtime.ts";
import { type CaseOutcome, outcomes, type Text } from "./status.ts";
import { runAsk } from "./steps/ask.ts";
import { runBlock } from "./steps/block.ts";
import { runCall } from "./steps/call.ts";
import { runChoose } from "./steps/choose.ts";
import { runCode } from "./steps/code.ts";
import { runDecide } from "./steps/decide.ts";
import { runForEach } from "./steps/for-each.ts";
import { runOpen } from "./steps/open.ts";
import { runParallel } from "./steps/parallel.ts";
import { runWait } from "./steps/wait.ts";
import type { Strand } from "./strand.ts";

/** Thrown by `end`: the case has its outcome, and the steps after it do not run. */
export class Ended extends Error {
  override readonly name = "Ended";
  readonly outcome: CaseOutcome;
  readonly undo: boolean;
  readonly reason: Text | undefined;
  constructor(outcome: CaseOutcome, undo: boolean, reason?: Text) {
    super(outcome);
    this.outcome = outcome;
    this.undo = undo;
    this.reason = reason;
  }
}

export class Interpreter {
  readonly c: Strand;
  readonly service: YamlService;
  readonly #place: Place;

  constructor(c: Strand, place?: Place) {
    if (isHandWritten(c.state.service)) throw new TypeError(`${c.state.service.service} is written by hand and is not interpreted`);
    this.c = c;
    this.service = c.state.service;
    this.#place = place ?? {
      frames: [this.service.steps, this.service.withdrawn].map((steps) => ({ steps, prefix: "" })),
      names: {},
      seesRequest: true,
    };
  }

  /** Runs the steps to the service's own outcome; throws `Ended`, `Stopped` or `RestartFromState`. */
  async run(): Promise<CaseOutcome> {
    await this.steps(this.service.steps, "");
    return this.c.evaluated("outcome", () => {
      const value = evaluate(this.service.outcome, this.scope());
      const found = outcomes.find((one) => one === value);
      if (!found) throw new ExpressionError("no_outcome", `"${this.service.outcome}" gives none of ${outcomes.join(", ")}`);
      return found;
    });
  }

  /** The steps that follow the undos of a withdrawal. */
  withdrawn(): Promise<void> {
    return this.steps(this.service.withdrawn, "");
  }

  async steps(steps: readonly Step[], prefix: string): Promise<void> {
    for (const step of steps) {
      const path = `${prefix}${step.id}`;
      if (this.c.case.isFinished(path)) {
        const pending = this.c.state.progress[path]?.pending;
        if (pending) await this.consequence(path, pending.consequence, pending.more);
        continue;
      }
      // After a restart a step that had begun is gone on with, even if a stop waits: it may hold the outcome that the stop waits for.
      const goesOn = this.c.state.steps[path] !== undefined && !this.c.case.stopDue();
      const stopping = goesOn ? undefined : this.c.checkpoint();
      if (stopping) await stopping;
      try {
        const holds = step.when === undefined || this.#holds(path, step.when);
        if (holds === true || (holds !== false && (await holds))) await this.#step(path, step);
        else this.c.case.finished(path, "skipped");
      } catch (error) {
        this.#giveUp(path, error);
      }
      const restart = this.c.restartPoint();
      if (restart) await restart;
    }
  }

  /** A step that an operator gave up while the case comes to its end; the others run. */
  #giveUp(path: string, error: unknown): void {
    if (!(error instanceof GivenUp)) throw error;
    delete this.c.state.progress[path];
    this.c.case.finished(path, "failed", undefined, error.message);
  }

  #holds(path: string, when: string): boolean | Promise<boolean> {
    // A step that has begun is not asked again whether it should.
    if (this.c.state.steps[path]) return true;
    return this.c.evaluated(path, () => condition(when, this.scope()));
  }

  #step(path: string, step: Step): Promise<void> {
    if ("call" in step) return runCall(this, path, step);
    if ("decide" in step) return runDecide(this, path, step);
    if ("ask" in step) return runAsk(this, path, step);
    if ("wait" in step) return runWait(this, path, step);
    if ("choose" in step) return runChoose(this, path, step);
    if ("parallel" in step) return runParallel(this, path, step);
    if ("forEach" in step) return runForEach(this, path, step);
    if ("block" in step) return runBlock(this, path, step);
    if ("open" in step) return runOpen(this, path, step);
    if ("run" in step) return runCode(this, path, step);
    if ("use" in step) throw new TypeError(`${path}: the fragment ${step.use} was not expanded before the definition was pinned`);
    return this.#consequenceStep(path, step);
  }

  async #consequenceStep(path: string, step: SetStep | EndStep): Promise<void> {
    this.c.case.started(path);
    if ("set" in step) {
      await this.consequence(path, step, {});
      return this.c.case.finished(path, "done");
    }
    this.c.case.finished(path, "done");
    throw new Ended(step.end, step.undo, step.reason);
  }

  /** `set` or `end`, where a step's answer leads to one. */
  async consequence(path: string, consequence: ConsequenceSpec, more: Scope): Promise<void> {
    if ("end" in consequence) throw new Ended(consequence.end, false, consequence.reason);
    // The step may have finished: what follows from it is not lost when an expression parks here and the case restarts.
    const { progress } = this.c.state;
    progress[path] = { ...(progress[path] ?? { round: 1, stage: "consequence" }), pending: { consequence, more } };
    const values = await this.c.evaluated(path, () => this.fill(consequence.set, more) as JsonObject);
    delete progress[path];
    Object.assign(variables(this.c.state, this.#place.block), values);
  }

  /** What expressions may name here. */
  scope(): Scope {
    return scopeOf(this.c.state, this.#place);
  }

  /** Fills a template with what may be named here. */
  fill(template: Json, more: Scope = {}): Json | undefined {
    return fillAt(this.c.state, this.#place, template, more);
  }

  /** The same place in a strand of its own, with more names and, inside a `forEach`, its own steps. */
  inside(c: Strand, names: Scope = {}, frame?: Frame): Interpreter {
    return new Interpreter(c, {
      ...this.#place,
      names: { ...this.#place.names, ...names },
      frames: frame ? [...this.#place.frames, frame] : this.#place.frames,
    });
  }

  /** Inside a fragment: its inputs and its own steps, nothing else. */
  fragment(block: string, inputs: JsonObject, frame: Frame): Interpreter {
    return new Interpreter(this.c, { frames: [frame], names: { inputs }, block, seesRequest: false });
  }

  /** Names of messages that some wait of this service takes: they may come early. */
  expected(): string[] {
    const names: string[] = [];
    const visit = (steps: readonly Step[], prefix: string) => {
      for (const step of steps) {
        if ("wait" in step && step.wait.for !== undefined && !this.c.case.isFinished(`${prefix}${step.id}`)) names.push(step.wait.for);
        for (const inner of innerSteps(step)) visit(inner.steps, `${prefix}${inner.segment}/`);
      }
    };
    visit(this.service.steps, "");
    return names;
  }
}
