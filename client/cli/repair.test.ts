import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import { Readable, Writable } from "node:stream";
import pino from "pino";
import { openCases } from "../cases.ts";
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
import { type CommandDeps, program, runProgram } from "./program.ts";

let app: FastifyInstance;
let url: string;
let engine: MemoryEngine;
let register: MemoryRegister;

beforeEach(async () => {
  engine = memoryEngine();
  register = memoryRegister();
  const cases = openCases({ temporal: engine, register, catalogue: memoryCatalogue, municipality: "milano" });
  app = await gateway({ cases, systems: memorySystems(), log: pino({ level: "silent" }), loopbackOnly: true });
  url = await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => app.close());

const sink = (isTTY = false) => {
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
async function darsena(argv: string[], isTTY = false) {
  const [stdout, stderr] = [sink(), sink(isTTY)];
  const env = { DARSENA_URL: url, TZ: "UTC" };
  const deps: CommandDeps = { stdin: Readable.from([]), stdout, stderr, env, cwd: import.meta.dirname };
  const code = await runProgram(program(deps), argv, deps);
  return { code, out: stdout.text(), err: stderr.text() };
}

const ID = "disabled-parking-pass-20261122-0123456789";
const CAUSE = "protocol.register:REFUSED";
const parkedOn = (caseId: string, number = 2) =>
  aStatus(caseId, {
    state: "parked",
    number,
    problem: {
      id: `a.p${number}`,
      code: CAUSE,
      path: "a",
      title: "refused",
      advice: "",
      since: "2026-11-22T09:31:00Z",
      verbs: ["retry"],
      key: `${caseId}/a`,
    },
    steps: [{ id: "a", title: { en: "A", it: "A" }, state: "running" }],
  });

const silent = (id: string) => ({ case: id, service: "s", since: "2026-11-22T09:00:00Z", atRisk: true, due: "2026-11-23" });

describe("darsena problems and recover", () => {
  test("problems groups what is parked and what is stuck, and says how much it has looked at", async () => {
    expect((await darsena(["problems"])).out).toBe("no problems\n");
    register.publish(parkedOn(`${ID}1`));
    register.publish(parkedOn(`${ID}2`));
    register.kept.silent = [silent("stuck-1"), silent("stuck-2"), silent("stuck-3")];
    engine.troubles.set("stuck-1", { workflowTaskAttempt: 9, calls: [] });
    engine.troubles.set("stuck-2", { workflowTaskAttempt: 0, calls: [{ operation: "tax.openFines", attempt: 7, code: "CONNECT" }] });
    engine.troubles.set("stuck-3", { workflowTaskAttempt: 1, calls: [{ operation: "tax.openFines", attempt: 1, code: "CONNECT" }] });
    const { out } = await darsena(["problems"]);
    for (const text of [
      `2 parked  ${CAUSE}`,
      `darsena recover ${CAUSE} --dry-run`,
      "1 stuck  workflow-task:FAILING",
      "1 stuck  tax.openFines:CONNECT",
      "1 due within 5 days, first legal term ends 2026-11-23",
    ])
      expect(out).toContain(text);
    engine.down = true;
    expect((await darsena(["problems"])).out).toContain("running cases were not all looked at: TEMPORAL_UNAVAILABLE");
  });

  test("recover shows its plan, changes nothing with --dry-run, and wants a name and a reason otherwise", async () => {
    register.publish(parkedOn(ID));
    const { code, out } = await darsena(["recover", CAUSE, "--dry-run"]);
    expect([code, out]).toEqual([0, expect.stringContaining(`1 parked for ${CAUSE}; possible: retry (1)\n1 would be tried by retry`)]);
    expect((await darsena(["recover", CAUSE])).code).toBe(2);
    expect((await darsena(["recover", "no:SUCH", "--as", "x", "--reason", "r"])).out).toContain("no case is parked for no:SUCH");
    expect((await darsena(["recover", CAUSE, "--verb", "skip", "--as", "x", "--reason", "r"])).code).toBe(1);
    expect(engine.told).toEqual([]);
  });

  test("recover says what truly happened to each, with exit code 1 when one did not go on", async () => {
    const ids = [`${ID}1`, `${ID}2`];
    for (const id of ids) register.publish(parkedOn(id));
    engine.answer = (caseId) => {
      const step = { id: "a", title: { en: "A", it: "A" }, state: "done" as const };
      register.publish(caseId === ids[0] ? aStatus(caseId, { state: "waiting", number: 4, steps: [step] }) : parkedOn(caseId, 4));
      return { accepted: true, number: 3 };
    };
    const { code, out, err } = await darsena(["recover", CAUSE, "--as", "A. Bianchi", "--reason", "mended", "--rate", "100"]);
    expect(code).toBe(1);
    expect(out).toContain("2 of 2 tried: 1 went on, 1 same cause, 0 other cause, 0 undecided, 0 refused");
    expect(out).toContain(`  ${ids[1]}  same-cause  ${CAUSE}  refused`);
    expect(err).toContain("2/2  1 went on");
    expect(engine.told[0]?.message).toMatchObject({ verb: "retry", by: "A. Bianchi (unverified)", reason: "mended" });
  });

  test("recover draws its progress on a terminal", async () => {
    for (const id of [`${ID}1`, `${ID}2`]) register.publish(parkedOn(id));
    engine.answer = (caseId) => {
      register.publish(aStatus(caseId, { state: "closed", number: 4 }));
      return { accepted: true, number: 3 };
    };
    const { code, err } = await darsena(["recover", CAUSE, "--as", "A. Bianchi", "--reason", "mended", "--rate", "100"], true);
    expect(code).toBe(0);
    expect(err).toContain("[############------------] 1/2  1 went on");
    expect(err).toContain("[########################] 2/2  2 went on");
  });

  test("case show ends with what is known of the effect, and with the evidence", async () => {
    register.rows.set(ID, { caseId: ID, confirmed: true } as never);
    register.publish(parkedOn(ID));
    const at = new Date("2026-11-22T09:31:00Z");
    const common = { key: `${ID}/a`, send: 1, caseId: ID, operation: "protocol.register", adapter: "docarea" };
    register.kept.effects = [
      { ...common, inputHash: "", deadlineMs: 1, state: "unknown", intendedAt: at, attempts: 1, reason: "DEADLINE: x", output: "secret" },
    ];
    register.kept.evidence = [
      {
        ...common,
        attempt: "1",
        at,
        kind: "unknown",
        code: "HTML",
        message: "a page",
        status: 200,
        contentType: "text/html",
        bytes: 90,
        system: "protocol",
        durationMs: 12,
      },
    ];
    const { out } = await darsena(["case", "show", ID]);
    expect(out).toContain("send 1  sent, without a clear answer  begun 2026-11-22 09:31:00");
    expect(out).toContain("unknown  HTML: a page  status 200, text/html, 90 bytes  protocol by docarea, after 12 ms");
    const { known } = JSON.parse((await darsena(["case", "show", ID, "--json"])).out);
    expect(known).toMatchObject({ effects: [{ state: "unknown" }], evidence: [{ status: 200 }] });
    expect(JSON.stringify(known)).not.toContain("secret");
  });

  test("case reassign moves the open decision", async () => {
    const caseId = JSON.parse((await darsena(["start", "disabled-parking-pass", "--field", "plate=AB123CD", "--json"])).out).case;
    const { code } = await darsena([
      "case",
      "reassign",
      caseId,
      "--to",
      "culture",
      "--as",
      "A. Bianchi",
      "--reason",
      "merged",
      "--for",
      "decision.1",
    ]);
    expect(code).toBe(0);
    expect(engine.told[0]?.message).toMatchObject({ verb: "reassign", office: "culture", question: "decision.1", reason: "merged" });
  });
});
