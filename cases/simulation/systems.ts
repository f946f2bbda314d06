/**
 * The systems of a simulated city: they answer by script or by contract, and keep a ledger of the effects that their calls really had,
 * as the real systems would. The in-memory simulation and the activities of the time-skipping server answer from the same model.
 */
import { milliseconds, type Operation } from "../../connectors/contract.ts";
import { operationById } from "../../connectors/contracts.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Found, Outcome, Recovery } from "../../connectors/outcome.ts";
import type { CallCommand, FoundByPerson } from "../runtime.ts";
import { type AnswerScript, Scripts, type SystemAnswer } from "./answers.ts";
import { Random } from "./random.ts";
import { sample } from "./sample.ts";

/** What a call comes to, and after how long. */
export interface Answered<T = Outcome> {
  outcome: T;
  takesMs: number;
  /** True when nothing is sent meanwhile: the call waits for its system. */
  waits?: true;
}

/**
 * What the runtimes ask of systems: an answer and when it comes, or a promise of one that keeps its own time. `ended` tells whether the run
 * that asked is over, so that nobody waits for the answer any more.
 */
export interface Systems {
  call(command: CallCommand, now: number, ended: () => boolean): Answered | Promise<Outcome>;
  find(command: CallCommand, now: number, ended: () => boolean): Answered<Found> | Promise<Found>;
  record(found: FoundByPerson, now: number): void | Promise<void>;
}

/** The effects that calls with one key had in a system. */
export interface LedgerEntry {
  key: string;
  operation: string;
  input: Json;
  output: Json;
  /** When the first effect came; a held request's is in the future. */
  at: number;
  /** More than one is what must never happen to a write. */
  effects: number;
}

/** One call as the systems saw it. */
export interface CallRecord {
  at: number;
  takesMs: number;
  operation: string;
  key: string;
  send: number;
  verb: "send" | "find" | "record";
  input: Json;
  outcome: Outcome | Found;
}

export interface SystemsOptions {
  seed?: string | number;
  scripts?: Readonly<Record<string, AnswerScript>>;
  /** Where no script says what happens: chance, in property tests. */
  policy?: (command: CallCommand, random: Random, now: number) => SystemAnswer | undefined;
  /** `any` leaves optional parts of answers to chance. */
  parts?: "least" | "any";
  /** What an answer takes, in ms. */
  latencyMs?: number;
}

export class SimulatedSystems implements Systems {
  readonly scripts: Scripts;
  readonly calls: CallRecord[] = [];
  readonly #ledger = new Map<string, LedgerEntry>();
  readonly #recoveries = new Map<string, Recovery>();
  readonly #counts = new Map<string, number>();
  /** Darsena's own effect ledger: a write that was settled is not sent again under the same number. */
  readonly #settled = new Map<string, Outcome>();
  readonly #options: SystemsOptions;
  readonly #random: Random;

  constructor(options: SystemsOptions = {}) {
    this.#options = options;
    this.#random = new Random(options.seed ?? 1);
    this.scripts = new Scripts(options.scripts);
  }

  /** The effects that exist at an instant. */
  ledger(now = Number.POSITIVE_INFINITY): LedgerEntry[] {
    return [...this.#ledger.values()].filter((entry) => entry.at <= now);
  }

  /** The effect of a key, as an operator who looks into the system finds it. */
  effectOf(key: string, now = Number.POSITIVE_INFINITY): LedgerEntry | undefined {
    const entry = this.#ledger.get(key);
    return entry && entry.at <= now ? entry : undefined;
  }

  call(command: CallCommand, now: number): Answered {
    const answered = this.#answer(command, now);
    this.#note(command, now, answered);
    return answered;
  }

  find(command: CallCommand, now: number): Answered<Found> {
    const entry = this.effectOf(command.request.key, now);
    const answered: Answered<Found> = {
      outcome: entry ? { kind: "found", output: entry.output } : { kind: "absent" },
      takesMs: this.#latency(undefined),
    };
    this.#note(command, now, answered);
    return answered;
  }

  record(found: FoundByPerson, now: number): void {
    const { key, send, operation, input, output } = found;
    this.calls.push({ at: now, takesMs: 0, operation, key, send, verb: "record", input, outcome: { kind: "found", output } });
  }

  #note({ operation, request }: CallCommand, at: number, { outcome, takesMs }: Answered<Outcome | Found>): void {
    const { key, send, verb, input } = request;
    this.calls.push({ at, takesMs, operation, key, send, verb, input, outcome });
  }

  /** One attempt: the system's answer, or how long it is away, so that certainly nothing was sent. */
  attempt(command: CallCommand, now: number): Answered | { awayMs: number } {
    const tried = this.#try(command, now);
    if (!("awayMs" in tried)) this.#note(command, now, tried);
    return tried;
  }

  #try(command: CallCommand, now: number): Answered | { awayMs: number } {
    const operation = operationById(command.operation);
    if (!operation) throw new TypeError(`there is no operation ${command.operation}`);
    const input = operation.input.safeParse(command.request.input);
    if (!input.success) return { outcome: { kind: "invalid", issues: issuesOf(input.error.issues) }, takesMs: 0 };
    const row = `${command.request.key}#${command.request.send}`;
    const known = this.#settled.get(row);
    if (known) return { outcome: known, takesMs: 0 };
    const answer = this.#next(command, now);
    if (answer.notSentMs !== undefined) return { awayMs: answer.notSentMs };
    const answered = this.#act(operation, command, input.data as Json, answer, now);
    if (operation.effect !== "read" && answered.outcome.kind !== "failed") this.#settled.set(row, answered.outcome);
    return answered;
  }

  /** Attempts until one is sent, or the time allowed is over. */
  #answer(command: CallCommand, now: number): Answered {
    for (let at = now; ; ) {
      const tried = this.#try(command, at);
      if (!("awayMs" in tried)) return { ...tried, takesMs: tried.takesMs + at - now, ...(at > now ? { waits: true } : {}) };
      at += tried.awayMs;
      if (command.until !== undefined && command.until <= at)
        return { outcome: { kind: "expired" }, takesMs: Math.max(0, command.until - now), waits: true };
    }
  }

  /** Chance hangs on the key and how often it was asked, never on the order of calls. */
  #next(command: CallCommand, now: number): SystemAnswer {
    const scripted = this.scripts.next(command.operation);
    if (scripted) return scripted;
    if (!this.#options.policy) return {};
    const name = `${command.request.key}#${command.request.send}`;
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return this.#options.policy(command, this.#random.of(`${name}#${count}`), now) ?? {};
  }

  #act(operation: Operation, command: CallCommand, input: Json, answer: SystemAnswer, now: number): Answered {
    const takesMs = this.#latency(answer.takesMs);
    const { key } = command.request;
    if (answer.failed !== undefined) return { outcome: { kind: "failed", code: answer.failed, message: "a defect" }, takesMs };
    if (answer.rejected !== undefined)
      return { outcome: { kind: "rejected", code: answer.rejected, message: `the system said ${answer.rejected}` }, takesMs };
    if (answer.lost === "before") return { outcome: this.#unknown(operation, command, answer, now), takesMs };
    const output = this.#output(operation, key, input, answer, now);
    if (operation.effect === "read") {
      if (answer.lost || answer.heldMs !== undefined) return { outcome: this.#unknown(operation, command, answer, now), takesMs };
      return { outcome: { kind: "done", output }, takesMs };
    }
    const entry = this.#effect(command, input, output, answer, now + (answer.heldMs ?? 0));
    if (answer.lost) return { outcome: this.#unknown(operation, command, answer, now), takesMs };
    const deadline = milliseconds(operation.deadline);
    if ((answer.heldMs ?? 0) > deadline) return { outcome: this.#unknown(operation, command, answer, now), takesMs: deadline };
    return { outcome: { kind: "done", output: entry.output }, takesMs: takesMs + (answer.heldMs ?? 0) };
  }

  /** A system that knows our key replays; any other does it again. */
  #effect({ operation, request }: CallCommand, input: Json, output: Json, answer: SystemAnswer, at: number): LedgerEntry {
    const { key } = request;
    const known = this.#ledger.get(key);
    const by = answer.recovery ?? this.#recoveries.get(key)?.by;
    if (known) {
      if (by !== "key") known.effects += 1;
      return known;
    }
    const entry = { key, operation, input, output, at, effects: 1 };
    this.#ledger.set(key, entry);
    return entry;
  }

  #output(operation: Operation, key: string, input: Json, answer: SystemAnswer, now: number): Json {
    const today = new Date(now).toISOString().slice(0, 10);
    const parts = this.#options.parts ?? "least";
    const options = { parts, today, echo: input as JsonObject };
    const made = sample(operation.output, this.#random.of(key), options) as JsonObject;
    const output = { ...made, ...answer.done };
    const parsed = operation.output.safeParse(output);
    if (!parsed.success)
      throw new TypeError(`the scripted answer of ${operation.id} does not fit its contract: ${issuesOf(parsed.error.issues).join("; ")}`);
    return parsed.data as Json;
  }

  #unknown(operation: Operation, { request }: CallCommand, answer: SystemAnswer, now: number): Outcome {
    const by = answer.recovery ?? "person";
    const recovery: Recovery = by === "find" && answer.resend !== undefined ? { by, resend: answer.resend } : { by };
    this.#recoveries.set(request.key, recovery);
    const deadline = milliseconds(operation.deadline);
    const settleUntil = new Date(now + deadline + Math.max(60_000, 2 * deadline)).toISOString();
    return { kind: "unknown", reason: "LOST: no answer", send: request.send, recovery, settleUntil, adapter: "simulated" };
  }

  #latency(takesMs: number | undefined): number {
    return takesMs ?? this.#options.latencyMs ?? 20;
  }
}

const issuesOf = (issues: readonly { path: PropertyKey[]; message: string }[]): string[] =>
  issues.map((issue) => `${issue.path.map(String).join(".") || "(whole)"}: ${issue.message}`);
