import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import pino from "pino";
import { Catalogue } from "../../catalogue/catalogue.ts";
import { readCatalogue } from "../../catalogue/check.ts";
import { CurrentCatalogue } from "../../catalogue/current-catalogue.ts";
import type { Overlay } from "../../catalogue/definition.ts";
import { openCases } from "../cases.ts";
import { DarsenaError } from "../errors.ts";
import { gateway } from "../gateway/server.ts";
import { aStatus, type MemoryEngine, type MemoryRegister, memoryEngine, memoryRegister, memorySystems } from "../memory-ports.ts";
import { type CommandDeps, program, runProgram } from "./program.ts";

const ROOT = join(import.meta.dirname, "../..");
const { services, overlays } = readCatalogue(ROOT);
const compiled = new Catalogue(services, overlays.find(({ municipality }) => municipality === "milano") as Overlay);
const ID = "disabled-parking-pass";
const OLD = compiled.pinned(ID)?.version ?? "";
const SIGNED = ["--as", "A. Bianchi", "--reason", "the term changed"];

let app: FastifyInstance;
let url: string;
let engine: MemoryEngine;
let register: MemoryRegister;
let cwd: string;

beforeEach(async () => {
  cwd = mkdtempSync(join(tmpdir(), "darsena-versions-"));
  for (const folder of ["services", "municipalities"]) cpSync(join(ROOT, folder), join(cwd, folder), { recursive: true });
  engine = memoryEngine();
  register = memoryRegister();
  const catalogue = new CurrentCatalogue(compiled, register.definitions);
  const cases = openCases({ temporal: engine, register, catalogue, municipality: "milano" });
  app = await gateway({ cases, systems: memorySystems(), log: pino({ level: "silent" }), loopbackOnly: true });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await app.close();
  rmSync(cwd, { recursive: true, force: true });
});

function sink() {
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return Object.assign(stream, { text: () => text });
}

async function darsena(...argv: string[]) {
  const [stdout, stderr] = [sink(), sink()];
  const deps: CommandDeps = { stdin: Readable.from([]), stdout, stderr, env: { DARSENA_URL: url }, cwd };
  const code = await runProgram(program(deps), argv, deps);
  return { code, out: stdout.text(), err: stderr.text() };
}

/** Edits the parking pass in this project's files. */
function edit(from: string, to: string): void {
  const file = join(cwd, "services/mobility/disabled-parking-pass.yaml");
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${from} is not there`);
  writeFileSync(file, text.replaceAll(from, to));
}

const published = async (): Promise<string> => JSON.parse((await darsena("versions", ID, "--json")).out).current as string;

describe("darsena publish, versions, rollback and alias", () => {
  test("publish what changed, say what changed, and go back", async () => {
    edit("within: P20D", "within: P25D");
    const { code, out } = await darsena("publish", ID, ...SIGNED);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`new cases take ${(await published()).slice(0, 12)}; before ${OLD.slice(0, 12)}`),
    ]);
    expect(out).toContain('decision: term changed, decide.within: "P20D" → "P25D"');
    const list = await darsena("versions", ID);
    expect(list.out).toMatch(/→ [0-9a-f]{12} {2}0 open cases {2}published .* {2}A\. Bianchi \(unverified\)/);
    expect(list.out).toContain(`the gateway's build holds ${OLD.slice(0, 12)}`);
    const back = await darsena("rollback", ID, "--to", OLD.slice(0, 8), ...SIGNED);
    expect(back.out).toContain(`new cases take ${OLD.slice(0, 12)}`);
    expect(await published()).toBe(OLD);
  });

  test("publish all services when none is named, and say which are current already", async () => {
    const { out } = await darsena("publish", ...SIGNED);
    expect(out.trim().split("\n")).toEqual(services.map(({ service }) => expect.stringContaining(`${service}: new cases take`)));
  });

  test("refuse a project with mistakes, with file and place, and publish nothing", async () => {
    edit("call: protocol.register\n", "call: protocol.regster\n");
    const { code, err } = await darsena("publish", ID, ...SIGNED);
    expect(code).toBe(1);
    expect(err).toMatch(/disabled-parking-pass\.yaml:\d+:\d+ {2}error unknown-operation/);
    expect(await published()).toBe(OLD);
  });

  test("give a version a name of one's own, and take it wherever a version is named", async () => {
    edit("within: P20D", "within: P25D");
    await darsena("publish", ID, ...SIGNED);
    const now = await published();
    const named = await darsena("alias", ID, "as-before", "--to", OLD.slice(0, 8), ...SIGNED);
    expect([named.code, named.out]).toEqual([0, `${ID}: as-before is ${OLD.slice(0, 12)}\n`]);
    expect((await darsena("alias", ID, "as-before", "--to", OLD, ...SIGNED)).out).toContain("already");
    expect((await darsena("versions", ID)).out).toMatch(new RegExp(`${OLD.slice(0, 12)}.*as-before`));
    expect(await published()).toBe(now);
    expect((await darsena("rollback", ID, "--to", "as-before", ...SIGNED)).code).toBe(0);
    expect(await published()).toBe(OLD);
    const moved = await darsena("alias", ID, "as-before", "--to", now, ...SIGNED);
    expect(moved.out).toContain(`as-before is ${now.slice(0, 12)}; before ${OLD.slice(0, 12)}`);
  });

  test.each(["current", "abcd", "A_b"])("refuse %s as the name of a version", async (alias) => {
    const { code, err } = await darsena("alias", ID, alias, "--to", OLD, ...SIGNED);
    expect([code, err]).toEqual([2, expect.stringContaining("alias")]);
  });

  test("tell a version that is none, or not the only one, from those that are", async () => {
    expect((await darsena("rollback", ID, "--to", "Z!", ...SIGNED)).code).toBe(2);
    const unknown = await darsena("rollback", ID, "--to", OLD.startsWith("0000") ? "1111" : "0000", ...SIGNED);
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("VERSION_NOT_FOUND")]);
    expect((await darsena("versions", "no-such-service")).err).toContain("UNKNOWN_SERVICE");
    expect((await darsena("publish", ID, "--municipality", "atlantis", ...SIGNED)).code).toBe(2);
  });
});

describe("darsena impact", () => {
  test("shows the difference, and for open cases who could adopt and who could not and why", async () => {
    const standing = { version: OLD, state: "waiting" as const, finished: ["registration", "resident", "fines"] };
    register.positions = [
      { ...standing, waitingFor: "office", step: "decision", begun: ["decision"], count: 7, example: "c-1" },
      { ...standing, finished: [...standing.finished, "decision", "fee"], step: "paid", begun: ["paid"], count: 2, example: "c-2" },
    ];
    edit("id: fee\n", "id: charge\n");
    edit("steps.fee", "steps.charge");
    const { code, out } = await darsena("impact", ID);
    expect(code).toBe(0);
    expect(out).toContain("+ charge: step added (call)");
    expect(out).toContain("- fee: step removed (call)");
    expect(out).toMatch(/ 9 {2}open cases/);
    expect(out).toMatch(/ 7 {2}could adopt it, and nothing/);
    expect(out).toMatch(/ 2 {2}[0-9a-f]{12} {2}paid {6}waiting {13}could not adopt: the step "fee" no longer exists/);
    const json = JSON.parse((await darsena("impact", ID, "--json")).out);
    expect(json.summary).toEqual({ open: 9, there: 0, untouched: 7, touched: 0, refused: 2 });
  });

  test("compares two versions that are kept", async () => {
    edit("within: P20D", "within: P25D");
    await darsena("publish", ID, ...SIGNED);
    const { out } = await darsena("impact", ID, "--from", OLD, "--to", await published());
    expect(out).toContain('decide.within: "P20D" → "P25D"');
    expect((await darsena("impact", ID)).out).toContain("no difference");
  });
});

const step = (id: string, state: "done" | "running") => ({ id, state, title: { en: id, it: id } });

const open = (id: string, at: string): void =>
  register.publish(
    aStatus(id, { version: OLD, state: "waiting", step: at, number: 2, steps: [step("registration", "done"), step(at, "running")] }),
  );

describe("darsena adopt", () => {
  const CASES = ["c-1", "c-2", "c-3"];
  let version: string;

  beforeEach(async () => {
    edit("id: fee\n", "id: charge\n");
    edit("steps.fee", "steps.charge");
    await darsena("publish", ID, ...SIGNED);
    version = await published();
    for (const id of CASES) open(id, id === "c-3" ? "fee" : "decision");
    engine.answer = (caseId) => {
      if (caseId === "c-3") throw new DarsenaError("NOT_EXPECTED", { details: { reasons: ['the step "fee" no longer exists'] } });
      register.publish(aStatus(caseId, { version, state: "waiting", number: 3 }));
      return { accepted: true, number: 3 };
    };
  });

  test("only says what would happen with --dry-run, by the rule that the workflow applies", async () => {
    const { code, out } = await darsena("adopt", ID, "--to", version.slice(0, 8), "--dry-run", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      counts: { could: 2, "could-not": 1 },
      items: expect.arrayContaining([{ case: "c-3", result: "could-not", reasons: ['the step "fee" no longer exists'] }]),
    });
    expect(engine.told).toEqual([]);
  });

  test("moves the cases that the query names, and tells what happened to each", async () => {
    const { code, out, err } = await darsena("adopt", ID, "--to", version, "--query", "step=decision", "--rate", "500", ...SIGNED);
    expect([code, out]).toEqual([0, expect.stringContaining("2 moved")]);
    expect(err).toContain("1 of 2: c-");
    expect(engine.told.map(({ caseId }) => caseId).toSorted()).toEqual(["c-1", "c-2"]);
    expect((await darsena("adopt", ID, "--to", version, "--query", "step=decision", ...SIGNED)).out).toContain(
      "no case of another version",
    );
  });

  test("ends with exit code 1 when a case refused, and with 2 on wrong usage", async () => {
    const { code, out } = await darsena("adopt", ID, "--to", version, "--rate", "500", ...SIGNED);
    expect(code).toBe(1);
    expect(out).toMatch(/c-3 {2}refused {2}the step "fee" no longer exists/);
    expect(out).toContain("2 moved");
    for (const argv of [["--query", "colour=red", ...SIGNED], ["--query", "state=closed", ...SIGNED], [], ["--rate", "0", ...SIGNED]])
      expect((await darsena("adopt", ID, "--to", version, ...argv)).code).toBe(2);
  });
});
