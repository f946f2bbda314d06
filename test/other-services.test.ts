/** The other two services, and starts by an ordinary Temporal client: good ones, wrong ones, and a cancellation in Temporal. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { Client, WorkflowFailedError } from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import type { AttachmentRef } from "../connectors/shared-types.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import { SAMPLE } from "../connectors/registry/anpr/sample-people.ts";
import { action, askAndAnswer, debts, expectEachEffectOnce, grant, registrations } from "./acts.ts";
import { passRequest, patronageRequest, person } from "./people.ts";
import { decide, type Rig, startRig, type TestCase, testCase } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.startWorker();
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

/** The register has a status a moment before Temporal has its search attributes. */
async function attributesOnceWaiting(c: TestCase): Promise<unknown> {
  const giveUpAt = Date.now() + 10_000;
  for (;;) {
    const { searchAttributes } = await c.handle.describe();
    if (searchAttributes["CaseState"]?.[0] === "waiting" || Date.now() > giveUpAt) return searchAttributes;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe("a request for the city's patronage", () => {
  const offices = [
    ["technology", "informationSystems"],
    ["social", "socialPolicies"],
    ["cultural", "culture"],
  ] as const;

  test.each(offices)("for a %s initiative goes to %s, which grants it; the association is told", async (initiative, office) => {
    const c = await rig.start("patronage-request", await patronageRequest(rig.register, initiative));
    expect(await action(c, "decision")).toMatchObject({ office, shows: { name: "Festa di prova", from: "2027-05-01" } });
    expect(await attributesOnceWaiting(c)).toMatchObject({ CaseOffice: [office], CaseWaitingFor: ["office"] });
    await decide(c, { outcome: "accept", form: { conditions: "Con il logo della città." } });
    expect(await c.closed()).toMatchObject({ outcome: "granted", office });
    const [received, sent] = registrations(rig, c);
    expect(received).toMatchObject({ flow: "E", office, documents: [expect.objectContaining({ name: "certificato.txt" })] });
    expect(sent).toMatchObject({ flow: "U", subject: expect.stringContaining("Concessione di patrocinio") });
    const told = (await c.status()).steps.find(({ id }) => id === "tell/send");
    expect(told).toMatchObject({ state: "done", operation: "messages.send" });
  });

  test.each(offices)("for a %s initiative is refused by %s after the notice", async (initiative, office) => {
    const c = await rig.start("patronage-request", await patronageRequest(rig.register, initiative));
    expect((await action(c, "decision")).office).toBe(office);
    await askAndAnswer(c, "rejectionNotice", { observations: "Il programma è cambiato." });
    await decide(c, { outcome: "refuse", form: { reason: "Non è di interesse per la città." } });
    expect(await c.closed()).toMatchObject({ outcome: "refused" });
    expect(registrations(rig, c).map(({ subject }) => String(subject))).toEqual([
      expect.stringContaining("Richiesta di patrocinio"),
      expect.stringContaining("Diniego di patrocinio"),
    ]);
  });
});

describe("a residence certificate, written by hand as a workflow", () => {
  test("is issued to a resident, registered with the document, and delivered", async () => {
    const before = rig.simulators.messages.ledger().length;
    const c = await rig.start("residence-certificate", { applicant: person(), use: "private" });
    const status = await c.closed();
    expect(status.outcome).toBe("completed");
    expect(status.steps.map(({ id, state }) => `${id} ${state}`)).toEqual([
      "resident done",
      "certificate done",
      "registration done",
      "tell done",
    ]);
    const document = status.documents[0] as unknown as AttachmentRef;
    expect(document.mediaType).toBe("application/pdf");
    const chunks: Buffer[] = [];
    for await (const chunk of await rig.register.attachments.open(document)) chunks.push(Buffer.from(chunk as Uint8Array));
    expect(Buffer.concat(chunks).subarray(0, 5).toString()).toBe("%PDF-");
    const [entry, ...more] = registrations(rig, c);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ flow: "U", documents: [{ sha256: document.sha256, bytes: document.bytes }] });
    expect(rig.simulators.messages.ledger()).toHaveLength(before + 1);
  });

  test("is inadmissible for somebody who lives elsewhere, and nothing is issued or registered", async () => {
    const c = await rig.start("residence-certificate", { applicant: person(SAMPLE.nonResident), use: "private" });
    expect(await c.closed()).toMatchObject({ outcome: "inadmissible", documents: [] });
    expect(registrations(rig, c)).toEqual([]);
  });

  test("can be withdrawn between two steps: nothing is issued, and the withdrawal is registered", async () => {
    // The status says who is waited for once the stretch of calls has lasted five seconds.
    rig.simulators.registry.inject({ kind: "delay", delayMs: 7_000 });
    const c = await rig.start("residence-certificate", { applicant: person(), use: "private" });
    await c.until("the registry is asked", (now) => now.waitingFor === "system");
    await c.send({ name: "withdraw", from: "applicant" });
    expect(await c.closed()).toMatchObject({ outcome: "withdrawn", documents: [] });
    expect(registrations(rig, c).map(({ subject }) => String(subject))).toEqual([expect.stringContaining("Rinuncia")]);
  });
});

/** A client that knows nothing of Darsena. */
const startPlainly = async (service: string, request: JsonObject, workflowId = `plain-${Math.random().toString(36).slice(2)}`) =>
  new Client({ connection: rig.client.connection }).workflow.start(service, {
    taskQueue: "cases",
    workflowId,
    args: [{ request, channel: "counter" }],
  });

const failure = async (started: ReturnType<typeof startPlainly>): Promise<ApplicationFailure> => {
  const error = await (await started).result().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  return (error as WorkflowFailedError).cause as ApplicationFailure;
};

describe("a start by an ordinary Temporal client", () => {
  test("with a good request is a case like any other, and its result is the last status", async () => {
    const handle = await startPlainly("residence-certificate", { applicant: person(), use: "public-body" });
    expect((await handle.result()) as CaseStatus).toMatchObject({ case: handle.workflowId, outcome: "completed", channel: "counter" });
  });

  test("with a wrong request ends at once with an error that names the fields, and no value", async () => {
    const { medicalCertificate: _missing, ...rest } = await passRequest(rig.register);
    const wrong = { ...rest, applicant: { ...person(), taxCode: "PRVGLI85D45X001A" }, kind: "bigger" };
    const error = await failure(startPlainly("disabled-parking-pass", wrong));
    expect(error).toMatchObject({ type: "INVALID_REQUEST", nonRetryable: true });
    const [detail] = error.details as [{ errors: { field: string; en: string; it: string }[] }];
    expect(detail.errors.map(({ field }) => field).sort()).toEqual(["applicant.taxCode", "kind", "medicalCertificate"]);
    for (const field of ["applicant.taxCode", "kind", "medicalCertificate"]) expect(error.message).toContain(field);
    expect(JSON.stringify([error.message, error.details])).not.toMatch(/PRVGLI|bigger/);
  });

  test("without a form of its own at all ends with an error too", async () => {
    const handle = await rig.client.workflow.start("patronage-request", { taskQueue: "cases", workflowId: "no-args", args: [] });
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: "INVALID_REQUEST" } });
  });

  test("of a service that does not exist ends with an error that names those that do", async () => {
    const error = await failure(startPlainly("dog-licence", {}));
    expect(error).toMatchObject({ type: "UNKNOWN_SERVICE", message: expect.stringContaining("disabled-parking-pass") });
  });

  test("with the id of a case that is closed ends with CASE_EXISTS, and changes nothing of it", async () => {
    const handle = await startPlainly("residence-certificate", { applicant: person(), use: "private" });
    await handle.result();
    const kept = await rig.register.cases.status(handle.workflowId);
    const error = await failure(startPlainly("residence-certificate", { applicant: person(), use: "private" }, handle.workflowId));
    expect(error.type).toBe("CASE_EXISTS");
    expect(await rig.register.cases.status(handle.workflowId)).toEqual(kept);
    expect(registrations(rig, testCase(rig, handle.workflowId))).toHaveLength(1);
  });
});

describe('"Cancel" in Temporal', () => {
  test("is an operator's cancellation: the debt is cancelled, and the case ends as cancelled", async () => {
    const c = await rig.start("disabled-parking-pass", await passRequest(rig.register, "duplicate"));
    await decide(c, grant);
    const { shows } = await action(c, "payment");
    await c.handle.cancel();
    const status = await c.closed();
    expect(status).toMatchObject({ outcome: "cancelled", documents: [] });
    expect(status.steps.find(({ id }) => id === "fee")?.state).toBe("undone");
    const ofDebt = debts(rig).filter(({ reference }) => reference === shows?.["noticeNumber"]);
    expect(ofDebt.map(({ operation }) => operation)).toEqual(["create", "cancel"]);
    expect((await c.handle.result()) as CaseStatus).toMatchObject({ outcome: "cancelled" });
  });
});
