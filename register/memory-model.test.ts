/** The model in memory gives the same answers as the register on PostgreSQL: random operations from a seed, on both. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CaseStatus } from "../cases/status.ts";
import { Random } from "../cases/simulation/random.ts";
import type { Cases, Opening } from "./cases.ts";
import type { EffectRow, Effects, Intent, Settlement } from "./effects.ts";
import { MemoryCases } from "./memory-cases.ts";
import { MemoryEffects } from "./memory-effects.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
beforeAll(async () => {
  db = await testRegister();
}, 60_000);
afterAll(() => db?.stop());

type Ledger = Pick<Effects, "rows" | "ofCase" | "intend" | "settle" | "record">;
type Table = Pick<Cases, "reserve" | "confirm" | "open" | "publish" | "status" | "known">;

/** The answer, or the code of the refusal. */
const answerOf = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    (answer) => answer ?? null,
    (error: { code?: string }) => `refused: ${error.code}`,
  );

const settlements: Settlement[] = [
  { state: "done", output: { number: "1", year: 2026 } },
  { state: "done", output: { year: 2026, number: "1" }, warnings: ["with anomalies"] },
  { state: "done", output: { number: "2", year: 2026 } },
  { state: "done", output: null },
  { state: "rejected", code: "CLOSED", message: "no\0" },
  { state: "not-sent", reason: "refused" },
  { state: "unknown", reason: "the answer was lost" },
];

/** One random act, the same on both. */
function actOnLedger(random: Random, run: string): (ledger: Ledger) => Promise<unknown> {
  const caseId = `${run}-${random.int(1, 2)}`;
  const key = `${caseId}/${random.pick(["a", "b"])}`;
  const inputHash = random.chance(0.85) ? "input-1" : "input-2";
  const send = random.int(1, 3);
  const intent: Intent = {
    key,
    send,
    caseId,
    operation: "protocol.register",
    adapter: random.pick(["x", "y"]),
    inputHash,
    deadlineMs: 30,
  };
  const attempt = random.pick(["one", "two", undefined]);
  const settled = random.pick(settlements);
  switch (random.int(0, 4)) {
    case 0:
    case 1:
      return (ledger) => ledger.intend({ ...intent, ...(attempt === undefined ? {} : { attempt }) });
    case 2:
    case 3:
      return (ledger) => ledger.settle(key, send, settled, attempt);
    default:
      return (ledger) => ledger.record({ ...intent, settled });
  }
}

/** Instants differ between the two, and a machine's clock may be set back: only whether there is one counts, and no order by them. */
const withoutInstants = (rows: EffectRow[]) =>
  rows
    .toSorted((a, b) => a.key.localeCompare(b.key) || a.send - b.send)
    .map((row) => ({ ...row, intendedAt: "then", ...(row.settledAt ? { settledAt: "then" } : {}) }));

describe("the effect ledger", () => {
  test("lets and refuses the same, and holds the same rows, in 100 random lives", async () => {
    for (let life = 0; life < 100; life++) {
      const random = new Random(`ledger-${life}`);
      let now = 0;
      const memory = new MemoryEffects(() => (now += 1));
      for (let step = 0; step < 12; step++) {
        const acting = actOnLedger(random, `run${life}`);
        const [real, model] = [await answerOf(acting(db.register.effects)), await answerOf(acting(memory))];
        expect({ life, step, answer: model }).toEqual({ life, step, answer: real });
      }
      for (const caseId of [`run${life}-1`, `run${life}-2`]) {
        const [real, model] = [await db.register.effects.ofCase(caseId), await memory.ofCase(caseId)];
        expect({ life, rows: withoutInstants(model) }).toEqual({ life, rows: withoutInstants(real) });
        for (const key of [`${caseId}/a`, `${caseId}/b`])
          expect(withoutInstants(await memory.rows(key))).toEqual(withoutInstants(await db.register.effects.rows(key)));
      }
    }
  }, 120_000);
});

const statusOf = (caseId: string, service: string, number: number): CaseStatus => ({
  case: caseId,
  service,
  title: { en: "Pass", it: "Contrassegno" },
  office: "mobilityPermits",
  channel: "api",
  receipt: { number: "2026/000001", at: "2026-11-22T09:30:00Z" },
  state: "running",
  number,
  updatedAt: "2026-11-22T09:30:00Z",
  steps: [],
  history: [],
  actions: [],
  documents: [],
  version: "0".repeat(64),
});

function actOnCases(random: Random, run: string): (table: Table) => Promise<unknown> {
  const caseId = `${run}-${random.int(1, 3)}`;
  const service = random.pick(["pass", "pass", "patronage"]);
  const municipality = random.pick([run, run, `${run}-b`]);
  const number = random.int(1, 6);
  const opening: Opening = {
    caseId,
    service,
    municipality,
    channel: "api",
    firstRunId: random.pick(["first", "first", "second"]),
    applicant: null,
    version: "0".repeat(64),
    presentedAt: random.pick(["2026-12-31T22:59:59.000Z", "2026-12-31T23:00:00.000Z"]),
  };
  const reservation = {
    caseId,
    service,
    municipality,
    channel: random.pick(["api", "counter"]),
    keyHash: `${run}-${random.pick(["k", "l"])}`,
    bodyHash: random.pick(["one", "other"]),
  };
  switch (random.int(0, 5)) {
    case 0:
      return (table) => table.reserve(reservation);
    case 1:
      return (table) => table.confirm(caseId);
    case 2:
      return (table) => table.open(opening);
    case 3:
      return (table) => table.publish(statusOf(caseId, service, number));
    case 4:
      return (table) => table.known(caseId);
    default:
      return (table) => table.status(caseId);
  }
}

/** PostgreSQL may draw a receipt that nobody gets; numbers are given once, in order, and that is all that they promise. */
const withoutNumber = (answer: unknown) => JSON.stringify(answer).replaceAll(/-\d{6}"/g, '-n"');

describe("the table of cases", () => {
  test("keeps, confirms, opens and publishes the same in 100 random lives", async () => {
    for (let life = 0; life < 100; life++) {
      const random = new Random(`cases-${life}`);
      const memory = new MemoryCases(() => 0);
      for (let step = 0; step < 15; step++) {
        const acting = actOnCases(random, `run${life}`);
        const [real, model] = [await answerOf(acting(db.register.cases)), await answerOf(acting(memory))];
        expect({ life, step, answer: withoutNumber(model) }).toEqual({ life, step, answer: withoutNumber(real) });
      }
    }
  }, 120_000);
});
