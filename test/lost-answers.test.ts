/** Answers that are lost, late, held or unreadable: nothing is lost, nothing is done twice, and only the unknowable waits for a person. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { inventTaxCode } from "../connectors/registry/anpr/sample-people.ts";
import type { Fault } from "../connectors/simulator.ts";
import { action, debts, expectEachEffectOnce, grant, parked, pay, refusal, registrations, withdraw } from "./acts.ts";
import { eitherWay } from "./both-ways.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, startRig, type TestCase } from "./rig.ts";

const DEADLINE_MS = 2_500;
const SETTLE_MS = 1_000;

/** A person whose fines the tax system cannot write down. */
const UNREADABLE = inventTaxCode(13);

const stepOf = async (c: TestCase, path: string) => (await c.status()).steps.find(({ id }) => id === path);

eitherWay((way) => {
  let rig: Rig;
  let unreadable: TestCase;
  beforeAll(async () => {
    rig = await startRig();
    const short: Record<string, string> = { DARSENA_PROTOCOL_UNAVAILABLE_IS_NOT_TAKEN: "true" };
    for (const system of ["PROTOCOL", "PAYMENTS", "MESSAGES", "REGISTRY", "TAX"]) {
      short[`DARSENA_${system}_DEADLINE_MS`] = String(DEADLINE_MS);
      short[`DARSENA_${system}_SETTLE_MS`] = String(SETTLE_MS);
    }
    await rig.startWorker({ ...short, ...way });
    // Its five attempts take half a minute, while the other tests run.
    await rig.simulators.tax.control("setFines", { taxCode: UNREADABLE, fines: [{ reference: "1", date: "yesterday", amount: 1 }] });
    unreadable = await rig.start("disabled-parking-pass", await passRequest(rig.register, "new", UNREADABLE));
    await unreadable.until("the tax system is asked", (now) => now.steps.some(({ id }) => id === "fines"));
  }, 120_000);
  afterEach(() => expectEachEffectOnce(rig));
  afterAll(() => rig?.stop());

  const begin = async (kind: "new" | "duplicate" = "new") => rig.start("disabled-parking-pass", await passRequest(rig.register, kind));
  const protocolFault = (fault: Omit<Fault, "operation">) => rig.simulators.protocol.inject({ ...fault, operation: "Protocollazione" });
  const requestsOf = (system: keyof Rig["simulators"], operation: string) =>
    rig.simulators[system].requests().filter((one) => one === operation).length;

  /** The number that stands in the protocol for this case, as a person finds it there. */
  function foundNumber(c: TestCase): { number: string; year: number } {
    const [number = "", year = ""] = (registrations(rig, c)[0]?.reference ?? "").split("/");
    return { number: `${number.padStart(7, "0")}/${year}`, year: Number(year) };
  }

  async function isGranted(c: TestCase): Promise<void> {
    await decide(c, grant);
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
    expect(registrations(rig, c)).toHaveLength(2);
  }

  const UNKNOWN = "protocol.register:OUTCOME_UNKNOWN";

  describe("the protocol", () => {
    test.each(["Login", "Inserimento"])(
      "whose answer to %s is lost is asked again: nothing had an effect, nothing parks",
      async (operation) => {
        await rig.simulators.protocol.control("expireSessions");
        rig.simulators.protocol.inject({ kind: "answer-lost", operation });
        const c = await begin();
        await action(c, "decision");
        expect(registrations(rig, c)).toHaveLength(1);
        expect((await c.status()).history.some(({ event }) => event === "parked")).toBe(false);
      },
    );

    test("whose answer to Protocollazione is lost parks the case, and the number found by a person continues it", async () => {
      protocolFault({ kind: "answer-lost" });
      const c = await begin();
      const problem = await parked(c, UNKNOWN);
      expect(problem).toMatchObject({ path: "registration", verbs: ["resolve", "retry"] });
      expect(registrations(rig, c)).toHaveLength(1);
      const wrong = await refusal(c.repair({ verb: "resolve", problem: problem.id, result: { number: "", year: "2026" } }));
      expect(wrong).toMatchObject({ code: "INVALID_BODY", details: { errors: [{ field: "result.number" }, { field: "result.year" }] } });
      expect(await refusal(c.repair({ verb: "skip", problem: problem.id }))).toMatchObject({ code: "NOT_EXPECTED" });
      const nameless = await refusal(c.repair({ verb: "resolve", problem: problem.id, result: foundNumber(c), by: " " }));
      expect(nameless).toMatchObject({ code: "INVALID_BODY", details: { errors: [{ field: "by" }] } });
      await c.repair({ verb: "resolve", problem: problem.id, result: foundNumber(c) });
      await isGranted(c);
      expect(await c.status()).toMatchObject({ protocolNumber: foundNumber(c).number });
      expect((await stepOf(c, "registration"))?.note).toContain("resolved by Test Operator");
    });

    test.each([
      ["is held until the deadline", { kind: "answer-held" }],
      ["is no XML", { kind: "garbage" }],
      ["comes never, while the request takes effect after the deadline", { kind: "late-arrival", delayMs: DEADLINE_MS + 700 }],
    ] as const)("whose answer %s registered all the same: the case parks, and no second registration is made", async (_, fault) => {
      protocolFault(fault);
      const c = await begin();
      const problem = await parked(c, UNKNOWN);
      while (registrations(rig, c).length === 0) await pause(50);
      await c.repair({ verb: "resolve", problem: problem.id, result: foundNumber(c) });
      await isGranted(c);
    });

    test.each([
      ["is a proxy's page", { kind: "html" }],
      ["does not come because the connection is cut", { kind: "cut-before" }],
    ] as const)("whose answer %s parks: an operator confirms that nothing was done, but not before the settle time", async (_, fault) => {
      protocolFault(fault);
      const c = await begin();
      const problem = await parked(c, UNKNOWN);
      const early = await refusal(c.repair({ verb: "retry", problem: problem.id }));
      expect(early).toMatchObject({ code: "NOT_EXPECTED", details: { notBefore: expect.any(String) } });
      await pause(Date.parse(String(early.details["notBefore"])) - Date.now() + 100);
      await c.repair({ verb: "retry", problem: problem.id });
      await isGranted(c);
    });

    test("that says 503, known to mean not taken, is asked again without end", async () => {
      const before = requestsOf("protocol", "Protocollazione");
      protocolFault({ kind: "unavailable", times: 2 });
      const c = await begin();
      await action(c, "decision");
      expect(requestsOf("protocol", "Protocollazione") - before).toBe(3);
      expect(registrations(rig, c)).toHaveLength(1);
    });

    test("that refuses without a branch parks the case, and retry calls again under a new key", async () => {
      protocolFault({ kind: "reject" });
      const c = await begin();
      const problem = await parked(c, "protocol.register:REFUSED");
      expect(problem.advice).toContain("add a branch");
      await c.repair({ verb: "retry", problem: problem.id });
      await action(c, "decision");
      expect(registrations(rig, c).map(({ key }) => key)).toEqual([`${c.id}/registration~2`]);
    });
  });

  describe("payments", () => {
    test.each(["answer-lost", "answer-held", "garbage", "cut-before", "unavailable"] as const)(
      "leave one debt when its creation meets %s: the same key is sent again",
      async (kind) => {
        const before = debts(rig).length;
        const c = await begin("duplicate");
        rig.simulators.payments.inject({ kind, operation: "create" });
        await decide(c, grant);
        await pay(rig, c);
        expect(await c.closed()).toMatchObject({ outcome: "granted" });
        expect(
          debts(rig)
            .slice(before)
            .map(({ operation }) => operation),
        ).toEqual(["create", "pay"]);
        expect((await c.status()).history.some(({ event }) => event === "parked")).toBe(false);
      },
    );

    test.each(["answer-lost", "cut-before"] as const)(
      "cancel a debt once when the cancellation meets %s: it is looked up",
      async (kind) => {
        const before = debts(rig).length;
        const c = await begin("duplicate");
        await decide(c, grant);
        await action(c, "payment");
        rig.simulators.payments.inject({ kind, operation: "cancel" });
        await withdraw(c);
        expect(await c.closed()).toMatchObject({ outcome: "withdrawn" });
        expect(
          debts(rig)
            .slice(before)
            .map(({ operation }) => operation),
        ).toEqual(["create", "cancel"]);
      },
    );
  });

  describe("messages", () => {
    test.each([
      ["once is sent once more, and the record says so", 1, "done"],
      ["twice is given up, and never holds the case", 2, "failed"],
    ] as const)("whose answer is lost %s", async (_, times, state) => {
      const before = rig.simulators.messages.ledger().length;
      rig.simulators.messages.inject({ kind: "answer-lost", operation: "message", times });
      const c = await begin();
      await isGranted(c);
      expect(await stepOf(c, "tell/send")).toMatchObject({ state, note: expect.stringContaining("may be doubled") });
      expect(rig.simulators.messages.ledger()).toHaveLength(before + 2);
    });

    test("whose profile cannot be read are asked again, and sent once", async () => {
      const before = rig.simulators.messages.ledger().length;
      rig.simulators.messages.inject({ kind: "html", operation: "profile" });
      const c = await begin();
      await isGranted(c);
      expect((await stepOf(c, "tell/send"))?.note).toBeUndefined();
      expect(rig.simulators.messages.ledger()).toHaveLength(before + 1);
    });
  });

  describe("reads", () => {
    test.each([
      ["registry", "3002", "answer-lost"],
      ["tax", "RichiestaSanzioni", "html"],
    ] as const)("of %s are repeated when %s meets %s", async (system, operation, kind) => {
      const before = requestsOf(system, operation);
      rig.simulators[system].inject({ kind, operation });
      const c = await begin();
      await action(c, "decision");
      expect(requestsOf(system, operation) - before).toBe(2);
    });

    test("that never give an answer of use park after the fifth, and retry goes on", async () => {
      const problem = await parked(unreadable, "tax.openFines:CONTRACT_BROKEN");
      expect(problem).toMatchObject({ path: "fines", verbs: ["retry", "resolve", "cancel"] });
      await rig.simulators.tax.control("setFines", { taxCode: UNREADABLE, fines: [] });
      await unreadable.repair({ verb: "retry", problem: problem.id });
      await isGranted(unreadable);
    });
  });
});
