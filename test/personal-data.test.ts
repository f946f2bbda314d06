/** Marked names and tax codes go through cases that succeed, park and fail: no log, id, attribute, summary or error ever shows one. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { WorkflowFailedError } from "@temporalio/client";
import { inventTaxCode } from "../connectors/registry/anpr/sample-people.ts";
import type { JsonObject } from "../connectors/json.ts";
import { action, askAndAnswer, grant, parked, pay, refusal } from "./acts.ts";
import { certificate } from "./people.ts";
import { decide, type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";
import { runsOf } from "./trace.ts";

const TAX_CODE = inventTaxCode(4_242);
const marks = [TAX_CODE, "Xylomarcata", "Qwertivaldo", "segnodipersona", "AB987YZ"];

let rig: Rig;
let worker: RunningProcess;
beforeAll(async () => {
  rig = await startRig();
  worker = await rig.startWorker({ DARSENA_LOG_LEVEL: "trace" });
}, 120_000);
afterAll(() => rig?.stop());

const request = async (more: JsonObject = {}): Promise<JsonObject> => ({
  applicant: { taxCode: TAX_CODE, familyName: "Xylomarcata", givenName: "Qwertivaldo" },
  vehicle: { plate: "AB987YZ" },
  kind: "duplicate",
  medicalCertificate: await certificate(rig.register, "segnodipersona"),
  ...more,
});

const showsNoMark = (what: string, shown: unknown) => {
  const text = (typeof shown === "string" ? shown : JSON.stringify(shown)).toLowerCase();
  expect(marks.filter((mark) => text.includes(mark.toLowerCase())).map((mark) => `${what} shows ${mark}`)).toEqual([]);
};

/** Where Temporal keeps what cases are about; it is sealed by the payload codec, and nobody lists or logs it. */
const sealed = new Set(["input", "result", "acceptedRequest", "outcome", "lastCompletionResult"]);

/** All that Temporal shows of an event beside the sealed payloads: attributes, memo, summaries, failures, ids and queues. */
function visible(value: unknown, key = "", parent = ""): unknown {
  if (sealed.has(key) || (key === "details" && parent === "markerRecordedEventAttributes")) return undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map((one) => visible(one, "", key));
  if (typeof value !== "object" || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, visible(member, name, key)]));
}

async function temporalShowsNoMark(c: TestCase): Promise<void> {
  const { raw } = await c.handle.describe();
  showsNoMark("the description", visible(raw));
  for (const run of await runsOf(rig.client, c)) showsNoMark("the history", visible(run));
  const details = await c.handle.query("__temporal_workflow_metadata").catch(() => undefined);
  showsNoMark("the current details", visible(details));
}

describe("personal data", () => {
  test("of a case that is corrected, paid and granted is shown nowhere", async () => {
    const c = await rig.start("disabled-parking-pass", await request());
    await askAndAnswer(c, "correction", { text: "segnodipersona" });
    await decide(c, { ...grant, form: { validUntil: "2031-03-01", plate: "AB987YZ" } });
    await pay(rig, c);
    expect(await c.closed()).toMatchObject({ outcome: "granted" });
    expect(rig.simulators.protocol.ledger().some(({ sender }) => JSON.stringify(sender ?? "").includes("Xylomarcata"))).toBe(true);
    await temporalShowsNoMark(c);
    // What is looked at does hold the summaries and attributes, and the marks do stand in what is sealed.
    const [run] = await runsOf(rig.client, c);
    const shown = JSON.stringify(visible(run));
    for (const known of ["Register the request in the protocol", "mobilityPermits", "disabled-parking-pass"])
      expect(shown).toContain(known);
    const start = run?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data;
    for (const mark of marks.slice(0, 3)) expect(Buffer.from(start ?? []).toString()).toContain(mark);
    const { documents: _own, ...status } = await c.status();
    showsNoMark("the status", status);
  });

  test("of a case that parks, by a lost answer and by a refusal that quotes the request, is shown nowhere", async () => {
    rig.simulators.protocol.inject({ kind: "reject", operation: "Protocollazione" });
    rig.simulators.registry.inject({ kind: "reject" });
    const c = await rig.start("disabled-parking-pass", await request({ kind: "new" }));
    const refused = await parked(c, "protocol.register:REFUSED");
    await temporalShowsNoMark(c);
    await c.repair({ verb: "retry", problem: refused.id });
    const undeclared = await c.until("the registry's refusal parks", (now) => now.problem?.path === "resident");
    showsNoMark("the problem", undeclared);
    await c.repair({ verb: "retry", problem: undeclared.problem?.id ?? "" });
    await action(c, "decision");
    rig.simulators.protocol.inject({ kind: "answer-lost", operation: "Protocollazione" });
    await decide(c, grant);
    const lost = await parked(c, "protocol.registerOutgoing:OUTCOME_UNKNOWN");
    const wrong = await refusal(c.repair({ verb: "resolve", problem: lost.id, result: { number: "", year: 0, note: "Xylomarcata" } }));
    showsNoMark("the refusal of the repair", wrong);
    showsNoMark("the status", await c.status());
    await temporalShowsNoMark(c);
  });

  test("in a wrong request is not quoted by its error, nor is what stands in a wrong message", async () => {
    const applicant = { taxCode: `${TAX_CODE}X`, familyName: "Xylomarcata", nickname: "Qwertivaldo" };
    const c = await rig.start("disabled-parking-pass", await request({ applicant, kind: "segnodipersona" }));
    const failed = await c.handle.result().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WorkflowFailedError);
    const { cause } = failed as WorkflowFailedError;
    showsNoMark("the failure", [cause?.message, (cause as { details?: unknown }).details]);
    await temporalShowsNoMark(c);

    const open = await rig.start("disabled-parking-pass", await request());
    const { id } = await action(open, "decision");
    const form = { validUntil: "segnodipersona", plate: "Xylomarcata" };
    showsNoMark("the refusal", await refusal(open.send({ name: "decision", for: id, body: { outcome: "grant", form } })));
    const unknown = { outcome: "segnodipersona", Xylomarcata: true };
    showsNoMark("the refusal", (await refusal(open.send({ name: "decision", for: id, body: unknown }))).message);
    await temporalShowsNoMark(open);
  });

  test("stands in no line that the worker wrote, and in no workflow id, attribute or queue that Temporal lists", async () => {
    expect(worker.output().length).toBeGreaterThan(1_000);
    showsNoMark("the worker's output", worker.output());
    const listed: unknown[] = [];
    for await (const { raw } of rig.client.workflow.list()) listed.push(visible(raw));
    expect(JSON.stringify(listed)).toContain("mobilityPermits");
    showsNoMark("the list", listed);
  });
});
