/** The test of a connector that the generator wrote: its golden cases, and its simulator with every fault, by samples. For jest. */
import { describe, expect, test } from "@jest/globals";
import type { Adapter } from "./adapter.ts";
import type { Sample as Described } from "./conformance.ts";
import { type Contract, nameOf, type Operation, operationsOf } from "./contract.ts";
import { goldenCases, runGolden } from "./golden.ts";
import type { JsonObject } from "./json.ts";
import type { Fault, Simulator } from "./simulator.ts";
import { memoryPorts, onTrial, type Trial } from "./trial.ts";

export interface Sampled {
  adapter: Adapter;
  simulator: () => Promise<Simulator>;
  /** Settings of the adapter for an address. */
  settings: (address: string) => Record<string, unknown>;
  /** A request and its answer, by the contract's operations; an operation without one is not called. */
  samples: Readonly<Record<string, { input: JsonObject; output: JsonObject }>>;
  /** Folder of the golden cases. */
  golden: string;
}

/** Registers the tests. */
export function testSampled({ adapter, simulator, settings, samples, golden }: Sampled): void {
  const calls = operationsOf(adapter.contract).flatMap((operation) => {
    const sample = samples[operation.name];
    return sample ? [{ id: operation.id, operation, sample }] : [];
  });

  async function call(operation: Operation, input: JsonObject, fault?: Fault): Promise<{ result: Trial; effects: number }> {
    const running = await simulator();
    try {
      if (fault) running.inject(fault);
      const result = await onTrial(adapter, settings(running.url), memoryPorts()).call(operation.name, input);
      return { result, effects: running.ledger().length };
    } finally {
      await running.close();
    }
  }

  describe(`${nameOf(adapter.contract)} by ${adapter.name}`, () => {
    const names = goldenCases(golden);
    test.each(names)("golden case %s: request and result are those recorded", async (name) => {
      const { expected, actual } = await runGolden(name, { adapter, folder: golden, settings, ports: memoryPorts() });
      expect(actual).toEqual(expected);
    });

    test("has a golden case of each operation that has a sample", () => {
      expect(calls.length === 0 || names.length > 0).toBe(true);
    });

    test.each(calls)("$id gives the sample's answer", async ({ operation, sample }) => {
      const { result, effects } = await call(operation, sample.input);
      expect(result).toEqual({ output: sample.output, effects: operation.effect === "read" ? 0 : 1 });
      expect(effects).toBe(operation.effect === "read" ? 0 : 1);
    });

    test.each(calls)(
      "$id: an answer that is lost is unknown, one that makes no sense breaks the contract",
      async ({ operation, sample }) => {
        expect(failureOf(await call(operation, sample.input, { kind: "answer-lost" }))?.kind).toBe("unknown");
        expect(failureOf(await call(operation, sample.input, { kind: "garbage" }))?.kind).toBe("contract-broken");
        expect(failureOf(await call(operation, sample.input, { kind: "html" }))?.kind).toBe("contract-broken");
      },
    );

    test.each(calls)("$id: refused credentials are our setting, not the case's", async ({ operation, sample }) => {
      const refused = await call(operation, sample.input, { kind: "unauthorized" });
      expect(failureOf(refused)?.kind).toBe("misconfigured");
      expect(refused.effects).toBe(0);
    });

    const declared = calls.flatMap((one) => one.operation.rejections.map((code) => ({ ...one, code })));
    if (declared.length > 0)
      test.each(declared)("$id: the declared fault $code is a rejection", async ({ operation, sample, code }) => {
        const refused = await call(operation, sample.input, { kind: "reject", code });
        expect(failureOf(refused)).toEqual({ kind: "rejected", code });
        expect(refused.effects).toBe(0);
      });
  });
}

const failureOf = ({ result: { failure } }: { result: Trial }) => failure && { kind: failure.kind, code: failure.detail.code };

/** The description of all operations for `conforms`, from their samples; `undeclared` is a refusal that no operation declares, and the code that the simulator is given for it. */
export const sampledOperations = (
  contract: Contract,
  samples: Sampled["samples"],
  undeclared: { code: string; refuse: string },
): Record<string, Described> =>
  Object.fromEntries(
    operationsOf(contract).flatMap(({ name, rejections }) => {
      const sample = samples[name];
      if (!sample) return [];
      const described: Described = {
        input: sample.input,
        request: name,
        rejections: Object.fromEntries(rejections.map((code) => [code, { fault: { kind: "reject", code } }])),
        undeclared: { code: undeclared.code, fault: { kind: "reject", code: undeclared.refuse } },
      };
      return [[name, described]];
    }),
  );
