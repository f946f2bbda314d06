/** What a workflow written by hand works with: the request, and steps that call the same contracts in the same way. */
import { endCall } from "../../cases/steps/call.ts";
import { type CallResult, performCall } from "../../cases/calls.ts";
import type { Strand } from "../../cases/strand.ts";
import { titleOf } from "../../cases/snapshot.ts";
import type { CaseOutcome } from "../../cases/status.ts";
import type { InputOf, Operation, OutputOf } from "../../connectors/contract.ts";
import type { JsonObject } from "../../connectors/json.ts";

/** A service as code. Its author versions it with Temporal's `patched`. */
export interface HandWritten {
  run(of: HandWrittenCase): Promise<CaseOutcome>;
  /** After a withdrawal and its undos: usually its registration in the protocol. */
  withdrawn(of: HandWrittenCase): Promise<void>;
}

interface Options<Undo extends Operation> {
  /** Its failure never stops the case; the call then gives `undefined`. */
  optional?: true;
  /** Undone, in reverse order, when the case is withdrawn or cancelled. */
  undo?: { call: Undo; input: InputOf<Undo> };
}

export type Answer<Op> = { kind: "done"; output: OutputOf<Op> } | { kind: "rejected"; code: string };

export class HandWrittenCase {
  readonly #strand: Strand;
  readonly #named = new Set<string>();

  constructor(of: Strand) {
    this.#strand = of;
  }

  get id(): string {
    return this.#strand.id;
  }
  get receipt(): { number: string; at: string } {
    return this.#strand.state.receipt;
  }

  /** The request; it was validated against the service's `request` before the case began. */
  request<T>(): T {
    return this.#strand.state.request as T;
  }

  /**
   * A step of the case. Its name is the step path: ledger key, status and label; a name may be used once.
   * `call` parks the case when the system refuses; `attempt` gives the refusal back as a value.
   */
  step = (name: string) => {
    if (this.#named.has(name)) throw new TypeError(`the step "${name}" is named twice`);
    this.#named.add(name);
    return {
      call: async <Op extends Operation, Undo extends Operation = Operation>(
        operation: Op,
        input: InputOf<Op>,
        options: Options<Undo> = {},
      ): Promise<OutputOf<Op>> => {
        const result = await this.#perform(name, operation, input as JsonObject, () => false, options.optional ?? false);
        if (options.undo && result.kind === "done") this.#remember(name, options.undo.call, options.undo.input as JsonObject);
        return (result.kind === "done" ? result.output : undefined) as OutputOf<Op>;
      },
      attempt: async <Op extends Operation>(operation: Op, input: InputOf<Op>): Promise<Answer<Op>> => {
        const result = await this.#perform(name, operation, input as JsonObject, (code) => operation.rejections.includes(code), false);
        if (result.kind === "rejected") return { kind: "rejected", code: result.code };
        return { kind: "done", output: (result.kind === "done" ? result.output : undefined) as OutputOf<Op> };
      },
    };
  };

  async #perform(
    path: string,
    operation: Operation,
    input: JsonObject,
    handles: (code: string) => boolean,
    optional: boolean,
  ): Promise<CallResult> {
    const strand = this.#strand;
    const { case: c } = strand;
    const known = c.state.steps[path];
    if (known && c.isFinished(path)) {
      if (known.state === "rejected") return { kind: "rejected", code: known.note ?? "", message: "" };
      return known.result === undefined ? { kind: "skipped", note: known.note ?? "" } : { kind: "done", output: known.result };
    }
    await strand.checkpoint();
    c.started(path, operation.id);
    const title = titleOf(c.state, path, operation.id).en;
    const result = await performCall(strand, {
      path,
      operation: operation.id,
      title,
      input: () => input,
      handles: (error) => handles(error.code),
      optional,
    });
    if (result.kind !== "rejected") endCall(strand, path, operation.id, result);
    else c.finished(path, "rejected", undefined, result.code);
    return result;
  }

  #remember(path: string, operation: Operation, input: JsonObject): void {
    const { state } = this.#strand;
    if (state.undo.some((entry) => entry.path === path) || state.steps[path]?.state === "undone") return;
    state.undo.push({ path, key: `${this.#strand.id}/${path}.undo`, call: operation.id, input });
  }
}
