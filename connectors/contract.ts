/**
 * A contract says what a kind of system offers: pure data, safe inside a workflow.
 * It knows nothing of SOAP, sockets or vendors; adapters do (see `adapter.ts`).
 */
import type { z } from "zod";

/**
 * What a call does to the world: `read` nothing, `write` has a legal effect and is never blindly repeated,
 * `courtesy` is a message nobody's right depends on (it may be sent once more, and the record then says so).
 */
export type Effect = "read" | "write" | "courtesy";

export interface OperationSpec<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** What the operation does, as an operator reads it: "Register the request in the protocol". */
  readonly title: string;
  readonly input: I;
  readonly output: O;
  /** Bound on the whole operation, as a duration: `"500ms"`, `"10s"`, `"2m"`. The adapter's abort signal fires then. */
  readonly deadline: string;
  /** Business codes by which the system may say no. Each is a branch of a service, not a failure. */
  readonly rejections?: readonly string[];
  /** The operation that takes this write back, `"payments.cancelDebt"`; a service then says so with `undo`. */
  readonly undoneBy?: string;
}

/** One call of a contract. `id` (`<contract>.<operation>`) is the activity's name and the operation's name in services. */
export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType>
  extends Required<Omit<OperationSpec<I, O>, "undoneBy">>,
    Pick<OperationSpec<I, O>, "undoneBy"> {
  readonly id: string;
  readonly contract: string;
  readonly name: string;
  readonly effect: Effect;
}

export type InputOf<Op> = Op extends Operation<infer I, z.ZodType> ? z.infer<I> : never;
export type OutputOf<Op> = Op extends Operation<z.ZodType, infer O> ? z.infer<O> : never;

type Unbound<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = Omit<Operation<I, O>, "id" | "contract" | "name">;
type Bound<Op> = Op extends Unbound<infer I, infer O> ? Operation<I, O> : never;

const contractName = Symbol("contract name");
export type Operations = Record<string, Operation>;
export type Contract<Ops extends Operations = Operations> = { readonly [K in keyof Ops]: Ops[K] } & { readonly [contractName]: string };

const operation =
  (effect: Effect) =>
  <I extends z.ZodType, O extends z.ZodType>(spec: OperationSpec<I, O>): Unbound<I, O> => ({ rejections: [], ...spec, effect });

export const read = operation("read");
export const write = operation("write");
export const courtesy = operation("courtesy");

/** Names a set of operations: `contract("registry", { findResident: read({...}) }).findResident.id === "registry.findResident"`. */
export function contract<U extends Record<string, Unbound>>(name: string, operations: U): Contract<{ [K in keyof U]: Bound<U[K]> }> {
  const bound = Object.entries(operations).map(([key, op]) => [key, { ...op, contract: name, name: key, id: `${name}.${key}` }]);
  return Object.defineProperty(Object.fromEntries(bound), contractName, { value: name, enumerable: false });
}

export const nameOf = (of: Contract): string => of[contractName];
export const operationsOf = (of: Contract): Operation[] => Object.values(of);

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds of a duration such as `"500ms"`, `"10s"` or `"2m"`. */
export function milliseconds(duration: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(duration);
  if (!match) throw new TypeError(`"${duration}" is not a duration like "10s"`);
  return Number(match[1]) * units[match[2] as keyof typeof units];
}
