import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import pino from "pino";
import type { Message } from "../../cases/message.ts";
import { openCases } from "../cases.ts";
import { DarsenaError } from "../errors.ts";
import { gateway } from "../gateway/server.ts";
import {
  aStatus,
  type MemoryEngine,
  type MemoryRegister,
  memoryCatalogue,
  memoryEngine,
  memoryRegister,
  memorySystems,
} from "../memory-ports.ts";
import { parkedStatus } from "./parked-status.ts";
import { type CommandDeps, program, runProgram } from "./program.ts";

let app: FastifyInstance;
let url: string;
let engine: MemoryEngine;
let register: MemoryRegister;
let cwd: string;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "darsena-cli-"));
  engine = memoryEngine();
  register = memoryRegister();
  const cases = openCases({ temporal: engine, register, catalogue: memoryCatalogue, municipality: "milano" });
  app = await gateway({ cases, systems: memorySystems(), log: pino({ level: "silent" }), loopbackOnly: true });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await app.close();
  rmSync(cwd, { recursive: true, force: true });
});

const sink = (isTTY: boolean) => {
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return Object.assign(stream, { isTTY, text: () => text });
};

/** Runs `darsena` with these arguments against the gateway of this test. */
async function darsena(
  argv: string[],
  { env = {}, stdin = "", tty = false }: { env?: NodeJS.ProcessEnv; stdin?: string; tty?: boolean } = {},
) {
  const [stdout, stderr] = [sink(tty), sink(tty)];
  const deps: CommandDeps = { stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, env: { DARSENA_URL: url, ...env }, cwd };
  const code = await runProgram(program(deps), argv, deps);
  return { code, out: stdout.text(), err: stderr.text() };
}

const told = () => engine.told.map(({ message }) => message as Message);

const ID = "disabled-parking-pass-20261122-0123456789";
const START = ["start", "disabled-parking-pass", "--field", "plate=AB123CD"];

describe("darsena start", () => {
  test("starts a case and says how to follow it; the same key starts it once", async () => {
    const { code, out } = await darsena([...START, "--key", "k1"]);
    expect(code).toBe(0);
    const [caseId] = [...engine.started.keys()];
    expect(out).toContain(`Started ${caseId}`);
    expect(engine.started.get(caseId ?? "")).toMatchObject({ request: { plate: "AB123CD" }, channel: "counter" });
    const again = await darsena([...START, "--key", "k1", "--json"]);
    expect(JSON.parse(again.out)).toEqual({ case: caseId, service: "disabled-parking-pass", number: 1, created: false });
  });

  test("reads the request from stdin, sets fields of any kind, uploads files and puts their references in", async () => {
    writeFileSync(join(cwd, "certificate.pdf"), "%PDF-1.7");
    const fields = ["--field", "applicant.givenName=Prova", "--field", "copies:=2", "--attach", "documents[0]=certificate.pdf"];
    const { code } = await darsena(["start", "disabled-parking-pass", "--request", "-", ...fields], { stdin: '{"plate":"AB123CD"}' });
    expect(code).toBe(0);
    const [start] = [...engine.started.values()];
    expect(start?.request).toMatchObject({
      plate: "AB123CD",
      applicant: { givenName: "Prova" },
      copies: 2,
      documents: [{ bytes: 8, mediaType: "application/pdf", name: "certificate.pdf" }],
    });
  });

  test("says which fields are not right with exit code 1, as text and as JSON on stderr", async () => {
    const text = await darsena(["start", "disabled-parking-pass"]);
    expect([text.code, text.out]).toEqual([1, ""]);
    expect(text.err).toContain("The request does not fit the service. (INVALID_REQUEST)\n  plate: is required");
    const json = await darsena(["start", "disabled-parking-pass", "--json"]);
    expect(JSON.parse(json.err)).toMatchObject({
      code: "INVALID_REQUEST",
      errors: [{ field: "plate", en: "is required", it: "è obbligatorio" }],
    });
    expect(json.out).toBe("");
  });

  test("exits with 3 and names the key to repeat with while Temporal is down", async () => {
    engine.down = true;
    const { code, err } = await darsena([...START, "--key", "k9"]);
    expect(code).toBe(3);
    expect(err).toContain("Repeat it with --key k9");
  });

  test("exits with 3 when the gateway is not there, and 2 on wrong usage", async () => {
    const away = await darsena(["services"], { env: { DARSENA_URL: "http://127.0.0.1:1" } });
    expect([away.code, away.err]).toEqual([3, expect.stringContaining("UNREACHABLE")]);
    for (const argv of [
      ["start"],
      ["start", "x", "--request", "missing.json"],
      ["start", "x", "--field", "novalue"],
      ["start", "x", "--field", "__proto__.a=1"],
      ["start", "x", "--attach", "a=missing.pdf"],
      ["no-such-command"],
      ["case", "list", "--state", "odd"],
      ["case", "decide", ID, "--as", "x"],
      ["case", "resolve", ID, "--verb", "mend", "--reason", "r", "--as", "x"],
    ]) {
      const { code, err, out } = await darsena(argv);
      expect({ argv, code, out }).toEqual({ argv, code: 2, out: "" });
      expect(err).not.toBe("");
      const json = await darsena([...argv, "--json"]);
      expect(JSON.parse(json.err)).toMatchObject({ code: "USAGE" });
    }
  });
});

describe("darsena case show", () => {
  const parked = parkedStatus(ID);

  test("prints the page with the commands that go on, without a terminal's control characters", async () => {
    register.publish(parked);
    const { code, out } = await darsena(["case", "show", ID], { env: { TZ: "UTC" } });
    expect(code).toBe(0);
    for (const text of [
      `Disabled parking pass  ${ID}`,
      "parked for operator",
      "2026/000001",
      "due 2026-12-22, running, 1 day elapsed",
      "!  registration  Register the request  failed  protocol.register  120 ms",
      `darsena case decide ${ID} grant --for decision.1 --field validUntil=VALIDUNTIL --field years:=YEARS --as NAME`,
      `darsena case decide ${ID} --ask correction --for decision.1 --note "WHAT IS MISSING" --as NAME`,
      `darsena case send ${ID} docs --for docs.1`,
      "Look for the number in the protocol.",
      `darsena case resolve ${ID} --verb resolve --result '{"number":"STRING"`,
      `darsena case resolve ${ID} --verb cancel --reason "WHY" --as NAME --problem registration.p1`,
      "Request received",
    ])
      expect(out).toContain(text);
    expect(out).not.toContain("\u001b");
  });

  test("colours on a terminal only, and not with NO_COLOR", async () => {
    register.publish(parked);
    expect((await darsena(["case", "show", ID], { tty: true })).out).toContain("\u001b[31mparked");
    expect((await darsena(["case", "show", ID], { tty: true, env: { NO_COLOR: "1" } })).out).not.toContain("\u001b");
  });

  test("shows the applicant nothing of systems and problems, and gives the whole status as JSON", async () => {
    register.publish(parked);
    const { out } = await darsena(["case", "show", ID, "--applicant"]);
    expect(out).not.toMatch(/protocol\.register|resolve|operator/);
    expect(JSON.parse((await darsena(["case", "show", ID, "--json"])).out)).toEqual(parked);
  });

  test("with --watch shows each change until the case is closed", async () => {
    register.publish(aStatus(ID));
    const watching = darsena(["case", "show", ID, "--watch"]);
    setTimeout(() => register.publish(aStatus(ID, { number: 2, state: "waiting" })), 100);
    setTimeout(() => register.publish(aStatus(ID, { number: 3, state: "closed", outcome: "granted" })), 200);
    const { code, out } = await watching;
    expect(code).toBe(0);
    expect(out.match(/state +(\w+)/g)?.map((line) => line.split(/ +/)[1])).toEqual(["running", "waiting", "closed"]);
  });

  test("of no case exits with 1", async () => {
    const { code, err } = await darsena(["case", "show", ID]);
    expect([code, err]).toEqual([1, expect.stringContaining("CASE_NOT_FOUND")]);
  });
});

describe("darsena case list, send, decide, withdraw and resolve", () => {
  let caseId: string;
  beforeEach(async () => {
    caseId = JSON.parse((await darsena([...START, "--json"])).out).case;
  });

  test("list prints a row per case, or one JSON page", async () => {
    register.publish(aStatus(caseId, { state: "parked", waitingFor: "operator" }));
    expect((await darsena(["case", "list"])).out).toMatch(new RegExp(`${caseId}  parked  for operator  2026/000001`));
    expect(JSON.parse((await darsena(["case", "list", "--state", "closed", "--json"])).out)).toEqual({ items: [] });
  });

  test("send says it as the applicant, or with a name as the office", async () => {
    writeFileSync(join(cwd, "body.json"), '{"a":1}');
    writeFileSync(join(cwd, "body.txt"), "testo");
    await darsena([
      "case",
      "send",
      caseId,
      "correction",
      "--for",
      "decision/correction.1",
      "--body",
      "@body.json",
      "--field",
      "plate=ZZ000ZZ",
    ]);
    await darsena(["case", "send", caseId, "note", "--as", "A. Bianchi", "--id", "m1"]);
    await darsena(["case", "send", caseId, "payment", "--from", "system", "--as", "bank"]);
    expect(told()[0]).toMatchObject({
      name: "correction",
      for: "decision/correction.1",
      body: { a: 1, plate: "ZZ000ZZ" },
      from: "applicant",
    });
    expect(told()[1]).toMatchObject({ id: "m1", from: "office:A. Bianchi (unverified)" });
    expect(told()[2]).toMatchObject({ from: "system:bank (unverified)" });
  });

  test("decide answers the open decision without naming it", async () => {
    const form = { type: "object" };
    const title = { en: "Decide", it: "Decidere" };
    register.publish(aStatus(caseId, { state: "waiting", actions: [{ id: "decision.2", name: "decision", who: "office", title, form }] }));
    const { out } = await darsena(["case", "decide", caseId, "grant", "--field", "plate=AB123CD", "--note", "ok", "--as", "A. Bianchi"]);
    expect(out).toContain(`darsena case show ${caseId} --after 2`);
    expect(told()[0]).toMatchObject({
      name: "decision",
      for: "decision.2",
      body: { outcome: "grant", form: { plate: "AB123CD" }, note: "ok" },
    });
    await darsena(["case", "decide", caseId, "--ask", "correction", "--as", "A. Bianchi"]);
    expect(told()[1]?.body).toEqual({ ask: "correction" });
  });

  test("withdraw and resolve tell the case, and a refusal is exit code 1 with what the case says", async () => {
    expect((await darsena(["case", "withdraw", caseId, "--reason", "moved away"])).code).toBe(0);
    expect(told()[0]).toMatchObject({ name: "withdraw", body: { reason: "moved away" } });
    const problem = {
      id: "p7",
      code: "x.y:Z",
      path: "x",
      title: "t",
      advice: "a",
      since: "2026-11-22T09:31:00Z",
      verbs: ["resolve" as const],
    };
    register.publish(aStatus(caseId, { state: "parked", problem }));
    const result = ["--result", '{"number":"1"}', "--reason", "found", "--as", "A. Bianchi"];
    expect((await darsena(["case", "resolve", caseId, "--verb", "resolve", ...result])).code).toBe(0);
    expect(engine.told[1]?.message).toMatchObject({
      problem: "p7",
      verb: "resolve",
      result: { number: "1" },
      by: "A. Bianchi (unverified)",
    });
    engine.answer = () => {
      throw new DarsenaError("ALREADY_ANSWERED", { details: { by: "office:B. Verdi (unverified)", at: "2026-11-22T09:31:00Z" } });
    };
    const refused = await darsena(["case", "withdraw", caseId]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("B. Verdi")]);
  });
});

describe("darsena", () => {
  test("lists services and shows what a request must hold", async () => {
    expect((await darsena(["services"])).out).toContain("disabled-parking-pass  Disabled parking pass  mobility  mobilityPermits  P30D");
    expect((await darsena(["services", "disabled-parking-pass"])).out).toMatch(/Request\n {2}plate {2}string/);
    expect((await darsena(["services", "none"])).code).toBe(1);
  });

  test("helps everywhere with an example, and says what the exit codes mean", async () => {
    const root = await darsena(["--help"]);
    expect([root.code, root.err]).toEqual([0, ""]);
    expect(root.out).toContain("3  not reachable");
    const commands = [["services"], ["systems"], ["systems", "open"], ["start"], ["case"], ["check"], ["schema"]];
    const ofCases = ["show", "list", "send", "decide", "withdraw", "resolve"].map((name) => ["case", name]);
    for (const path of [...commands, ...ofCases]) {
      const { code, out } = await darsena([...path, "--help"]);
      expect({ path, code }).toEqual({ path, code: 0 });
      expect(out).toContain("Examples:\n  darsena ");
      if (path.length > 1 || path[0] !== "case") expect(out).toContain("--json");
    }
  });

  test("systems exits with 3 when Temporal is not there", async () => {
    const { code, err } = await darsena(["systems", "--temporal", "127.0.0.1:1", "--json"]);
    expect([code, JSON.parse(err).code]).toEqual([3, "TEMPORAL_UNAVAILABLE"]);
  });
});
