/** Results, bad input, refusals, systems that take nothing, credentials, aborts and many calls at one time: of one operation. */
import { expect, test } from "@jest/globals";
import type { Tested } from "./conformance.ts";
import type { JsonObject } from "./json.ts";
import { cameOf } from "./conformance-trial.ts";

const AT_ONCE = 20;

/** Registers the tests of one operation's ordinary life. */
export function testCalls(tested: Tested): void {
  testResult(tested);
  testRefusals(tested);
  testNotTaken(tested);
  testAborts(tested);
  testMany(tested);
}

function testResult({ operation: { name, effect, input: schema }, sample, now }: Tested): void {
  test("gives what the contract promises, and the same again without asking the system again", async () => {
    const { call, inputOf, simulator, rows } = now();
    const input = await inputOf(sample);
    const [before, asked] = [simulator.ledger().length, simulator.requests().length];
    const came = await call(name, { input });
    expect(came).toMatchObject({ kind: "done", output: expect.anything() });
    if (effect === "read") {
      expect([simulator.ledger().length - before, await rows()]).toEqual([0, []]);
      return;
    }
    const requests = simulator.requests().length;
    expect(requests).toBeGreaterThan(asked);
    expect(simulator.ledger().length - before).toBe(1);
    expect(await rows()).toMatchObject([{ send: 1, state: "done", attempts: 1 }]);
    expect(await call(name, { input, number: 2 })).toEqual(came);
    expect(simulator.requests()).toHaveLength(requests);
  });

  test("asks the system nothing when the input does not fit the contract, and says which fields", async () => {
    const { call, inputOf, simulator, rows } = now();
    const input = await inputOf(sample);
    const requests = simulator.requests().length;
    // A generated contract may take an input without members.
    const wrongs: JsonObject[] = [{}, { ...input, unknownToEveryone: "value-of-the-input" }];
    for (const wrong of wrongs.filter((one) => !schema.safeParse(one).success)) {
      const came = await call(name, { input: wrong });
      expect(came).toMatchObject({ kind: "invalid", issues: expect.arrayContaining([expect.any(String)]) });
      expect(JSON.stringify(came)).not.toContain("value-of-the-input");
    }
    expect([simulator.requests().length, await rows()]).toEqual([requests, []]);
  });
}

function testRefusals({ operation: { name, effect, rejections }, sample, now }: Tested): void {
  test("has a way to provoke each rejection that the contract declares", () => {
    expect(Object.keys(sample.rejections).toSorted()).toEqual([...rejections].toSorted());
    expect(rejections).not.toContain(sample.undeclared.code);
  });

  const all = [...Object.entries(sample.rejections), [sample.undeclared.code, sample.undeclared] as const];
  test.each(all)("refused with %s is rejected so, without an effect, and stays refused", async (code, by) => {
    const { call, inputOf, provoke, simulator, rows } = now();
    const input = await provoke(sample, by, await inputOf(sample));
    const before = simulator.ledger().length;
    const came = await call(name, { input });
    expect(came).toMatchObject({ kind: "rejected", code });
    expect(simulator.ledger()).toHaveLength(before);
    if (effect === "read") return;
    expect(await rows()).toMatchObject([{ send: 1, state: "rejected" }]);
    const requests = simulator.requests().length;
    expect(await call(name, { input, number: 2 })).toEqual(came);
    expect(simulator.requests()).toHaveLength(requests);
  });

  const { otherUnderKey } = sample;
  if (otherUnderKey)
    test("what stands under its key is not adopted when it is something else", async () => {
      const { call, inputOf, provoke, rows } = now();
      const input = await provoke(sample, otherUnderKey, await inputOf(sample));
      expect(await call(name, { input })).toMatchObject({ kind: "rejected", code: otherUnderKey.code });
      expect(await rows()).toMatchObject([{ state: "rejected" }]);
    });
}

function testNotTaken({ of, operation: { name, effect }, sample, now }: Tested): void {
  const settled = effect === "read" ? [] : [{ send: 1, state: "done", attempts: 2 }];

  test("told that nothing was taken, is not sent: the next attempt goes through, with one effect", async () => {
    const { call, inputOf, simulator, rows, closings } = now();
    const input = await inputOf(sample);
    const before = simulator.ledger().length;
    simulator.inject({ kind: "unavailable", operation: sample.request });
    expect(await call(name, { input })).toMatchObject({
      kind: "not-sent",
      ...(of.inProcess || of.withoutRetryAfter ? {} : { retryAfterMs: 1_000 }),
    });
    expect([simulator.ledger().length - before, closings()]).toEqual([0, []]);
    expect(await call(name, { input, number: 2 })).toMatchObject({ kind: "done" });
    expect([simulator.ledger().length - before, await rows()]).toMatchObject([effect === "read" ? 0 : 1, settled]);
  });
  if (of.inProcess) return;

  test("is not sent when nothing listens", async () => {
    const { inputOf, nowhere, key, closings } = now();
    const input = await inputOf(sample);
    const came = await cameOf(nowhere.call(name, { key, send: 1, input, verb: "send" }));
    expect([came, closings()]).toMatchObject([{ kind: "not-sent" }, []]);
  });

  test("with credentials that are refused closes the gate and is not sent; once they are right it goes through", async () => {
    const { call, inputOf, simulator, rows, closings } = now();
    const { spoil, mend } = sample.misconfigured ?? {
      spoil: () => simulator.inject({ kind: "unauthorized", operation: sample.request }),
      mend: () => undefined,
    };
    const input = await inputOf(sample);
    const before = simulator.ledger().length;
    await spoil({ simulator });
    expect(await call(name, { input })).toMatchObject({ kind: "not-sent" });
    expect(closings()).toEqual([expect.stringMatching(/^[A-Z0-9_]+: .+/)]);
    expect(simulator.ledger().length - before).toBe(0);
    await mend({ simulator });
    expect(await call(name, { input, number: 2 })).toMatchObject({ kind: "done" });
    expect([simulator.ledger().length - before, (await rows()).map(({ state }) => state)]).toEqual(
      effect === "read" ? [0, []] : [1, ["done"]],
    );
  });
}

function testAborts({ of, operation: { name, effect }, sample, now }: Tested): void {
  test("cancelled before it began has no effect", async () => {
    const { call, inputOf, simulator, rows } = now();
    const input = await inputOf(sample);
    const before = simulator.ledger().length;
    const { kind } = await call(name, { input, signal: AbortSignal.abort() });
    // A read's outcome counts for nothing; a write must not be in doubt.
    expect(effect === "read" ? ["unknown", "not-sent"] : ["not-sent"]).toContain(kind);
    expect([simulator.ledger().length - before, await rows()]).toEqual([0, []]);
  });

  test("cancelled while the system holds its answer ends at once, and a write's outcome is unknown", async () => {
    const { call, inputOf, simulator } = now();
    const input = await inputOf(sample);
    const asked = simulator.requests().length;
    simulator.inject({ kind: "answer-held", operation: sample.request });
    const cancel = new AbortController();
    const calling = call(name, { input, signal: cancel.signal });
    const isAsked = () => simulator.requests().slice(asked).includes(sample.request);
    while (!isAsked()) await new Promise((resolve) => void setTimeout(resolve, 5));
    cancel.abort();
    const came = await Promise.race([calling, new Promise((resolve) => void setTimeout(resolve, of.inProcess ? 3_000 : 1_500, "late"))]);
    expect(came).toMatchObject({ kind: "unknown", reason: expect.stringMatching(/^(CANCELLED|DEADLINE|RESET)/) });
  });
}

function testMany({ operation: { name, effect }, sample, now }: Tested): void {
  test(`${AT_ONCE} calls at one time each come to their own result`, async () => {
    const { call, inputOf, simulator, key } = now();
    const keys = Array.from({ length: AT_ONCE }, (_, index) => `${key}.${index}`);
    const inputs = await Promise.all(keys.map((one) => inputOf(sample, one)));
    const before = simulator.ledger().length;
    const came = await Promise.all(keys.map((one, index) => call(name, { key: one, input: inputs[index] ?? {} })));
    expect(came.filter(({ kind }) => kind !== "done")).toEqual([]);
    expect(simulator.ledger().length - before).toBe(effect === "read" ? 0 : AT_ONCE);
  });
  if (effect === "read") return;

  test(`${AT_ONCE} attempts at one send have one effect`, async () => {
    const { call, inputOf, simulator, rows } = now();
    const input = await inputOf(sample);
    const before = simulator.ledger().length;
    const came = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => call(name, { input, number: index + 1 })));
    expect(new Set(came.map(({ kind }) => kind)).has("done")).toBe(true);
    expect(came.filter(({ kind }) => kind !== "done" && kind !== "unknown")).toEqual([]);
    expect([simulator.ledger().length - before, await rows()]).toMatchObject([1, [{ send: 1, state: "done", attempts: 1 }]]);
  });
}
