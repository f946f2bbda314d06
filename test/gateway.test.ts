/** The ways in, end to end: typed client and command line over the gateway's process, on real Temporal, PostgreSQL and a worker. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { randomUUID } from "node:crypto";
import { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { type CommandDeps, program, runProgram } from "../client/cli/program.ts";
import type { CasesClient, StartRequest } from "../client/cases-client.ts";
import { connectLazily } from "../client/connection.ts";
import type { DarsenaError } from "../client/errors.ts";
import { httpClient } from "../client/http-client.ts";
import { systemsOf } from "../client/systems.ts";
import { systemQueue } from "../connectors/contracts.ts";
import { expectEachEffectOnce, grant } from "./acts.ts";
import { passRequest } from "./people.ts";
import { type Rig, type RunningProcess, startRig } from "./rig.ts";

const SERVICE = "disabled-parking-pass";
let rig: Rig;
let client: CasesClient;
let url: string;
let worker: RunningProcess;

const urlOf = (running: RunningProcess): string => /"url":"([^"]+)"/.exec(running.output())?.[1] ?? "";
const startGateway = (env: Record<string, string> = {}) =>
  rig.startProcess("dist/client/gateway/main.js", { DARSENA_GATEWAY_PORT: "0", DARSENA_MUNICIPALITY: "milano", ...env });

beforeAll(async () => {
  rig = await startRig();
  const [first, running] = await Promise.all([rig.startWorker(), startGateway()]);
  worker = first;
  url = urlOf(running);
  client = httpClient(url);
}, 120_000);
afterEach(() => expectEachEffectOnce(rig));
afterAll(() => rig?.stop());

/** A request with a key of its own, to be sent as often as one likes. */
const aStart = async (): Promise<StartRequest & { idempotencyKey: string }> => ({
  service: SERVICE,
  request: await passRequest(rig.register),
  channel: "portal",
  idempotencyKey: randomUUID(),
});
const failure = (call: Promise<unknown>): Promise<Partial<DarsenaError>> =>
  call.then(
    () => ({}),
    (error: DarsenaError) => error,
  );
const code = async (call: Promise<unknown>) => (await failure(call)).code ?? "none";
const casesOf = (key: StartRequest) =>
  rig.sql<{ case_id: string; confirmed: boolean }>("select case_id, confirmed from cases where channel = $1", [key.channel]);
/** Workflows that Temporal knows with this id, open or closed. */
async function runsOf(caseId: string): Promise<number> {
  let runs = 0;
  for await (const _ of rig.client.workflow.list({ query: `WorkflowId = "${caseId}"` })) runs++;
  return runs;
}
/** Tries until the call succeeds; what it does is safe to repeat. */
async function eventually<T>(call: () => Promise<T>, timeoutMs = 30_000): Promise<T> {
  for (const giveUpAt = Date.now() + timeoutMs; ; await sleep(100)) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
    }
  }
}

const parsed = (text: string): unknown => (text === "" ? undefined : JSON.parse(text));

/** Runs the `darsena` command with `--json`. */
async function darsena(...argv: string[]): Promise<{ code: number; out: unknown; err: unknown }> {
  const written = { out: "", err: "" };
  const into = (name: "out" | "err") =>
    new Writable({
      write: (chunk, _encoding, done) => {
        written[name] += String(chunk);
        done();
      },
    });
  const env = { ...rig.env, DARSENA_URL: url };
  const deps: CommandDeps = { stdin: Readable.from([]), stdout: into("out"), stderr: into("err"), env, cwd: process.cwd() };
  const exit = await runProgram(program(deps), [...argv, "--json"], deps);
  return { code: exit, out: parsed(written.out), err: parsed(written.err) };
}

describe("a case through the gateway", () => {
  test("is started, read, decided and closed, and each answer's number can be waited for", async () => {
    const start = await aStart();
    const started = await client.startCase(start);
    expect(started).toMatchObject({ service: SERVICE, number: 1, created: true });
    const received = await client.status(started.case, { after: started.number });
    expect(received).toMatchObject({ case: started.case, channel: "portal", receipt: { number: expect.stringMatching(/^MILANO-/) } });
    const waiting = await client.waitFor(started.case, { action: "decision" });
    const [decision] = waiting.actions;
    const answer = await client.send(started.case, {
      id: "d-1",
      for: decision?.id,
      name: "decision",
      body: grant,
      from: "office:A. Bianchi",
    });
    const after = await client.status(started.case, { after: answer.number, view: "operator" });
    expect(after.number).toBeGreaterThanOrEqual(answer.number);
    expect(after.actions).toEqual([]);
    expect(await client.send(started.case, { id: "d-1", for: decision?.id, name: "decision", body: grant })).toEqual(answer);
    const closed = await client.waitFor(started.case, { outcome: "granted" });
    expect(closed).toMatchObject({ state: "closed", protocolNumber: expect.stringMatching(/\/\d{4}$/) });
    expect(closed.history).toContainEqual(
      expect.objectContaining({ path: "decision", event: "done", by: "office:A. Bianchi (unverified)" }),
    );
    const applicant = await client.status(started.case);
    expect(applicant).not.toHaveProperty("version");
    expect(JSON.stringify(applicant)).not.toMatch(/docarea|anpr|protocol\.register/);
    expect(await client.startCase(start)).toEqual({ ...started, created: false });
    const { items } = await client.list({ service: SERVICE, state: "closed" });
    expect(items.map((one) => one.case)).toContain(started.case);
    expect(await failure(client.withdraw(started.case))).toMatchObject({ code: "CASE_CLOSED", status: 409 });
  });

  test("is refused what it does not wait for, with the reason, and unknown cases are 404", async () => {
    const { case: caseId } = await client.startCase(await aStart());
    const { actions } = await client.waitFor(caseId, { action: "decision" });
    const answers = actions[0]?.id ?? "";
    const unasked = await failure(client.send(caseId, { name: "correction", body: {} }));
    expect(unasked).toMatchObject({ code: "NOT_EXPECTED", status: 409, details: { waitsFor: [`decision (${answers})`] } });
    const odd = await failure(client.send(caseId, { name: "decision", for: answers, body: { outcome: "maybe" }, from: "office:x" }));
    expect(odd).toMatchObject({ code: "INVALID_BODY", status: 422, errors: [{ field: "outcome" }] });
    await client.send(caseId, { name: "decision", for: answers, body: grant, from: "office:A. Bianchi" });
    const late = await failure(client.send(caseId, { name: "decision", for: answers, body: grant, from: "office:B. Verdi" }));
    expect(["ALREADY_ANSWERED", "CASE_CLOSED"]).toContain(late.code);
    if (late.code === "ALREADY_ANSWERED")
      expect(late.details).toMatchObject({ by: "office:A. Bianchi (unverified)", at: expect.any(String) });
    await client.waitFor(caseId, { state: "closed" });
    const nobody = `${SERVICE}-20261122-0000000000`;
    expect(await Promise.all([code(client.status(nobody)), code(client.withdraw(nobody))])).toEqual(["CASE_NOT_FOUND", "CASE_NOT_FOUND"]);
  });

  test("is withdrawn by the command line, and shown by it", async () => {
    const { case: caseId } = await client.startCase(await aStart());
    await client.waitFor(caseId, { action: "decision" });
    expect(await darsena("case", "withdraw", caseId, "--reason", "trasferimento")).toMatchObject({ code: 0, out: { accepted: true } });
    await client.waitFor(caseId, { outcome: "withdrawn" });
    expect(await darsena("case", "show", caseId)).toMatchObject({ code: 0, out: { state: "closed", outcome: "withdrawn" } });
    expect(await darsena("case", "withdraw", caseId)).toMatchObject({ code: 1, err: { code: "CASE_CLOSED" } });
  });

  test("whose registration lost its answer parks, and goes on with the number that the operator gives", async () => {
    rig.simulators.protocol.inject({ kind: "answer-lost", operation: "Protocollazione" });
    const { case: caseId } = await client.startCase(await aStart());
    const { problem } = await client.waitFor(caseId, { state: "parked" });
    expect(problem?.verbs).toContain("resolve");
    const found = rig.simulators.protocol.ledger().find((entry) => entry.key.startsWith(`${caseId}/`));
    const [number, year] = (found?.reference ?? "").split("/");
    const result = JSON.stringify({ number: `${number}/${year}`, year: Number(year) });
    const given = ["--verb", "resolve", "--result", result, "--reason", "trovato nel protocollo", "--as", "A. Bianchi"];
    expect(await darsena("case", "resolve", caseId, "--problem", "none", ...given)).toMatchObject({
      code: 1,
      err: { code: "NO_SUCH_PROBLEM" },
    });
    expect(await darsena("case", "resolve", caseId, ...given)).toMatchObject({ code: 0, out: { accepted: true } });
    const { history } = await client.waitFor(caseId, { action: "decision" });
    expect(history).toContainEqual(expect.objectContaining({ event: "repaired", by: "A. Bianchi (unverified)" }));
    expect(await darsena("case", "decide", caseId, "grant", "--field", "validUntil=2031-03-01", "--as", "A. Bianchi")).toMatchObject({
      code: 0,
    });
    await client.waitFor(caseId, { outcome: "granted" });
  });
});

describe("a start", () => {
  test("with a key that another body has used is refused, and starts nothing", async () => {
    const start = { ...(await aStart()), channel: "reused" };
    await client.startCase(start);
    const other = await failure(client.startCase({ ...start, request: { ...start.request, kind: "renewal" } }));
    expect(other).toMatchObject({ code: "IDEMPOTENCY_KEY_REUSED", status: 422 });
    expect(await casesOf(start)).toHaveLength(1);
  });

  test("sent twenty times at once is one case", async () => {
    const start = { ...(await aStart()), channel: "twenty" };
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.startCase(start)));
    expect(new Set(answers.map((one) => one.case)).size).toBe(1);
    expect(await casesOf(start)).toEqual([{ case_id: answers[0]?.case, confirmed: true }]);
    expect(await runsOf(answers[0]?.case ?? "")).toBe(1);
  });

  test("whose gateway is killed after the row is no case yet; the same key then starts that very case", async () => {
    const start = { ...(await aStart()), channel: "after-row" };
    const doomed = await startGateway({ DARSENA_TEST_KILL: "after-row" });
    expect(await code(httpClient(urlOf(doomed)).startCase(start))).toBe("UNREACHABLE");
    const [row] = await casesOf(start);
    expect(row).toMatchObject({ confirmed: false });
    expect(await runsOf(row?.case_id ?? "")).toBe(0);
    const listed = await client.list({ limit: 200 });
    expect(listed.items.map((one) => one.case)).not.toContain(row?.case_id);
    expect(await client.startCase(start)).toMatchObject({ case: row?.case_id, created: true });
    expect(await casesOf(start)).toEqual([{ case_id: row?.case_id, confirmed: true }]);
    expect(await client.status(row?.case_id ?? "", { after: 1 })).toMatchObject({ case: row?.case_id });
  });

  test("whose gateway is killed after the workflow was started is one case, with or without another try", async () => {
    const start = { ...(await aStart()), channel: "after-start" };
    const doomed = await startGateway({ DARSENA_TEST_KILL: "after-start" });
    expect(await code(httpClient(urlOf(doomed)).startCase(start))).toBe("UNREACHABLE");
    const [row] = await casesOf(start);
    // The case's own first activity confirms the row.
    await client.waitFor(row?.case_id ?? "", { action: "decision" });
    const listed = await client.list({ limit: 200 });
    expect(listed.items.map((one) => one.case)).toContain(row?.case_id);
    expect(await client.startCase(start)).toEqual({ case: row?.case_id, service: SERVICE, number: 1, created: false });
    expect(await casesOf(start)).toEqual([{ case_id: row?.case_id, confirmed: true }]);
    expect(await runsOf(row?.case_id ?? "")).toBe(1);
  });

  test("whose row was never confirmed is forgotten after 24 hours, and the key starts afresh", async () => {
    const start = { ...(await aStart()), channel: "forgotten" };
    const doomed = await startGateway({ DARSENA_TEST_KILL: "after-row" });
    await code(httpClient(urlOf(doomed)).startCase(start));
    const [row] = await casesOf(start);
    await rig.sql("update cases set created_at = now() - interval '25 hours' where case_id = $1", [row?.case_id]);
    expect(await rig.register.cases.dropUnconfirmed(24)).toBe(1);
    const again = await client.startCase(start);
    expect(again.case).not.toBe(row?.case_id);
  });
});

describe("the systems", () => {
  test("show a closed gate with its reason, and open again by name", async () => {
    const connection = connectLazily({ address: rig.env["TEMPORAL_ADDRESS"] });
    const systems = systemsOf(connection, "default", { protocol: "docarea" });
    const rateLimit = { requestsPerSecond: 0 };
    const closed = { namespace: "default", identity: "test", taskQueue: systemQueue("protocol"), taskQueueType: 2 };
    await connection.workflowService.updateTaskQueueConfig({
      ...closed,
      updateQueueRateLimit: { rateLimit, reason: "misconfigured: wrong password" },
    });
    // A worker knows within two seconds that the queue is limited; until then a call may still be made.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const { case: caseId } = await client.startCase(await aStart());
    const shown = await eventually(async () => {
      const found = (await systems.list()).find(({ system }) => system === "protocol");
      if (found?.waiting !== 1) throw new Error("the call does not wait yet");
      return found;
    });
    expect(shown).toMatchObject({
      adapter: "docarea",
      gate: "closed",
      rate: 0,
      reason: "misconfigured: wrong password",
      by: "test",
      served: true,
    });
    expect(Date.now() - Date.parse(shown.since ?? "")).toBeLessThan(60_000);
    expect(await code(systems.open("parking"))).toBe("SYSTEM_NOT_FOUND");
    const opened = await darsena("systems", "open", "protocol", "--as", "A. Bianchi");
    expect(opened).toMatchObject({ code: 0, out: { system: "protocol", gate: "open", before: { gate: "closed", waiting: 1 } } });
    expect(await darsena("systems")).toMatchObject({
      code: 0,
      out: { items: expect.arrayContaining([expect.objectContaining({ system: "protocol", gate: "open" })]) },
    });
    await client.waitFor(caseId, { action: "decision" });
    await connection.close();
  });
});

describe("while no worker is there", () => {
  test("a start is accepted and received, a message is not lost, and both go on when one comes", async () => {
    await worker.kill();
    const { case: caseId } = await client.startCase(await aStart());
    expect(await client.status(caseId)).toMatchObject({ case: caseId, state: "received", number: 0, receipt: { number: "" } });
    const withdrawal = { id: "w-1", reason: "trasferimento" };
    expect(await failure(client.withdraw(caseId, withdrawal))).toMatchObject({ code: "NO_ANSWER_YET", status: 503 });
    worker = await rig.startWorker();
    expect(await client.withdraw(caseId, withdrawal)).toMatchObject({ accepted: true });
    await client.waitFor(caseId, { outcome: "withdrawn" });
  });
});

describe("a case that restarts from its state after every step", () => {
  test("takes each message once, though the run that held it is closing", async () => {
    await worker.kill();
    worker = await rig.startWorker({ DARSENA_TEST_RESTART: "every-step" });
    const { case: caseId } = await client.startCase(await aStart());
    for (let round = 1; round <= 4; round++) {
      const { actions } = await client.waitFor(caseId, (now) => now.actions.some(({ id }) => id === `decision.${round}`));
      const message = { id: `ask-${round}`, for: actions[0]?.id, name: "decision", body: { ask: "correction" }, from: "office:A. Bianchi" };
      const [once, again] = await Promise.all([client.send(caseId, message), client.send(caseId, message)]);
      expect(again).toEqual(once);
      const asked = `decision/correction.${round}`;
      await client.waitFor(caseId, (now) => now.actions.some(({ id }) => id === asked));
      expect(await client.send(caseId, message)).toEqual(once);
      await client.send(caseId, { id: `answer-${round}`, for: asked, name: "correction", body: { text: `Risposta ${round}` } });
    }
    const { history } = await client.waitFor(caseId, { action: "decision" });
    expect(history.filter(({ event }) => event === "answered")).toHaveLength(4);
    await client.withdraw(caseId);
    await client.waitFor(caseId, { outcome: "withdrawn" });
    await worker.kill();
    worker = await rig.startWorker();
  });
});

describe("while Temporal is killed", () => {
  test("a start is 503 and nothing is listed; once it is back the same key is one case", async () => {
    const start = { ...(await aStart()), channel: "temporal-down" };
    await rig.temporal.kill();
    const refused = await failure(client.startCase(start));
    expect(refused).toMatchObject({ code: "TEMPORAL_UNAVAILABLE", status: 503, retryAfter: 5 });
    expect(await client.health()).toEqual({ ok: false, temporal: false, register: true });
    const [row] = await casesOf(start);
    const listed = await client.list({ limit: 200 });
    expect(listed.items.map((one) => one.case)).not.toContain(row?.case_id);
    await rig.restartTemporal();
    const started = await eventually(() => client.startCase(start));
    expect(started).toMatchObject({ case: row?.case_id, created: true });
    expect(await runsOf(started.case)).toBe(1);
    await client.waitFor(started.case, { action: "decision" });
  });
});
