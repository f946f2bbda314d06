import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import pino from "pino";
import { Catalogue } from "../../catalogue/catalogue.ts";
import { readCatalogue } from "../../catalogue/check.ts";
import { CurrentCatalogue } from "../../catalogue/current-catalogue.ts";
import type { Overlay } from "../../catalogue/definition.ts";
import { openCases } from "../cases.ts";
import { gateway } from "../gateway/server.ts";
import { aStatus, type MemoryRegister, memoryEngine, memoryRegister, memorySystems } from "../memory-ports.ts";
import { type CommandDeps, program, runProgram } from "./program.ts";

const ROOT = join(import.meta.dirname, "../..");
const { services, overlays } = readCatalogue(ROOT);
const compiled = new Catalogue(services, overlays.find(({ municipality }) => municipality === "milano") as Overlay);
const ID = "disabled-parking-pass";
const CASE = `${ID}-20261122-0123456789`;

let app: FastifyInstance;
let url: string;
let register: MemoryRegister;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "darsena-diagram-"));
  register = memoryRegister();
  const catalogue = new CurrentCatalogue(compiled, register.definitions);
  const cases = openCases({ temporal: memoryEngine(), register, catalogue, municipality: "milano" });
  app = await gateway({ cases, systems: memorySystems(), log: pino({ level: "silent" }), loopbackOnly: true });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

function sink() {
  let text = "";
  const write = (chunk: unknown, _encoding: string, done: () => void) => {
    text += String(chunk);
    done();
  };
  return Object.assign(new Writable({ write }), { text: () => text });
}

async function darsena(...argv: string[]) {
  const [stdout, stderr] = [sink(), sink()];
  const deps: CommandDeps = { stdin: Readable.from([]), stdout, stderr, env: { DARSENA_URL: url }, cwd: ROOT };
  const code = await runProgram(program(deps), argv, deps);
  return { code, out: stdout.text(), err: stderr.text() };
}

describe("darsena diagram", () => {
  test("draws a service of the project without any gateway, in both languages", async () => {
    await app.close();
    const { code, out } = await darsena("diagram", ID);
    expect([code, out]).toEqual([0, readFileSync(join(ROOT, `catalogue/diagram/golden/${ID}.mmd`), "utf8")]);
    expect((await darsena("diagram", ID, "--language", "it")).out).toContain("Contrassegno unificato disabili");
    expect((await darsena("diagram", ID, "--svg")).out).toMatch(/^<svg /);
  });

  test("draws a case's progress into the definition that it has pinned", async () => {
    const version = compiled.pinned(ID)?.version ?? "";
    const title = { en: "x", it: "x" };
    const steps = [
      { id: "registration", title, state: "done" as const },
      { id: "decision", title, state: "running" as const },
    ];
    register.publish(aStatus(CASE, { version, state: "waiting", step: "decision", steps }));
    const file = join(folder, "case.svg");
    const { code, out } = await darsena("diagram", "--case", CASE, "--svg", "--output", file);
    expect([code, out]).toEqual([0, `${file} written\n`]);
    const text = readFileSync(file, "utf8");
    expect(text).toContain(`Disabled parking pass · Case ${CASE}`);
    expect(text).toContain("● waiting");
    expect((await darsena("diagram", "--case", CASE)).out).toMatch(/class s_decision waiting/);
    expect((await darsena("diagram", "patronage-request", "--case", CASE)).code).toBe(2);
  });

  test("says when there is no such service, and when none is named", async () => {
    expect((await darsena("diagram", "no-such-service")).err).toContain("UNKNOWN_SERVICE");
    expect((await darsena("diagram")).code).toBe(2);
    expect((await darsena("diagram", ID, "--language", "fr")).code).toBe(2);
  });
});
