import { beforeEach, describe, expect, test } from "@jest/globals";
import type { CaseStatus } from "../cases/status.ts";
import { openCases } from "./cases.ts";
import type { CasesClient } from "./cases-client.ts";
import { DarsenaError } from "./errors.ts";
import { aStatus, type MemoryEngine, type MemoryRegister, memoryCatalogue, memoryEngine, memoryRegister } from "./memory-ports.ts";
import { moveCases } from "./move-cases.ts";

const VERSION = "a".repeat(64);
const CASES = ["c-1", "c-2", "c-3", "c-4"];
const move = { version: VERSION, by: "A. Bianchi", reason: "the fee changed", rate: 1_000, confirmMs: 60 };

let engine: MemoryEngine;
let register: MemoryRegister;
let client: CasesClient;
/** What each case does when it is told to adopt; it moves unless told otherwise. */
let behaviour: Map<string, () => void>;

beforeEach(async () => {
  engine = memoryEngine();
  register = memoryRegister();
  behaviour = new Map();
  const catalogue = { ...memoryCatalogue, compiled: () => undefined };
  client = openCases({ temporal: engine, register, catalogue, municipality: "milano" });
  const definition = { service: { service: "disabled-parking-pass" }, overlay: {} } as never;
  await register.definitions.keep({ version: VERSION, service: "disabled-parking-pass", municipality: "milano", definition });
  for (const id of CASES) register.publish(aStatus(id, { number: 3, state: "waiting" }));
  engine.answer = (caseId) => {
    const act = behaviour.get(caseId);
    if (act) act();
    else publish(caseId, { version: VERSION });
    return { accepted: true, number: 4 };
  };
});

const publish = (id: string, parts: Partial<CaseStatus>) => register.publish(aStatus(id, { number: 4, state: "waiting", ...parts }));
const refuse = () => {
  throw new DarsenaError("NOT_EXPECTED", { details: { reasons: ['the step "fee" no longer exists'] } });
};
const away = () => {
  throw new DarsenaError("NO_ANSWER_YET");
};
const results = async () => (await moveCases(client, CASES, move)).map(({ result }) => result);
const told = () => engine.told.map(({ caseId }) => caseId);

describe("moving cases", () => {
  test("moves one first, sees it there, then the others, all under one id each", async () => {
    const seen: string[] = [];
    const moved = await moveCases(client, CASES, move, (done, all, last) => seen.push(`${done}/${all} ${last.case}`));
    expect(moved).toEqual(CASES.map((id) => ({ case: id, result: "moved" })));
    expect(seen[0]).toBe("1/4 c-1");
    expect(seen).toHaveLength(4);
    expect(new Set(engine.told.map(({ message }) => message.id)).size).toBe(1);
  });

  test("tries nothing more when the canary took the order and is not seen there", async () => {
    behaviour.set("c-1", () => {});
    const moved = await moveCases(client, CASES, move);
    expect(moved.map(({ result }) => result)).toEqual(["accepted", "not-tried", "not-tried", "not-tried"]);
    expect(moved[0]?.reasons).toEqual(["it was not seen on the new version in time"]);
    expect(told()).toEqual(["c-1"]);
  });

  test("tries nothing more when nobody answers for the canary", async () => {
    behaviour.set("c-1", away);
    expect(await results()).toEqual(["unknown", "not-tried", "not-tried", "not-tried"]);
  });

  test("takes the next case for a canary when one refuses, and tells the reasons", async () => {
    behaviour.set("c-1", refuse);
    behaviour.set("c-3", refuse);
    const moved = await moveCases(client, CASES, move);
    expect(moved[0]).toEqual({ case: "c-1", result: "refused", reasons: ['the step "fee" no longer exists'] });
    expect(moved.map(({ result }) => result)).toEqual(["refused", "moved", "refused", "moved"]);
  });

  test("knows a case that closed meanwhile from one that moved", async () => {
    behaviour.set("c-2", () => publish("c-2", { state: "closed", version: "b".repeat(64) }));
    behaviour.set("c-3", () => {
      throw new DarsenaError("CASE_CLOSED");
    });
    expect(await results()).toEqual(["moved", "closed", "closed", "moved"]);
  });

  test("stops where nobody answers any more", async () => {
    behaviour.set("c-2", away);
    const moved = await moveCases(client, CASES, { ...move, rate: 20 });
    expect(moved.map(({ result }) => result)).toEqual(["moved", "unknown", "not-tried", "not-tried"]);
  });
});
