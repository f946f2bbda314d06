import { describe, expect, test } from "@jest/globals";
import type { Repair } from "../cases/message.ts";
import type { CaseStatus, ParkedProblem } from "../cases/status.ts";
import type { CasesClient, NewRepair } from "./cases-client.ts";
import { DarsenaError } from "./errors.ts";
import { aStatus } from "./memory-ports.ts";
import { recover, type RecoveryOptions } from "./recover.ts";
import { planRecovery } from "./recovery-plan.ts";
import { waitUntil } from "./waiting.ts";

const CAUSE = "protocol.register:REFUSED";
type Fate = "goes-on" | "same" | "other" | "slow" | "refused" | "gone-away";

/** A client whose cases meet their fate when they are repaired: typed by the port, with no rule of its own. */
class FakeCases implements Pick<CasesClient, "parked" | "repair" | "waitFor"> {
  readonly told: (NewRepair & { case: string })[] = [];
  readonly #fates: Fate[];
  readonly #statuses = new Map<string, CaseStatus>();
  readonly #problem: Partial<ParkedProblem>;

  constructor(fates: Fate[], problem: Partial<ParkedProblem> = {}) {
    this.#fates = fates;
    this.#problem = problem;
    for (const [index] of fates.entries()) this.#statuses.set(idOf(index), this.#parked(index, 1));
  }

  #parked(index: number, count: number, code = CAUSE): CaseStatus {
    const since = new Date(Date.parse("2026-11-22T09:00:00Z") + count * 60_000).toISOString();
    const problem = {
      id: `registration.p${count}`,
      code,
      path: "registration",
      title: "refused",
      advice: "",
      since,
      verbs: ["retry" as const],
    };
    const step = { id: "registration", title: { en: "Register", it: "Registrare" }, state: "running" as const };
    return aStatus(idOf(index), { state: "parked", number: count * 2, problem: { ...problem, ...this.#problem }, steps: [step] });
  }

  parked: CasesClient["parked"] = async (cause, { limit = 200, after = "" } = {}) => {
    const all = [...this.#statuses.values()].filter((one) => one.problem?.code === cause && one.case > after);
    const items = all
      .slice(0, limit)
      .map(({ case: id, service, number, problem }) => ({ case: id, service, number, problem: problem as ParkedProblem }));
    return { items, ...(all.length > limit ? { next: items.at(-1)?.case ?? "" } : {}) };
  };

  repair: CasesClient["repair"] = async (caseId, repair) => {
    this.told.push({ case: caseId, ...repair });
    const index = Number(caseId.split("-")[1]);
    const fate = this.#fates[index];
    if (fate === "refused") throw new DarsenaError("NO_SUCH_PROBLEM");
    if (fate === "gone-away") throw new DarsenaError("UNREACHABLE");
    const { number } = this.#statuses.get(caseId) as CaseStatus;
    const step = { id: "registration", title: { en: "Register", it: "Registrare" }, state: "done" as const };
    const next =
      fate === "goes-on"
        ? aStatus(caseId, { state: "waiting", number: number + 2, steps: [step] })
        : fate === "slow"
          ? aStatus(caseId, { state: "running", number: number + 1, steps: [{ ...step, state: "running" }] })
          : { ...this.#parked(index, 2, fate === "other" ? "tax.openFines:CONTRACT_BROKEN" : CAUSE), number: number + 2 };
    this.#statuses.set(caseId, next);
    return { accepted: true, number: number + 1 };
  };

  waitFor: CasesClient["waitFor"] = (caseId, condition, { timeoutMs } = {}) =>
    waitUntil(
      (after) =>
        new Promise((resolve) => {
          const look = () => {
            const status = this.#statuses.get(caseId) as CaseStatus;
            if (after === undefined || status.number >= after) resolve(status);
          };
          look();
        }),
      condition,
      timeoutMs,
    );

  get client(): CasesClient {
    return this as unknown as CasesClient;
  }
}

const idOf = (index: number) => `case-${String(index).padStart(3, "0")}`;
const options = (more: Partial<RecoveryOptions> = {}): RecoveryOptions => ({
  verb: "retry",
  by: "A. Bianchi",
  reason: "the classification was corrected",
  rate: 10_000,
  withinMs: 200,
  ...more,
});

async function recovered(fake: FakeCases, more: Partial<RecoveryOptions> & { limit?: number } = {}) {
  const plan = await planRecovery(fake.client, CAUSE, { ...options(more), ...(more.limit === undefined ? {} : { limit: more.limit }) });
  return { plan, report: await recover(fake.client, plan, options(more)) };
}
const times = (count: number, fate: Fate): Fate[] => Array.from({ length: count }, () => fate);

describe("a recovery", () => {
  test("tries one, then the rest, and reports each by what was seen", async () => {
    const fake = new FakeCases([...times(3, "goes-on"), "other", "same", "refused", "slow", "goes-on"]);
    const { report } = await recovered(fake);
    expect(report).toMatchObject({
      planned: 8,
      left: 0,
      counts: { "went-on": 4, "same-cause": 1, "other-cause": 1, undecided: 1, refused: 1 },
    });
    expect(report.stopped).toBeUndefined();
    const ended = Object.fromEntries(report.ends.map(({ case: id, result, code }) => [id, code ?? result]));
    expect(ended).toMatchObject({
      "case-003": "tax.openFines:CONTRACT_BROKEN",
      "case-004": CAUSE,
      "case-005": "NO_SUCH_PROBLEM",
      "case-006": "undecided",
    });
    expect(fake.told[0]).toMatchObject({ problem: "registration.p1", verb: "retry", by: "A. Bianchi" } satisfies Partial<Repair>);
  });

  test.each(["same", "other", "slow"] as const)("stops after the canary when that meets '%s'", async (fate) => {
    const fake = new FakeCases([fate, ...times(20, "goes-on")]);
    const { report } = await recovered(fake);
    expect(report).toMatchObject({ stopped: "canary-did-not-go-on", left: 20 });
    expect(fake.told).toHaveLength(1);
  });

  test("takes another canary when the first was repaired by somebody else meanwhile", async () => {
    const fake = new FakeCases(["refused", "goes-on", "goes-on"]);
    expect((await recovered(fake)).report).toMatchObject({ counts: { refused: 1, "went-on": 2 }, left: 0 });
  });

  test("stops when the cause comes back for three in a row, and not for two", async () => {
    const two = new FakeCases(["goes-on", "same", "same", "goes-on", "same", "goes-on"]);
    expect((await recovered(two, { rate: 100 })).report).toMatchObject({ counts: { "same-cause": 3 }, left: 0 });
    const three = new FakeCases(["goes-on", ...times(30, "same")]);
    const { report } = await recovered(three, { rate: 100 });
    expect(report).toMatchObject({ stopped: "cause-came-back" });
    expect(three.told.length).toBeLessThan(8);
    expect(report.left).toBe(31 - three.told.length);
  });

  test("that is interrupted says where it stands, and a second one takes what is still parked", async () => {
    const fake = new FakeCases(times(10, "goes-on"));
    const stop = new AbortController();
    const { report } = await recovered(fake, { signal: stop.signal, progress: ({ ends }) => ends.length === 4 && stop.abort() });
    expect(report).toMatchObject({ stopped: "interrupted" });
    expect(report.ends.length + report.left).toBe(10);
    const again = await recovered(fake);
    expect(again.plan.parked).toBe(10 - fake.told.length + again.report.ends.length);
    expect(again.report).toMatchObject({ left: 0 });
    expect(new Set(fake.told.map((one) => one.case)).size).toBe(10);
    expect(fake.told).toHaveLength(10);
  });

  test("that loses Darsena stops, and claims nothing", async () => {
    const fake = new FakeCases(["goes-on", "gone-away", ...times(5, "goes-on")]);
    expect((await recovered(fake, { rate: 100 })).report).toMatchObject({ stopped: "unreachable", counts: { undecided: 1 } });
  });

  test("tries no more than the limit", async () => {
    const fake = new FakeCases(times(250, "goes-on"));
    const { plan, report } = await recovered(fake, { limit: 3 });
    expect([plan.parked, plan.beyondLimit, report.planned, fake.told.length]).toEqual([250, 247, 3, 3]);
  });
});

const planned = (problem: Partial<ParkedProblem>, more: Partial<RecoveryOptions> = {}) =>
  planRecovery(new FakeCases(times(2, "goes-on"), problem).client, CAUSE, options(more));

describe("the plan of a recovery", () => {
  test("leaves out what would be refused, with the reason", async () => {
    expect((await planned({ verbs: ["resolve"] })).refused).toEqual([
      { reason: "retry is not possible; possible are: resolve", cases: ["case-000", "case-001"] },
    ]);
    const soon = new Date(Date.now() + 60_000).toISOString();
    const early = await planned({ unknown: true, notBefore: soon }, { nothingWasDone: true });
    expect(early).toMatchObject({ cases: [], refused: [{ reason: expect.stringContaining("settle time is not over") }] });
  });

  test("never retries an outcome that is unknown unless somebody confirms that nothing was done", async () => {
    const past = { unknown: true as const, notBefore: "2026-01-01T00:00:00Z" };
    expect(await planned(past)).toMatchObject({ cases: [], refused: [{ reason: expect.stringContaining("an effect may exist") }] });
    expect((await planned(past, { nothingWasDone: true })).cases).toHaveLength(2);
  });
});
