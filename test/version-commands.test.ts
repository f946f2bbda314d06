/** Changing a service under open cases, by command: publish, impact, adopt, rollback, through the gateway's process, on real Temporal and PostgreSQL. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { type CommandDeps, program, runProgram } from "../client/cli/program.ts";
import { patronageRequest } from "./people.ts";
import { type Rig, startRig, type TestCase } from "./rig.ts";

const SERVICE = "patronage-request";
const SIGNED = ["--as", "A. Bianchi", "--reason", "the office needs longer"];

let rig: Rig;
let url: string;
let project: string;

beforeAll(async () => {
  rig = await startRig();
  const start = (): Promise<{ output(): string }> =>
    rig.startProcess("dist/client/gateway/main.js", { DARSENA_GATEWAY_PORT: "0", DARSENA_MUNICIPALITY: "milano" });
  const [, gateway] = await Promise.all([rig.startWorker(), start()]);
  url = /"url":"([^"]+)"/.exec(gateway.output())?.[1] ?? "";
  project = join(rig.folder, "project");
  mkdirSync(project);
  for (const folder of ["services", "municipalities"]) cpSync(folder, join(project, folder), { recursive: true });
}, 120_000);
afterAll(() => rig?.stop());

async function darsena(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const into = (name: "out" | "err") =>
    new Writable({
      write: (chunk, _encoding, done) => {
        written[name] += String(chunk);
        done();
      },
    });
  const deps: CommandDeps = { stdin: Readable.from([]), stdout: into("out"), stderr: into("err"), env: { DARSENA_URL: url }, cwd: project };
  const code = await runProgram(program(deps), argv, deps);
  return { code, ...written };
}

function edit(from: string, to: string): void {
  const file = join(project, "services/events/patronage-request.yaml");
  const text = readFileSync(file, "utf8");
  if (!text.includes(from)) throw new Error(`${from} is not there`);
  writeFileSync(file, text.replaceAll(from, to));
}

async function deciding(): Promise<TestCase> {
  const one = await rig.start(SERVICE, await patronageRequest(rig.register));
  await one.until("it waits for the office", ({ state }) => state === "waiting", 60_000);
  return one;
}

const json = async (...argv: string[]) => JSON.parse((await darsena(...argv, "--json")).out);

test("a service is changed under open cases, those that can adopt it are moved, and it is rolled back", async () => {
  const cases = [await deciding(), await deciding(), await deciding()];
  const before: string = (await json("versions", SERVICE)).current;

  edit("within: P20D", "within: P25D");
  const impact = await json("impact", SERVICE);
  expect(impact.summary).toEqual({ open: 3, there: 0, untouched: 0, touched: 3, refused: 0 });
  expect(impact.changes.map(({ text }: { text: string }) => text)).toEqual([
    'decision: term changed, decide.within: "P20D" → "P25D"',
    // Set for this rig's processes only (DARSENA_DURATIONS): it is part of what their cases pin.
    'the municipality: overlay removed, durations.disabled-parking-pass.paid: "PT1S"',
  ]);

  const published = await darsena("publish", SERVICE, ...SIGNED);
  expect([published.code, published.err]).toEqual([0, ""]);
  const after: string = (await json("versions", SERVICE)).current;
  expect(after).not.toBe(before);
  for (const one of cases) expect((await one.status()).version).toBe(before);

  await new Promise((resolve) => setTimeout(resolve, 2_100));
  const newcomer = await deciding();
  expect((await newcomer.status()).version).toBe(after);

  expect((await json("adopt", SERVICE, "--to", after, "--dry-run")).counts).toEqual({ could: 3 });
  const [first] = cases;
  const chosen = `case=${first?.id},${cases[1]?.id}`;
  const adopted = await darsena("adopt", SERVICE, "--to", after.slice(0, 10), "--query", chosen, ...SIGNED);
  expect([adopted.code, adopted.out]).toEqual([0, expect.stringContaining("2 moved")]);
  expect(await first?.status()).toMatchObject({ version: after, state: "waiting", step: "decision" });
  expect((await first?.status())?.history.at(-1)).toMatchObject({ event: "adopted", by: "A. Bianchi (unverified)" });

  edit("id: registration\n", "id: protocolled\n");
  expect((await json("impact", SERVICE)).summary).toMatchObject({ open: 4, refused: 4 });
  expect((await darsena("publish", SERVICE, ...SIGNED)).code).toBe(0);
  const third: string = (await json("versions", SERVICE)).current;
  const refused = await json("adopt", SERVICE, "--to", third, ...SIGNED);
  expect(refused.counts).toEqual({ refused: 4 });
  expect(refused.items[0].reasons).toEqual(['the step "registration" no longer exists']);
  expect((await first?.status())?.version).toBe(after);

  expect((await darsena("rollback", SERVICE, "--to", before.slice(0, 10), ...SIGNED)).code).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  expect((await (await deciding()).status()).version).toBe(before);

  const svg = await darsena("diagram", "--case", first?.id ?? "", "--svg");
  expect([svg.code, svg.out.match(/● \w+/g)]).toEqual([0, ["● done", "● waiting"]]);

  for (const one of [...cases, newcomer]) {
    await one.send({ name: "decision", for: "decision.1", body: { outcome: "accept", form: {} }, from: "office:test" });
    expect((await one.closed(60_000)).outcome).toBe("granted");
  }
}, 240_000);
