/** docs/recoveries.md: what becomes of each operation whose outcome is not known, by adapter, and the test that shows it. */
import { longestHeldMs } from "../../activities/settle-time.ts";
import type { Adapter } from "../../connectors/adapter.ts";
import { adapters } from "../../connectors/adapters.ts";
import { milliseconds, nameOf, type Operation, operationsOf } from "../../connectors/contract.ts";
import type { Recovery } from "../../connectors/outcome.ts";
import { code, page, table } from "./markdown.ts";

/** The page. */
export const recoveriesPage = (): string =>
  page(
    "Recoveries",
    "An answer may be lost after the effect, a connection before it; a worker may be killed in between; a request may be held by a proxy and arrive when nobody waits for it any more. " +
      "Then nobody knows whether the call took effect. How that is settled is declared by each adapter, per operation, and tested for each: the effect stands once, or the case is parked and a person looks. " +
      "Why it is so: [the effect ledger](decisions/effect-ledger.md).",
    table(
      ["adapter", "operation", "effect", "an unknown outcome", "settle time", "what a person must do", "shown by"],
      adapters.flatMap((adapter) => operationsOf(adapter.contract).map((operation) => row(adapter, operation))),
    ),
    `The settle time is how long, after the intent, a held request may still arrive: the deadline, and then twice the deadline or a minute, whichever is longer; ${code("DARSENA_<CONTRACT>_SETTLE_MS")} sets the second part. ` +
      "Until it is over, an operator's `retry`, which confirms that nothing was done, is refused.",
    "## A worker that is killed",
    table(
      ["killed", "`key`", "`find`", "`person`", "courtesy"],
      [
        ["before the intent", "made by the next worker", "made by the next worker", "made by the next worker", "sent by the next worker"],
        [
          "after the intent, before the send",
          "sent again with the same key",
          "looked up until the settle time is over, then sent once more where that is safe",
          "parks; the person finds nothing, and confirms it",
          "sent once more: may be doubled",
        ],
        [
          "after the send",
          "sent again with the same key: the system has it once",
          "found and adopted",
          "parks; the person finds it, and supplies the result",
          "sent once more: doubled",
        ],
        ["before the completion report", "read from the ledger", "read from the ledger", "read from the ledger", "read from the ledger"],
      ],
    ),
    "A worker that stood still and comes back finds that another has settled its calls. What it brings is kept in its row of the ledger and never written over another result. " +
      "If two different effects then stand under one key, whichever attempt notices it parks the case with `DUPLICATE_EFFECT`; where the case has gone on, the ledger's row, the evidence and the worker's log say so.",
    "## The tests",
    "- `connectors/<contract>/<adapter>/conformance.test.ts`: one suite for every adapter ([conformance.ts](../connectors/conformance.ts)), against the adapter's own simulator, through the real executor and ledger.\n" +
      "- [test/recoveries.test.ts](../test/recoveries.test.ts): everything real. Each write meets each doubt, a worker killed at each point, and a worker that comes back.\n" +
      "- [test/ordered-writes.test.ts](../test/ordered-writes.test.ts): the same for systems that demand rising ids, whose calls go one at a time ([ANPR](registry-anpr.md)).\n" +
      "- [test/sabotage.test.ts](../test/sabotage.test.ts): each guarantee broken on purpose, to see the check turn red.",
  );

function row(adapter: Adapter, operation: Operation): string[] {
  const { id, name, effect, deadline } = operation;
  const recovery = adapter.recovery[name];
  const [settled, person] =
    effect === "read" ? readAgain : effect === "courtesy" ? courtesyAgain : byRecovery(recovery ?? { by: "person" });
  const settle = effect === "write" ? `${Math.round(longestHeldMs(milliseconds(deadline)) / 1_000)} s` : "none";
  return [code(adapter.name), code(id), effect, settled, settle, person, shownBy(adapter, operation)];
}

const readAgain = [
  "read again, up to five times",
  "`retry` when the system answers again; or `resolve` with what was found by hand",
] as const;
const courtesyAgain = [
  "sent once more, and the record says that it may be doubled",
  "nothing; unclear twice, an optional one is given up",
] as const;

function byRecovery(recovery: Recovery): readonly [settled: string, person: string] {
  switch (recovery.by) {
    case "key":
      if (recovery.thenFind)
        return [
          "`key`: sent again with the same key; after five sends without a clear answer, looked up",
          "nothing; if it stays unclear, `resolve` with what stands in the system, or `retry`, which sends under the same key",
        ];
      return ["`key`: sent again with the same key", "nothing; after five sends without a clear answer, look in the system"];
    case "find":
      return recovery.resend === undefined
        ? [
            "`find`: looked up",
            "if nothing is found, look in the system: `resolve` with what stands there, or `retry` to confirm that nothing was done",
          ]
        : [
            `\`find\`: looked up; if nothing is found, sent once more, because ${recovery.resend}`,
            "nothing; if that is unclear too, look in the system",
          ];
    case "person":
      return [
        "`person`: parks; nothing is sent again by itself",
        "look in the system for our marker: `resolve` with what stands there, or `retry` to confirm in their name that nothing was done",
      ];
  }
}

function shownBy({ name, contract, queueMs }: Adapter, { id, effect }: Operation): string {
  const suite = `[conformance](../connectors/${nameOf(contract)}/${name}/conformance.test.ts)`;
  if (effect === "read") return suite;
  return queueMs > 0
    ? `${suite}, [under rising ids](../test/ordered-writes.test.ts)`
    : `${suite}, [recoveries](../test/recoveries.test.ts) "before-intent: ${id} is settled by its replacement" and the others of its name`;
}
