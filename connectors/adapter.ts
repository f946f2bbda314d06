/** An adapter is how one real product fulfils a contract. It is imported by the worker only. */
import type { z } from "zod";
import type { Contract, InputOf, Operation, OutputOf } from "./contract.ts";
import type { Recovery } from "./outcome.ts";
import type { Ports } from "./ports.ts";

export interface CallContext<Session> {
  readonly session: Session;
  readonly ports: Ports;
  /** The operation's idempotency key; send it where the system can hold one. */
  readonly key: string;
  /** Fires at the deadline, or when the call is cancelled. Pass it to every exchange. */
  readonly signal: AbortSignal;
  /**
   * Wraps the one request that has the effect: the ledger's intent is written immediately before it.
   * Every write and courtesy operation sends through it; what fails outside is "not sent" and may be repeated.
   * After `CallFailure` "not-sent" from inside (say, an expired session) it may be called again.
   */
  effect<T>(send: () => Promise<T>): Promise<T>;
  /** Restarts the deadline, for operations that first queue for something (the ordered sender). */
  restartDeadline(): AbortSignal;
}

/** A result with warnings of the system (for example "positive with anomalies"), which are kept on the case. */
export class WithWarnings<T> {
  readonly output: T;
  readonly warnings: string[];
  constructor(output: T, warnings: string[]) {
    this.output = output;
    this.warnings = warnings;
  }
}

type Run<Op, Session> = (input: InputOf<Op>, context: CallContext<Session>) => Promise<OutputOf<Op> | WithWarnings<OutputOf<Op>>>;
type Find<Op, Session> = (input: InputOf<Op>, context: CallContext<Session>) => Promise<OutputOf<Op> | undefined>;
type OperationNames<C> = Exclude<keyof C, symbol>;

export interface AdapterSpec<C extends Contract, Config extends z.ZodObject, Session> {
  /** The adapter's name in overlays: `anpr`, `docarea`. */
  readonly name: string;
  readonly title: string;
  /** Settings, validated when the worker starts. Field `baseUrl` of the system `registry` is read from `DARSENA_REGISTRY_BASE_URL`. */
  readonly config: Config;
  /** Builds the session: clients, dialects. Opens no connection; the system may be down when the worker starts. */
  readonly connect: (config: z.infer<Config>, ports: Ports) => Session;
  /** For each write: how an unknown outcome is settled. */
  readonly recovery: { readonly [K in OperationNames<C>]?: Recovery };
  /** Waiting inside the activity before the deadline starts (the ordered sender's queue), in ms. Such calls never go the short way. */
  readonly queueMs?: number;
  /** Look-ups for operations whose recovery is `find`, or `key` with `thenFind`: the effect's result, or undefined when there is none. */
  readonly find?: { readonly [K in OperationNames<C>]?: Find<C[K], Session> };
  readonly operations: { readonly [K in OperationNames<C>]: Run<C[K], Session> };
}

/** An adapter as the worker sees it, whatever its contract. */
export interface Adapter {
  readonly contract: Contract;
  readonly name: string;
  readonly title: string;
  readonly config: z.ZodObject;
  readonly connect: (config: never, ports: Ports) => unknown;
  readonly recovery: Readonly<Record<string, Recovery | undefined>>;
  readonly queueMs: number;
  readonly find: Readonly<Record<string, ((input: never, context: CallContext<never>) => Promise<unknown>) | undefined>>;
  readonly operations: Readonly<Record<string, (input: never, context: CallContext<never>) => Promise<unknown>>>;
}

export function adapter<C extends Contract, Config extends z.ZodObject, Session>(of: C, spec: AdapterSpec<C, Config, Session>): Adapter {
  for (const operation of Object.values(of) as Operation[]) {
    const recovery = spec.recovery[operation.name as OperationNames<C>];
    if (operation.effect === "write" && !recovery) throw new TypeError(`${spec.name}: no recovery declared for ${operation.id}`);
    const looksUp = recovery?.by === "find" || (recovery?.by === "key" && recovery.thenFind);
    if (looksUp && !spec.find?.[operation.name as OperationNames<C>])
      throw new TypeError(`${spec.name}: ${operation.id} is looked up and has no look-up`);
  }
  return { queueMs: 0, find: {}, ...spec, contract: of } as unknown as Adapter;
}
