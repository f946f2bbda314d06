import { afterEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BoundSystem } from "../activities/system.ts";
import { docarea } from "../connectors/protocol/docarea/adapter.ts";
import { memorySender } from "../connectors/memory-sender.ts";
import { memoryPorts } from "../connectors/trial.ts";
import { municipalXml } from "../connectors/tax/municipal-xml/adapter.ts";
import { SettingsError } from "./configuration/problems.ts";
import { HELD, killPoints, killPointsOf } from "./kill-points.ts";

const lines: string[] = [];
const log = { error: (_details: object, message: string) => void lines.push(message) } as never;
const folder = mkdtempSync(join(tmpdir(), "darsena-kill-points-"));
afterEach(() => void (lines.length = 0));

const intent = { send: 1, caseId: "case-1", adapter: "docarea", inputHash: "", deadlineMs: 1 };

/** A system that kills itself as told, with what happened to its ledger and how often it would have died. */
function killed(at: string, variable = "DARSENA_TEST_KILL_AT") {
  const happened: string[] = [];
  let deaths = 0;
  const ledger: BoundSystem["ledger"] = {
    rows: async () => [],
    record: async () => "written",
    intend: async () => happened.push("intend") > 0,
    settle: async () => {
      happened.push("settle");
      return "written";
    },
  };
  const found = killPointsOf({ DARSENA_TEST: "1", [variable]: at }, log, () => void (deaths += 1));
  const system = (found?.system ?? ((sound) => sound))({ adapter: docarea, ledger, ports: memoryPorts() } as unknown as BoundSystem);
  const call = async (operation: string, key: string) => {
    happened.push("call");
    await system.ledger.intend({ ...intent, key, operation });
    happened.push("send");
    await system.ledger.settle(key, 1, { state: "done", output: {} });
    happened.push("report");
  };
  return { call, happened, deaths: () => deaths, active: found !== undefined };
}

const aMoment = () => new Promise((resolve) => void setImmediate(resolve));

describe("a worker that kills itself", () => {
  test.each([
    ["before-intent", ["call"]],
    ["after-intent", ["call", "intend"]],
    ["after-send", ["call", "intend", "send"]],
    ["before-report", ["call", "intend", "send", "settle"]],
  ])("%s has done so much and no more", async (point, expected) => {
    const worker = killed(`${point}:protocol.register`);
    await worker.call("protocol.registerOutgoing", "case-1/other");
    expect(worker.deaths()).toBe(0);
    worker.happened.length = 0;
    void worker.call("protocol.register", "case-1/step");
    await aMoment();
    expect([worker.happened, worker.deaths()]).toEqual([expected, 1]);
  });

  test("dies when each of its stops holds a call, and lets the others pass", async () => {
    const worker = killed("after-intent:protocol.register,after-send:protocol.register");
    void worker.call("protocol.register", "case-1/step");
    await aMoment();
    expect(worker.deaths()).toBe(0);
    await worker.call("protocol.registerOutgoing", "case-2/step");
    void worker.call("protocol.register", "case-3/step");
    await aMoment();
    expect(worker.deaths()).toBe(1);
  });

  test("and is to do so once leaves a file by which its successor knows", async () => {
    const first = killed(`after-send@${join(folder, "once")}`);
    void first.call("protocol.register", "case-1/step");
    await aMoment();
    const second = killed(`after-send@${join(folder, "once")}`);
    await second.call("protocol.register", "case-1/step");
    expect([first.deaths(), second.deaths(), second.active]).toEqual([1, 0, false]);
    expect(lines).toEqual([expect.stringContaining("KILLS ITSELF"), HELD]);
    rmSync(folder, { recursive: true });
  });

  test("or that stalls goes on when the process is continued", async () => {
    const worker = killed("after-send", "DARSENA_TEST_STALL_AT");
    const call = worker.call("protocol.register", "case-1/step");
    await aMoment();
    expect(worker.happened).toEqual(["call", "intend", "send"]);
    process.emit("SIGCONT");
    await call;
    expect([worker.happened.slice(3), worker.deaths()]).toEqual([["settle", "report"], 0]);
  });

  test("stops a read before its answer is reported", async () => {
    let deaths = 0;
    const found = killPointsOf({ DARSENA_TEST: "1", DARSENA_TEST_KILL_AT: "before-report:tax.openFines" }, log, () => void (deaths += 1));
    const adapter = { ...municipalXml, operations: { ...municipalXml.operations, openFines: async () => ({ items: [] }) } };
    const system = found?.system({ adapter, ledger: {}, ports: memoryPorts() } as unknown as BoundSystem);
    void system?.adapter.operations["openFines"]?.({} as never, {} as never);
    await aMoment();
    expect(deaths).toBe(1);
  });
});

test("a holder of an ordered section dies with an id that it has kept and not sent", async () => {
  let deaths = 0;
  const found = killPointsOf(
    { DARSENA_TEST: "1", DARSENA_TEST_KILL_AT: "after-draw:registry.changeAddress" },
    log,
    () => void (deaths += 1),
  );
  const orderedSender = memorySender();
  const system = found?.system({ adapter: docarea, ledger: {}, ports: { ...memoryPorts(), orderedSender } } as unknown as BoundSystem);
  const sent: bigint[] = [];
  const turn = { sender: "015146", leaseMs: 1, waitMs: 1, effect: "write" as const };
  const write = { key: "case-1/move", operation: "registry.changeAddress", adapter: "anpr", request: {}, settleMs: 1 };
  void system?.ports.orderedSender.inSection(turn, async (section) => void sent.push(await section.keep(write)));
  await aMoment();
  expect([orderedSender.writes().map(({ state }) => state), sent, deaths]).toEqual([["open"], [], 1]);
});

test("nothing is stopped unless it is asked for, and outside tests a worker that is asked refuses to start", () => {
  expect(killPointsOf({ NODE_ENV: "test" }, log)).toBeUndefined();
  for (const env of [{}, { NODE_ENV: "production" }])
    expect(() => killPointsOf({ ...env, DARSENA_TEST_KILL_AT: "after-send" }, log)).toThrow(SettingsError);
});

const told = (at: string) => killPointsOf({ NODE_ENV: "test", DARSENA_TEST_KILL_AT: at }, log, () => undefined);

test("a point that does not exist is named with those that do, and one that does is warned of", () => {
  expect(() => told("in-between")).toThrow(/before-intent, after-intent, after-send, before-report, after-draw/);
  for (const point of killPoints) expect(told(point)).toBeDefined();
  expect(lines).toEqual(Array.from({ length: killPoints.length }, () => expect.stringContaining("KILLS ITSELF")));
});
