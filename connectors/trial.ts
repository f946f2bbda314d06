/** An adapter on trial: its operations called as the worker calls them, without ledger and gates, with ports in memory. For tests. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Adapter, CallContext } from "./adapter.ts";
import { WithWarnings } from "./adapter.ts";
import { operationsOf } from "./contract.ts";
import { CallFailure, rejected } from "./failure.ts";
import { memorySender } from "./memory-sender.ts";
import type { Ports } from "./ports.ts";
import type { AttachmentRef } from "./shared-types.ts";

/** What one call came to; `effects` counts how often the marked request was begun. */
export interface Trial {
  output?: unknown;
  warnings?: string[];
  failure?: CallFailure;
  effects: number;
}

export interface TrialOptions {
  /** The operation's idempotency key; `case-trial/step` when absent. */
  key?: string;
  /** The abort signal fires after it; 5 s when absent. */
  deadlineMs?: number;
}

export interface TrialRun {
  call(operation: string, input: unknown, options?: TrialOptions): Promise<Trial>;
  /** The look-up of an operation whose recovery is `find`. */
  find(operation: string, input: unknown, options?: TrialOptions): Promise<Trial>;
}

/** Prepares an adapter with its settings; the session is shared by all calls, as in a worker. Outputs are checked by the contract. */
export function onTrial(adapter: Adapter, settings: Record<string, unknown>, ports: Ports = memoryPorts()): TrialRun {
  const session = adapter.connect(adapter.config.parse(settings) as never, ports);
  const perform = async (verb: "operations" | "find", operation: string, input: unknown, options: TrialOptions): Promise<Trial> => {
    const declared = operationsOf(adapter.contract).find(({ name }) => name === operation);
    const run = adapter[verb][operation];
    if (!declared || !run) throw new Error(`${adapter.name} has no ${operation} to ${verb === "find" ? "look up" : "call"}`);
    let effects = 0;
    const signal = AbortSignal.timeout(options.deadlineMs ?? 5_000);
    const effect: CallContext<unknown>["effect"] = (send) => {
      effects += 1;
      return send();
    };
    const context = { session, ports, key: options.key ?? "case-trial/step", signal, effect, restartDeadline: () => signal };
    try {
      const result = await run(declared.input.parse(input) as never, context as CallContext<never>);
      const [output, warnings] = result instanceof WithWarnings ? [result.output, { warnings: result.warnings }] : [result, {}];
      return { output: output === undefined ? undefined : declared.output.parse(output), ...warnings, effects };
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      return { failure: error, effects };
    }
  };
  return {
    call: (operation, input, options = {}) => perform("operations", operation, input, options),
    find: (operation, input, options = {}) => perform("find", operation, input, options),
  };
}

/** Ports that keep everything in memory. */
export function memoryPorts(): Ports {
  const numbers = new Map<string, Map<string, bigint>>();
  const stored = new Map<string, { ref: AttachmentRef; bytes: Uint8Array }>();
  const byKey = new Map<string, AttachmentRef>();
  return {
    now: () => new Date(),
    numbers: {
      draw: async (scope, businessKey) => {
        const drawn = numbers.get(scope) ?? new Map<string, bigint>();
        numbers.set(scope, drawn);
        const number = drawn.get(businessKey) ?? BigInt(drawn.size + 1);
        drawn.set(businessKey, number);
        return number;
      },
    },
    orderedSender: memorySender(),
    attachments: {
      receive: async (stream, { name, mediaType }) => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const bytes = Buffer.concat(chunks);
        const id = `att-${String(stored.size + 1).padStart(8, "0")}r`;
        const ref = { id, sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length, mediaType, name };
        stored.set(id, { ref, bytes });
        return ref;
      },
      open: async ({ id }) => {
        const found = stored.get(id);
        if (!found) throw rejected("ATTACHMENT_MISSING", "the attachment is gone");
        return Readable.from([found.bytes]);
      },
      put: async (key, name, mediaType, bytes) => {
        const sha256 = createHash("sha256").update(bytes).digest("hex");
        const ref = byKey.get(key) ?? {
          id: `att-${String(byKey.size + 1).padStart(8, "0")}`,
          sha256,
          bytes: bytes.length,
          mediaType,
          name,
        };
        if (ref.sha256 !== sha256) throw new Error("other bytes are stored under this key");
        byKey.set(key, ref);
        stored.set(ref.id, { ref, bytes });
        return ref;
      },
    },
  };
}
