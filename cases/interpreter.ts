/** Runs a YAML service: walks its steps, skips what is finished, and knows nothing of Temporal. */
import { type ConsequenceSpec, isHandWritten, type Step, type YamlService } from "../catalogue/definition.ts";
import { condition, evaluate, fill, type Scope } from "../catalogue/expressions.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Case } from "./case.ts";
import type { CaseOutcome, Text } from "./status.ts";
import { outcomes } from "./status.ts";
import { ExpressionError } from "../catalogue/json-value.ts";
import { runAsk } from "./steps/ask.ts";
import { runCall } from "./steps/call.ts";
import { runDecide } from "./steps/decide.ts";
import { runWait } from "./steps/wait.ts";

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
  readonly c: Case;
  readonly service: YamlService;

  constructor(c: Case) {
    if (isHandWritten(c.state.service)) throw new TypeError(`${c.state.service.service} is written by hand and is not interpreted`);
    this.c = c;
    this.service = c.state.service;
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
      if (this.c.isFinished(path)) continue;
      this.c.checkpoint();
      if (step.when !== undefined && !(await this.#holds(path, step.when))) this.c.finished(path, "skipped");
      else await this.#step(path, step);
      this.c.restartPoint();
    }
  }

  async #holds(path: string, when: string): Promise<boolean> {
    // A step that has begun is not asked again whether it should.
    if (this.c.state.steps[path]) return true;
    return this.c.evaluated(path, () => condition(when, this.scope()));
  }

  async #step(path: string, step: Step): Promise<void> {
    if ("call" in step) return runCall(this, path, step);
    if ("decide" in step) return runDecide(this, path, step);
    if ("ask" in step) return runAsk(this, path, step);
    if ("wait" in step) return runWait(this, path, step);
    if ("choose" in step) return this.#choose(path, step);
    this.c.started(path);
    if ("set" in step) {
      await this.consequence(path, step, {});
      return this.c.finished(path, "done");
    }
    if (!("end" in step)) throw new TypeError(`this kind of step cannot run yet: ${Object.keys(step).join(", ")}`);
    this.c.finished(path, "done");
    throw new Ended(step.end, step.undo, step.reason);
  }

  async #choose(path: string, step: Extract<Step, { choose: unknown }>): Promise<void> {
    this.c.started(path);
    const progress = (this.c.state.progress[path] ??= {
      round: 1,
      stage: "chosen",
      branch: await this.c.evaluated(path, () => step.choose.findIndex((one) => one.if === undefined || condition(one.if, this.scope()))),
    });
    const chosen = step.choose[progress.branch ?? -1];
    if (chosen) await this.steps(chosen.steps, `${path}/`);
    delete this.c.state.progress[path];
    this.c.finished(path, "done", { branch: progress.branch ?? -1 });
  }

  /** `set` or `end`, where a step's answer leads to one. */
  async consequence(path: string, consequence: ConsequenceSpec, more: Scope): Promise<void> {
    if ("end" in consequence) throw new Ended(consequence.end, false, consequence.reason);
    const values = await this.c.evaluated(path, () => fill(consequence.set, { ...this.scope(), ...more }) as JsonObject);
    Object.assign(this.c.state.vars, values);
  }

  /** What expressions may name now. */
  scope(): Scope {
    const { state } = this.c;
    const steps: JsonObject = {};
    for (const [path, record] of Object.entries(state.steps))
      if (record.result !== undefined) steps[path.split("/").at(-1) ?? path] = record.result;
    const { fees, tables, offices, municipality } = state.overlay;
    return {
      request: state.request,
      steps,
      vars: state.vars,
      case: {
        id: state.id,
        receipt: state.receipt.number,
        receivedAt: state.receipt.at,
        channel: state.channel,
        service: state.service.service,
      },
      overlay: { municipality, fees, tables, offices },
    };
  }

  /** Names of messages that some wait of this service takes: they may come early. */
  expected(): string[] {
    const names: string[] = [];
    const visit = (steps: readonly Step[]) => {
      for (const step of steps) {
        if ("wait" in step && step.wait.for !== undefined && !this.c.isFinished(step.id)) names.push(step.wait.for);
        if ("choose" in step) for (const branch of step.choose) visit(branch.steps);
      }
    };
    visit(this.service.steps);
    return names;
  }
}
