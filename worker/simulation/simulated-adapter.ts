/**
 * Adapters for the systems of a simulated city. Each keeps the promises of the adapter that stands for it: its recoveries, its look-ups,
 * and the one request with the effect sent through `effect`.
 */
import { z } from "zod";
import type { Adapter, CallContext } from "../../connectors/adapter.ts";
import { type Contract, milliseconds, nameOf, type Operation, operationsOf } from "../../connectors/contract.ts";
import { CallFailure, contractBroken, misconfigured, notSent, rejected, unknownOutcome } from "../../connectors/failure.ts";
import type { Json } from "../../connectors/json.ts";
import type { Recovery } from "../../connectors/outcome.ts";
import type { AttemptLife } from "./attempt-life.ts";
import type { Chance } from "./chance.ts";
import type { City } from "./city.ts";

/** What an adapter of a simulated system is made of. */
export interface SimulatedSystem {
  contract: Contract;
  name: string;
  recovery: Readonly<Record<string, Recovery | undefined>>;
  city: City;
  chance: Chance;
  /** How long, after intent and deadline, a held request may still take effect, in ms. */
  settleMs(operation: Operation): number;
}

type Context = CallContext<AttemptLife>;

/** The adapter; its session is the life of the attempt that calls it. */
export function simulatedAdapter(system: SimulatedSystem): Adapter {
  const operations = operationsOf(system.contract);
  const run = (operation: Operation) => (input: never, context: CallContext<never>) => {
    const meeting = new Meeting(system, operation, input as Json, context as unknown as Context);
    return operation.effect === "read" ? meeting.read() : meeting.write();
  };
  const find = (operation: Operation) => (input: never, context: CallContext<never>) =>
    new Meeting(system, operation, input as Json, context as unknown as Context).find();
  return {
    contract: system.contract,
    name: system.name,
    title: system.name,
    config: z.object({}),
    connect: () => undefined,
    recovery: system.recovery,
    queueMs: 0,
    find: Object.fromEntries(operations.filter(({ name }) => system.recovery[name]?.by === "find").map((one) => [one.name, find(one)])),
    operations: Object.fromEntries(operations.map((one) => [one.name, run(one)])),
  };
}

/** One operation of an adapter at work. */
class Meeting {
  readonly #system: SimulatedSystem;
  readonly #operation: Operation;
  readonly #input: Json;
  readonly #context: Context;

  constructor(system: SimulatedSystem, operation: Operation, input: Json, context: Context) {
    this.#system = system;
    this.#operation = operation;
    this.#input = input;
    this.#context = context;
  }

  async read(): Promise<Json> {
    const { city, chance } = this.#system;
    await this.#logIn();
    const fate = chance.oneOf({ "answer-lost": 0.02, "connection-reset": 0.01, slow: 0.02, "contract-broken": 0.01, rejected: 0.03 });
    if (fate === "answer-lost") return this.#silence();
    if (fate === "connection-reset") throw unknownOutcome("RESET", "the connection broke");
    if (fate === "contract-broken") throw contractBroken("NOT_JSON", "the answer is not JSON");
    if (fate === "rejected") throw this.#refusal();
    await this.#takesTime(fate === "slow");
    return city.output(this.#operation, this.#input);
  }

  async write(): Promise<Json> {
    await this.#logIn();
    return this.#context.effect(() => this.#send());
  }

  async find(): Promise<Json | undefined> {
    const { city, chance } = this.#system;
    await this.#logIn();
    if (chance.strikes("look-up-fails", 0.1)) throw unknownOutcome("RESET", "the connection broke");
    await this.#takesTime(false);
    return city.effects.get(this.#context.key)?.output;
  }

  /** What comes before the request: the system may be away, refuse us, or the adapter be broken. */
  async #logIn(): Promise<void> {
    const { city, chance, contract } = this.#system;
    const name = nameOf(contract);
    if (city.poisons(this.#context.key)) throw new TypeError("a defect of the adapter");
    if (city.away(name) > 0) throw notSent("REFUSED", "the connection was refused");
    if (city.refusesUs(name, this.#context.session.began)) throw misconfigured("LOGIN", "the log-in was refused");
    const fate = chance.oneOf({ refused: 0.02, busy: 0.01 });
    if (fate === "refused") throw notSent("REFUSED", "the connection was refused");
    if (fate === "busy") throw notSent("BUSY", "the system takes nothing now", chance.random.int(1_000, 600_000));
  }

  /** The one request that has the effect. */
  async #send(): Promise<Json> {
    const { signal, session, key } = this.#context;
    const { city, chance, recovery } = this.#system;
    // As a transport does before it writes a byte.
    if (signal.aborted) throw signal.reason as Error;
    const by = recovery[this.#operation.name]?.by;
    const fate = chance.oneOf({
      "answer-lost": 0.03,
      "connection-reset": 0.02,
      "request-lost": 0.02,
      "late-arrival": 0.015,
      "held-long": 0.01,
      slow: 0.02,
      "contract-broken": 0.015,
      rejected: 0.03,
    });
    if (city.says(fate === "rejected", key)) throw this.#refusal();
    if (fate === "request-lost") return this.#silence();
    if (fate === "late-arrival" || fate === "held-long") {
      city.hold(this.#operation, key, this.#input, by, this.#heldMs(fate));
      return this.#silence();
    }
    const arrived = city.arrive(this.#operation, key, this.#input, by);
    await session.reach("after-send");
    if (fate === "answer-lost") return this.#silence();
    if (fate === "connection-reset") throw unknownOutcome("RESET", "the connection broke");
    if (fate === "contract-broken") throw contractBroken("NOT_SOAP", "the answer is no envelope");
    await this.#takesTime(fate === "slow");
    // Refused as a duplicate: the adapter reads what the first request came to.
    return arrived.kind === "done" ? arrived.output : (city.effects.get(key)?.output ?? null);
  }

  /** A request can be held for so long that nobody expects it; not by a system of which the adapter says why that cannot be. */
  #heldMs(fate: "late-arrival" | "held-long"): number {
    const { chance, recovery, settleMs } = this.#system;
    const deadline = milliseconds(this.#operation.deadline);
    const settle = settleMs(this.#operation);
    const declared = recovery[this.#operation.name];
    if (fate === "held-long" && !(declared?.by === "find" && declared.resend !== undefined)) return 2 * (deadline + settle);
    return chance.random.int(deadline, deadline + settle - 1_000);
  }

  /** No answer: the deadline ends it. */
  #silence(): Promise<never> {
    const { signal } = this.#context;
    return new Promise((_, reject) => {
      if (signal.aborted) reject(signal.reason as Error);
      else signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  /** The answer comes after a moment, or so late that the deadline may be first. */
  #takesTime(slow: boolean): Promise<void> {
    const { random } = this.#system.chance;
    const ms = slow ? random.int(1_000, 2 * milliseconds(this.#operation.deadline)) : random.int(5, 400);
    const { session } = this.#context;
    return slow ? Promise.race([session.pause(ms), this.#silence()]) : session.pause(ms);
  }

  #refusal(): CallFailure {
    const { random } = this.#system.chance;
    const { rejections } = this.#operation;
    const code = rejections.length > 0 && random.chance(0.85) ? random.pick(rejections) : "UNDECLARED";
    return rejected(code, `the system said ${code}`);
  }
}
