/** The parking pass, end to end: real Temporal, PostgreSQL, a worker process, and simulators over sockets. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { SAMPLE } from "../connectors/registry/anpr/sample-people.ts";
import { action, answer, askAndAnswer, expectEachEffectOnce, grant, refusal, refuse, registrations, withdraw } from "./acts.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, startRig, type TestCase } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.startWorker();
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

const begin = async (taxCode?: string) => rig.start("disabled-parking-pass", await passRequest(rig.register, "new", taxCode));

describe("a disabled parking pass", () => {
  test("is received, registered, identified, decided, issued and told", async () => {
    const c = await begin();
    await decide(c, grant);
    const status = await c.closed();
    expect(status).toMatchObject({
      outcome: "granted",
      protocolNumber: expect.stringMatching(/^\d{7}\/\d{4}$/),
      receipt: { number: expect.stringMatching(/^MILANO-/) },
    });
    expect(status.documents).toHaveLength(1);
    expect(registrations(rig, c)).toHaveLength(2);
    expect(await rig.register.cases.waitFor(c.id, status.number, 5_000)).toMatchObject({ state: "closed", number: status.number });
  });

  test("is refused after the notice of rejection, with the applicant's observations before the office", async () => {
    const c = await begin();
    await decide(c, { ask: "rejectionNotice", note: "Manca il requisito." });
    const notice = await action(c, "rejectionNotice");
    expect(notice).toMatchObject({ who: "applicant", shows: { note: "Manca il requisito." } });
    const days = (Date.parse(notice.due ?? "") - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(9.9);
    expect(days).toBeLessThanOrEqual(10);
    await answer(c, "rejectionNotice", { observations: "Allego nuova documentazione." });
    const again = await action(c, "decision");
    expect(again.shows).toMatchObject({ answers: { rejectionNotice: { observations: "Allego nuova documentazione." } } });
    await decide(c, refuse);
    expect(await c.closed()).toMatchObject({ outcome: "refused", documents: [] });
    expect(registrations(rig, c).map(({ flow }) => flow)).toEqual(["E", "U"]);
  });

  test("cannot be refused before the notice of rejection", async () => {
    const c = await begin();
    const { id, form } = await action(c, "decision");
    expect(JSON.stringify(form)).not.toContain('"refuse"');
    const refused = await refusal(c.send({ name: "decision", for: id, body: refuse, from: "office:test" }));
    expect(refused).toMatchObject({ code: "NOT_EXPECTED", details: { first: "rejectionNotice" } });
    expect(await c.status()).toMatchObject({ state: "waiting", waitingFor: "office" });
    await decide(c, grant);
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
  });

  test.each([
    ["a person who lives elsewhere", SAMPLE.nonResident, "notResident"],
    ["a person whom the registry does not know", SAMPLE.unknown, "notIdentified"],
    ["a person registered as deceased", SAMPLE.deceased, "notIdentified"],
  ])("of %s goes to the office with a proposal, and no refusal is automatic", async (_, taxCode, reason) => {
    const c = await begin(taxCode);
    expect((await action(c, "decision")).shows).toMatchObject({ proposal: { outcome: "refuse", reason } });
    await askAndAnswer(c, "rejectionNotice");
    await decide(c, refuse);
    expect(await c.closed()).toMatchObject({ outcome: "refused" });
  });

  test("goes through five corrections, each with its own question and answer", async () => {
    const c = await begin();
    const asked: string[] = [];
    for (let round = 1; round <= 5; round++) {
      await decide(c, { ask: "correction", note: `Punto ${round}` });
      asked.push((await action(c, "correction")).id);
      await answer(c, "correction", { text: `Risposta ${round}` });
    }
    expect(asked).toEqual([1, 2, 3, 4, 5].map((round) => `decision/correction.${round}`));
    const decision = await action(c, "decision");
    expect(decision).toMatchObject({ id: "decision.6", shows: { answers: { correction: { text: "Risposta 5" } } } });
    await decide(c, grant);
    const { outcome, history } = await c.closed();
    expect(outcome).toBe("granted");
    expect(history.filter(({ event }) => event === "answered")).toHaveLength(5);
  });

  test("takes a message once: the same id gets the same answer, and a question is answered by one person only", async () => {
    const c = await begin();
    const { id } = await action(c, "decision");
    const message = { id: "office-1", name: "decision", for: id, body: { ask: "correction" }, from: "office:first" };
    const first = await c.send(message);
    expect(await c.send(message)).toEqual(first);
    const late = await refusal(c.send({ ...message, id: "office-2", from: "office:second" }));
    expect(late).toMatchObject({ code: "ALREADY_ANSWERED", details: { by: "office:first", at: expect.any(String) } });
    const wrong = await refusal(answer(c, "correction", { text: 7 }));
    expect(wrong).toMatchObject({ code: "INVALID_BODY", details: { errors: [{ field: "text" }] } });
    const unexpected = await refusal(c.send({ name: "holiday", from: "applicant" }));
    expect(unexpected).toMatchObject({ code: "NOT_EXPECTED", message: expect.stringContaining("correction (decision/correction.1)") });
    await answer(c, "correction");
    await decide(c, grant);
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
  });
});

const isWithdrawn = async (c: TestCase) => {
  const status = await c.closed();
  expect(status).toMatchObject({ outcome: "withdrawn", actions: [] });
  const [registration, withdrawal] = registrations(rig, c);
  expect(registration?.subject).toContain("Contrassegno");
  expect(withdrawal).toMatchObject({ flow: "E", subject: expect.stringContaining("Rinuncia") });
  expect(registrations(rig, c)).toHaveLength(2);
  return status;
};

describe("a withdrawal by the applicant", () => {
  test("before the decision ends the case, and is itself registered in the protocol", async () => {
    const c = await begin();
    const { id } = await action(c, "decision");
    await withdraw(c);
    await isWithdrawn(c);
    await expect(c.send({ name: "decision", for: id, body: grant })).rejects.toThrow();
  });

  test("while a correction is asked ends the case, and the question is closed", async () => {
    const c = await begin();
    await decide(c, { ask: "correction" });
    await action(c, "correction");
    await withdraw(c);
    await isWithdrawn(c);
  });

  test("while a call is under way waits for its answer, and a second withdrawal is refused", async () => {
    // The status says so once the stretch of calls has lasted five seconds.
    rig.simulators.protocol.inject({ kind: "delay", operation: "Protocollazione", delayMs: 7_000 });
    const c = await begin();
    await c.until("the registration is under way", (now) => now.waitingFor === "system" && now.step === "registration");
    await withdraw(c);
    expect(await refusal(withdraw(c))).toMatchObject({ code: "ALREADY_ANSWERED", details: { by: "applicant" } });
    expect((await c.status()).state).not.toBe("closed");
    const { steps } = await isWithdrawn(c);
    expect(steps.map(({ id, state }) => `${id} ${state}`)).toEqual(["registration done", "withdrawal done"]);
  });
});
