/** A duplicate of the pass costs a fee: the case goes on when the payment system says so, whoever else says what. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { action, debts, expectEachEffectOnce, grant, parked, pay, refusal, refuse, registrations, withdraw } from "./acts.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

let rig: Rig;
let worker: RunningProcess;
const workerWith = async (durations: string) => {
  await worker?.kill("SIGTERM");
  worker = await rig.startWorker({ DARSENA_DURATIONS: durations });
};
beforeAll(async () => {
  rig = await startRig();
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

/** A duplicate, granted: its debt exists. */
async function granted(): Promise<TestCase> {
  const c = await rig.start("disabled-parking-pass", await passRequest(rig.register, "duplicate"));
  await decide(c, grant);
  return c;
}
const iupdOf = async (c: TestCase): Promise<string> => {
  const { shows } = await action(c, "payment");
  return debts(rig).find(({ reference }) => reference === shows?.["noticeNumber"])?.key ?? "";
};
const effectsOf = (iupd: string) =>
  debts(rig)
    .filter(({ key }) => key === iupd)
    .map(({ operation }) => operation);
const stepStates = async (c: TestCase) => Object.fromEntries((await c.status()).steps.map(({ id, state }) => [id, state]));

describe("a duplicate, asked for every second", () => {
  beforeAll(() => workerWith("disabled-parking-pass.paid=PT1S"), 60_000);

  test("goes on when the debt is paid and nobody told Darsena", async () => {
    const c = await granted();
    await pay(rig, c);
    expect(await c.closed()).toMatchObject({ outcome: "granted", documents: [expect.anything()] });
  });

  test("shows the applicant what to pay, and is withdrawn with its open debt cancelled", async () => {
    const c = await granted();
    const asked = await action(c, "payment");
    expect(asked).toMatchObject({ who: "applicant", shows: { noticeNumber: expect.stringMatching(/^\d{18}$/), amount: 1000 } });
    const iupd = await iupdOf(c);
    await withdraw(c);
    expect(await c.closed()).toMatchObject({ outcome: "withdrawn", documents: [] });
    expect(effectsOf(iupd)).toEqual(["create", "cancel"]);
    expect(await stepStates(c)).toMatchObject({ fee: "undone", withdrawal: "done" });
    expect(registrations(rig, c).at(-1)?.subject).toContain("Rinuncia");
  });

  test("withdrawn with a debt that somebody paid is parked: an operator decides what happens to the money", async () => {
    const c = await granted();
    const iupd = await iupdOf(c);
    // The payment comes while the withdrawal is on its way.
    rig.simulators.payments.inject({ kind: "reject", code: "ALREADY_PAID", operation: "cancel" });
    await withdraw(c);
    const problem = await parked(c, "payments.cancelDebt:ALREADY_PAID");
    expect(problem.verbs).toEqual(["retry", "resolve", "skip"]);
    await c.repair({ verb: "skip", problem: problem.id, reason: "The fee is paid back by hand." });
    expect(await c.closed()).toMatchObject({ outcome: "withdrawn" });
    expect(effectsOf(iupd)).toEqual(["create"]);
  });
});

describe("a duplicate, asked for every quarter of an hour", () => {
  beforeAll(() => workerWith("disabled-parking-pass.paid=PT15M"), 60_000);

  test("goes on at once when the debt is paid and the payment service tells the gateway", async () => {
    const gateway = await rig.startProcess("dist/client/gateway/main.js", { DARSENA_GATEWAY_PORT: "0" });
    const url = /"url":"([^"]+)"/.exec(gateway.output())?.[1];
    const c = await granted();
    await pay(rig, c, url);
    expect(await c.closed(10_000)).toMatchObject({ outcome: "granted" });
    await gateway.kill();
  });

  test("does not move by a false word: a message is a hint only, and the system is asked", async () => {
    const c = await granted();
    const { id } = await action(c, "payment");
    const before = rig.simulators.payments.requests().filter((one) => one === "read").length;
    expect(await c.send({ name: "payment", from: "system:payments" })).toMatchObject({ accepted: true });
    await c.until("the system was asked and says no", (now) => now.actions.some((one) => one.name === "payment" && one.id !== id));
    expect(rig.simulators.payments.requests().filter((one) => one === "read")).toHaveLength(before + 1);
    expect(await c.status()).toMatchObject({ state: "waiting", waitingFor: "payment", step: "paid" });
    await pay(rig, c);
    await c.send({ name: "payment", from: "system:payments" });
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
  });

  test("keeps a hint that comes before the case waits for it", async () => {
    const c = await rig.start("disabled-parking-pass", await passRequest(rig.register, "duplicate"));
    await action(c, "decision");
    expect(await c.send({ name: "payment", from: "system:payments" })).toMatchObject({ accepted: true, kept: true });
    const refused = await refusal(c.send({ name: "payment", for: "paid.1", from: "system:payments" }));
    expect(refused.code).toBe("NOT_EXPECTED");
    await decide(c, grant);
    const { id } = await action(c, "payment");
    expect(id).toBe("paid.1");
    await pay(rig, c);
    await c.send({ name: "payment", from: "system:payments" });
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
  });
});

describe("the end of the time allowed", () => {
  const terms = [
    "disabled-parking-pass.paid=PT15M",
    "disabled-parking-pass.paid.within=PT5S",
    "disabled-parking-pass.decision/rejectionNotice.within=PT2S",
    "disabled-parking-pass.decision/correction.within=PT2S",
  ];
  beforeAll(() => workerWith(terms.join(",")), 60_000);

  test("with the debt unpaid cancels it first, and the request lapses", async () => {
    const c = await granted();
    const iupd = await iupdOf(c);
    expect(await c.closed()).toMatchObject({ outcome: "inadmissible", documents: [] });
    expect(effectsOf(iupd)).toEqual(["create", "cancel"]);
  });

  test("with the debt paid and never told: the cancellation is refused, and the case goes on as paid", async () => {
    const c = await granted();
    const iupd = await iupdOf(c);
    await pay(rig, c);
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
    expect(effectsOf(iupd)).toEqual(["create", "pay"]);
    expect(rig.simulators.payments.requests().filter((one) => one === "cancel").length).toBeGreaterThan(0);
    expect(await stepStates(c)).toMatchObject({ fee: "done", paid: "done", pass: "done" });
  });

  test("with a notice unanswered lets the office refuse; a correction that never came leaves the decision open", async () => {
    const c = await rig.start("disabled-parking-pass", await passRequest(rig.register));
    await decide(c, { ask: "correction" });
    await c.until("the correction's time is over", (now) => now.actions.some(({ id }) => id === "decision.2"));
    await decide(c, { ask: "rejectionNotice" });
    const { id } = await action(c, "rejectionNotice");
    await c.until("the notice's time is over", (now) => now.actions.some((one) => one.id === "decision.3"));
    const late = await refusal(c.send({ name: "rejectionNotice", for: id, from: "applicant" }));
    expect(late).toMatchObject({ code: "ALREADY_ANSWERED", details: { by: "the end of the time allowed" } });
    await decide(c, refuse);
    expect(await c.closed()).toMatchObject({ outcome: "refused" });
  });
});
