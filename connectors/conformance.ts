/**
 * One suite for every adapter. Its whole test is a description of its operations, and golden files:
 *
 *   conforms({ adapter: municipalXml, simulator: () => municipalXmlSimulator(), settings, secrets, operations: { openFines: {...} } }, executorStage);
 *
 * It runs in jest, over real sockets against the adapter's own simulator, through the real executor with a real effect ledger.
 * What is tested: `conformance-calls.ts` (results, refusals, limits) and `conformance-recoveries.ts` (whatever leaves an outcome unknown).
 * After each test, nothing that operators or logs were told may hold a secret.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Adapter } from "./adapter.ts";
import { testCalls } from "./conformance-calls.ts";
import { testRecoveries } from "./conformance-recoveries.ts";
import type { Stage } from "./conformance-stage.ts";
import { newTrial, type Trial } from "./conformance-trial.ts";
import { nameOf, operationsOf } from "./contract.ts";
import { goldenCases, type GoldenRun, runGolden } from "./golden.ts";
import type { JsonObject } from "./json.ts";
import type { Ports } from "./ports.ts";
import type { Fault, Simulator } from "./simulator.ts";

/** What the suite must know of an adapter. */
export interface Conformance {
  readonly adapter: Adapter;
  /** Tells two descriptions of one adapter apart: the dialect. */
  readonly variant?: string;
  /** The adapter's own simulator; for an adapter that works in process, a store with faults, which it is lent as `ports`. */
  readonly simulator: (ports: Ports) => Promise<Simulator & { ports?: Ports }>;
  /** No socket is opened: there is nobody who does not listen, and no credentials. */
  readonly inProcess?: boolean;
  /** The protocol has no way to say when to come again. */
  readonly withoutRetryAfter?: boolean;
  /** Settings for a simulator's address. They must make 503 with Retry-After mean "not taken", where the adapter leaves that to the vendor. */
  readonly settings: (url: string) => Record<string, unknown>;
  /** Values of the inputs and settings that nobody may be shown: passwords, names, tax codes. */
  readonly secrets: readonly string[];
  /** One for each operation of the contract. */
  readonly operations: Readonly<Record<string, Sample>>;
  readonly golden?: Golden;
}

/** Where the golden cases lie, and what they need instead of the settings above and of the stage's ports. */
export interface Golden {
  readonly folder: string;
  readonly settings?: (url: string, name: string) => Record<string, unknown>;
  /** New ones for each case. */
  readonly ports?: () => Ports;
}

/** One operation, with an input that the simulator answers well. */
export interface Sample {
  /** A good input; as a function where something must exist first, such as a debt to be cancelled. */
  readonly input: JsonObject | ((trial: Pick<Trial, "perform" | "ports" | "simulator">, key: string) => Promise<JsonObject>);
  /** The simulator's name of the request with the effect; of a read, of its one request. */
  readonly request: string;
  /** For each rejection that the contract declares, how it is provoked. */
  readonly rejections: Readonly<Record<string, Provocation>>;
  /** A refusal that the contract does not declare, with the code by which the case then parks. */
  readonly undeclared: { code: string } & Provocation;
  /** How credentials come to be refused, and to be right again. */
  readonly misconfigured?: { spoil: Act; mend: Act };
  /** Recovery `key`: the system holds something else under our key, and the adapter says so by this code. */
  readonly otherUnderKey?: { code: string } & Provocation;
}

export type Act = (trial: Pick<Trial, "simulator">) => unknown;

/** A fault of the simulator, something done to it, or another input. */
export interface Provocation {
  readonly fault?: Omit<Fault, "operation"> & { operation?: string };
  readonly act?: (trial: Pick<Trial, "simulator" | "perform">, input: JsonObject) => unknown;
  readonly input?: (input: JsonObject) => JsonObject;
}

/** Registers the suite of one adapter. */
export function conforms(of: Conformance, start: () => Promise<Stage>): void {
  const { adapter, variant, golden } = of;
  describe(`${adapter.name}${variant === undefined ? "" : ` (${variant})`} conforms`, () => {
    let stage: Stage | undefined;
    let trial: Trial | undefined;
    const now = () => trial as Trial;
    beforeAll(async () => {
      stage = await start();
    });
    afterAll(() => stage?.stop());
    beforeEach(async () => {
      trial = await newTrial(of, stage as Stage);
    });
    afterEach(async () => {
      const shown = await now().shown();
      await now().end();
      expect(of.secrets.filter((secret) => shown.includes(secret)).map((_, index) => `secret ${index + 1} was shown`)).toEqual([]);
    });

    testSettings(of);
    for (const operation of operationsOf(adapter.contract)) {
      const sample = of.operations[operation.name];
      describe(operation.id, () => {
        if (!sample) {
          test("has a sample in the description", () => expect(Object.keys(of.operations)).toContain(operation.name));
          return;
        }
        testCalls({ of, operation, sample, now });
        testRecoveries({ of, operation, sample, now });
      });
    }
    if (golden) testGolden(of, golden, golden.ports ?? (() => (stage as Stage).ports));
  });
}

/** What the two parts of the suite are given. */
export interface Tested {
  of: Conformance;
  operation: ReturnType<typeof operationsOf>[number];
  sample: Sample;
  /** The trial of the test that runs now. */
  now: () => Trial;
}

function testSettings({ adapter, settings }: Conformance): void {
  test("names each setting that is missing", () => {
    const { config } = adapter;
    const required = Object.entries(config.shape).filter(([, schema]) => !schema.safeParse(undefined).success);
    const named = config.safeParse({}).error?.issues.map(({ path }) => String(path[0])) ?? [];
    expect(named.toSorted()).toEqual(required.map(([field]) => field).toSorted());
    expect(config.safeParse(settings("http://127.0.0.1:1")).error).toBeUndefined();
  });
}

function testGolden({ adapter, settings }: Conformance, golden: Golden, ports: () => Ports): void {
  const names = goldenCases(golden.folder);
  test.each(names)(`${nameOf(adapter.contract)}'s golden case %s: requests and result are those recorded`, async (name) => {
    const own = golden.settings ?? settings;
    const run: GoldenRun = { adapter, folder: golden.folder, ports: ports(), settings: (url) => own(url, name) };
    const { expected, actual } = await runGolden(name, run);
    expect(actual).toEqual(expected);
  });
}
