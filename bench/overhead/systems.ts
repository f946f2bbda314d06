/** The six calls' systems as connectors see them: one POST each, by the transport that all adapters use. */
import type { Logger } from "pino";
import { z } from "zod";
import type { BoundSystem } from "../../activities/system.ts";
import { adapter, type CallContext } from "../../connectors/adapter.ts";
import { type Contract, operationsOf } from "../../connectors/contract.ts";
import { contracts } from "../../connectors/contracts.ts";
import { nameOf } from "../../connectors/contract.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Ports } from "../../connectors/ports.ts";
import { restClient } from "../../connectors/transport/http.ts";
import { contractNames } from "./six-calls.ts";

/** One operation of one system: the work that is the same in every variant. */
export type Post = (operation: string, input: Json, signal: AbortSignal) => Promise<JsonObject>;

/** Posts an operation's input and gives back its answer. */
export function postTo(baseUrl: string): Post {
  const client = restClient({ system: "bench", baseUrl });
  return async (operation, input, signal) => {
    const { status, json } = await client.request({ method: "POST", path: [operation], json: input, signal });
    if (status !== 200) throw new Error(`the system of the bench answers ${status} to ${operation}`);
    return json as JsonObject;
  };
}

/** Contracts of the six calls. */
export const benchContracts: readonly Contract[] = contracts.filter((one) => contractNames.includes(nameOf(one)));

/** The systems bound as in the worker, each with an adapter that only posts. */
export function benchSystems(post: Post, ledger: BoundSystem["ledger"], ports: Ports, log: Logger): BoundSystem[] {
  return benchContracts.map((contract) => ({
    contract: nameOf(contract),
    adapter: postingAdapter(contract),
    session: post,
    ports,
    ledger,
    // Every call has a clear result here.
    evidence: { keep: async () => {} },
    closeGate: async () => {},
    log,
  }));
}

const posting = (id: string, isRead: boolean) => (input: unknown, context: CallContext<Post>) => {
  const send = () => context.session(id, input as Json, context.signal);
  return isRead ? send() : context.effect(send);
};

function postingAdapter(contract: Contract) {
  const operations = operationsOf(contract);
  return adapter(contract, {
    name: "bench",
    title: "Posts and nothing else",
    config: z.object({}),
    connect: () => undefined as unknown as Post,
    recovery: Object.fromEntries(operations.map((one) => [one.name, { by: "person" as const }])),
    operations: Object.fromEntries(operations.map((one) => [one.name, posting(one.id, one.effect === "read")])),
  });
}
