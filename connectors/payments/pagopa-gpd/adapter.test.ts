import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ports } from "../../ports.ts";
import type { Fault, Simulator } from "../../simulator.ts";
import { memoryPorts, onTrial, type Trial, type TrialRun } from "../../trial.ts";
import { pagopaGpd } from "./adapter.ts";
import { isNoticeNumber } from "./notice-number.ts";
import { dueDate, input, settings } from "./samples.ts";
import { gpdSimulator } from "./simulator.ts";

let simulator: Simulator;
let ports: Ports;
let run: TrialRun;
beforeEach(async () => {
  simulator = await gpdSimulator();
  ports = memoryPorts();
  run = onTrial(pagopaGpd, { ...settings, baseUrl: simulator.url }, ports);
});
afterEach(() => simulator.close());

type Debt = { id: string; noticeNumber: string; amount: number; dueDate: string };
const debtOf = ({ output, failure }: Trial): Debt => {
  if (failure) throw failure;
  return (output as { debt: Debt }).debt;
};
const verdict = ({ failure, output }: Trial) => (failure ? `${failure.kind} ${failure.detail.code}` : output);
const effects = (operation: string) => simulator.ledger().filter((entry) => entry.operation === operation);
const create = (options = {}) => run.call("createDebt", input, options);
const short = { deadlineMs: 300 };

describe("createDebt", () => {
  test("creates one published debt under an id made from the key, with a valid notice number", async () => {
    const debt = debtOf(await create());
    expect(debt).toMatchObject({ amount: 1_234, dueDate });
    expect(isNoticeNumber(debt.noticeNumber)).toBe(true);
    expect(effects("create")).toMatchObject([{ key: debt.id, reference: debt.noticeNumber }]);
    expect(verdict(await run.call("debtStatus", { debt }))).toEqual({ state: "UNPAID" });
  });

  test("marks one request as the effect, and draws the number before it", async () => {
    const order: string[] = [];
    const numbers = { draw: (scope: string, key: string) => (order.push(`draw ${scope}`), ports.numbers.draw(scope, key)) };
    const { effects: begun } = await onTrial(pagopaGpd, { ...settings, baseUrl: simulator.url }, { ...ports, numbers }).call(
      "createDebt",
      input,
    );
    expect([begun, order, simulator.requests()]).toEqual([1, ["draw iuv/80012345678/47"], ["create"]]);
  });

  test("adopts its own debt when it is sent again with the same key", async () => {
    const first = debtOf(await create());
    expect(debtOf(await create())).toEqual(first);
    expect(effects("create")).toHaveLength(1);
  });

  test("adopts its debt even if somebody paid it meanwhile", async () => {
    const first = debtOf(await create());
    await simulator.control("pay", { latest: true });
    expect(debtOf(await create())).toEqual(first);
  });

  test.each<[string, Fault, string]>([
    ["a business refusal", { kind: "reject", code: "DATES" }, "rejected REFUSED"],
    ["another debt under our id", { kind: "reject", code: "CONFLICT_OTHER" }, "rejected DEBT_CONFLICT"],
    ["our number on another debt", { kind: "reject", code: "IUV_TAKEN" }, "rejected IUV_TAKEN"],
    ["a quota", { kind: "reject", code: "QUOTA" }, "not-sent HTTP_429"],
    ["a system that is down", { kind: "unavailable" }, "not-sent HTTP_503"],
    ["a refused key", { kind: "unauthorized" }, "misconfigured HTTP_401"],
    ["a server error", { kind: "reject", code: "SERVER_ERROR" }, "unknown HTTP_500"],
    ["a cut before the effect", { kind: "cut-before" }, "unknown RESET"],
    ["a lost answer", { kind: "answer-lost" }, "unknown RESET"],
    ["a held answer", { kind: "answer-held" }, "unknown DEADLINE"],
    ["a proxy's page", { kind: "html" }, "contract-broken NOT_GPD"],
    ["garbage", { kind: "garbage" }, "contract-broken NOT_GPD"],
  ])("%s is told apart, and a repeat with the same key leaves at most one debt", async (_, fault, expected) => {
    simulator.inject({ ...fault, operation: "create" });
    const first = await create(short);
    expect(verdict(first)).toBe(expected);
    await create();
    expect(new Set(effects("create").map(({ key }) => key)).size).toBe(effects("create").length);
    expect(effects("create").length).toBeLessThanOrEqual(1);
  });

  test("a second send that is refused still adopts the debt of the first", async () => {
    simulator.inject({ kind: "answer-lost", operation: "create" });
    expect(verdict(await create())).toBe("unknown RESET");
    simulator.inject({ kind: "reject", code: "DATES", operation: "create" });
    expect(debtOf(await create()).id).toBe(effects("create")[0]?.key);
  });

  test("a refusal that cannot be read back is unknown", async () => {
    simulator.inject({ kind: "reject", code: "DATES", operation: "create" });
    simulator.inject({ kind: "cut-before", operation: "read" });
    expect(verdict(await create())).toBe("unknown RESET");
  });

  test("a conflict over its own equal debt is success", async () => {
    simulator.inject({ kind: "reject", code: "CONFLICT_SAME", operation: "create" });
    expect(debtOf(await create()).id).toBe(effects("create")[0]?.key);
  });

  test("a delayed request that comes after the repeat adds nothing", async () => {
    simulator.inject({ kind: "late-arrival", delayMs: 500, operation: "create" });
    expect(verdict(await create(short))).toBe("unknown DEADLINE");
    const debt = debtOf(await create());
    await new Promise((resolve) => void setTimeout(resolve, 700));
    expect(effects("create")).toMatchObject([{ key: debt.id }]);
  });

  test.each<Fault>([{ kind: "cut-before" }, { kind: "unavailable" }, { kind: "unauthorized" }, { kind: "html" }])(
    "a conflict that cannot be read back ($kind) is unknown, never not-sent",
    async (fault) => {
      await create();
      simulator.inject({ ...fault, operation: "read" });
      expect((await create()).failure?.kind).toBe("unknown");
      expect(debtOf(await create()).id).toBeDefined();
    },
  );

  test("tells how long a quota asks it to wait", async () => {
    simulator.inject({ kind: "reject", code: "QUOTA" });
    expect((await create()).failure?.detail.retryAfterMs).toBe(2_000);
  });

  test("twenty debts at the same time get twenty numbers, and twenty repeats of each none more", async () => {
    const keys = Array.from({ length: 20 }, (_, index) => `case-${index}/fee`);
    const debts = await Promise.all(keys.map((key) => create({ key })));
    const again = await Promise.all(keys.map((key) => create({ key })));
    expect(again.map(debtOf)).toEqual(debts.map(debtOf));
    expect(new Set(debts.map((one) => debtOf(one).noticeNumber)).size).toBe(20);
    expect(effects("create")).toHaveLength(20);
  });

  test("twenty calls with one key at the same time create one debt", async () => {
    const results = await Promise.all(Array.from({ length: 20 }, () => create()));
    expect(new Set(results.map((one) => debtOf(one).noticeNumber)).size).toBe(1);
    expect(effects("create")).toHaveLength(1);
  });
});

describe("debtStatus", () => {
  test("says PAID with the day when the debt is paid, and NOT_FOUND for one that is gone", async () => {
    const debt = debtOf(await create());
    await simulator.control("pay", { nav: debt.noticeNumber });
    expect(verdict(await run.call("debtStatus", { debt }))).toMatchObject({
      state: "PAID",
      paidOn: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    });
    expect(effects("pay")).toMatchObject([{ key: debt.id, reference: debt.noticeNumber }]);
    expect(verdict(await run.call("debtStatus", { debt: { ...debt, id: "DRS-NONE" } }))).toBe("rejected NOT_FOUND");
  });

  test.each<[Fault["kind"], string]>([
    ["unavailable", "not-sent HTTP_503"],
    ["unauthorized", "misconfigured HTTP_401"],
    ["cut-before", "unknown RESET"],
    ["answer-held", "unknown DEADLINE"],
    ["html", "contract-broken SCHEMA"],
    ["garbage", "contract-broken SCHEMA"],
  ])("with the fault %s is %s", async (kind, expected) => {
    const debt = debtOf(await create());
    simulator.inject({ kind, operation: "read" });
    expect(verdict(await run.call("debtStatus", { debt }, short))).toBe(expected);
  });
});

describe("cancelDebt", () => {
  test("deletes the debt, and a debt that is gone counts as cancelled", async () => {
    const debt = debtOf(await create());
    expect(verdict(await run.call("cancelDebt", { debt }))).toEqual({ cancelled: true });
    expect(verdict(await run.call("cancelDebt", { debt }))).toEqual({ cancelled: true });
    expect(effects("cancel")).toMatchObject([{ key: debt.id, reference: debt.noticeNumber }]);
  });

  test("is refused for a paid debt, and the look-up finds no cancellation", async () => {
    const debt = debtOf(await create());
    await simulator.control("pay", { iupd: debt.id });
    expect(verdict(await run.call("cancelDebt", { debt }))).toBe("rejected ALREADY_PAID");
    expect(verdict(await run.find("cancelDebt", { debt }))).toBeUndefined();
    expect(effects("cancel")).toHaveLength(0);
  });

  test("asks for the state when GPD's conflict has other words", async () => {
    const debt = debtOf(await create());
    simulator.inject({ kind: "reject", code: "CONFLICT", operation: "cancel" });
    expect(verdict(await run.call("cancelDebt", { debt }))).toBe("rejected DEBT_CONFLICT");
    await simulator.control("pay", { iupd: debt.id });
    simulator.inject({ kind: "reject", code: "CONFLICT", operation: "cancel" });
    expect(verdict(await run.call("cancelDebt", { debt }))).toBe("rejected ALREADY_PAID");
  });

  test.each<[Fault["kind"], string, unknown]>([
    ["answer-lost", "unknown RESET", { cancelled: true }],
    ["answer-held", "unknown DEADLINE", { cancelled: true }],
    ["garbage", "contract-broken NOT_GPD", { cancelled: true }],
    ["html", "contract-broken NOT_GPD", undefined],
    ["cut-before", "unknown RESET", undefined],
    ["unavailable", "not-sent HTTP_503", undefined],
    ["unauthorized", "misconfigured HTTP_401", undefined],
  ])("with the fault %s is %s, and the look-up then knows", async (kind, expected, found) => {
    const debt = debtOf(await create());
    simulator.inject({ kind, operation: "cancel" });
    expect(verdict(await run.call("cancelDebt", { debt }, short))).toBe(expected);
    expect(verdict(await run.find("cancelDebt", { debt }))).toEqual(found);
  });

  test("a gateway's 404 for a wrong address is not taken for a cancelled debt", async () => {
    const gateway = createServer((_, response) => {
      response
        .writeHead(404, { "content-type": "application/json" })
        .end(JSON.stringify({ statusCode: 404, message: "Resource not found" }));
    });
    await new Promise<void>((resolve) => void gateway.listen(0, "127.0.0.1", resolve));
    const astray = onTrial(pagopaGpd, { ...settings, baseUrl: `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/wrong` });
    const debt = { id: "DRS-X", noticeNumber: "302000100000019414", amount: 1, dueDate };
    const verdicts = [
      await astray.call("cancelDebt", { debt }),
      await astray.call("debtStatus", { debt }),
      await astray.find("cancelDebt", { debt }),
    ];
    gateway.close();
    expect(verdicts.map(verdict)).toEqual(Array.from({ length: 3 }, () => "contract-broken NOT_GPD"));
  });
});

test("a setting that is missing or wrong is named", () => {
  const { error } = pagopaGpd.config.safeParse({ ...settings, baseUrl: simulator.url, subscriptionKey: "", iban: "DE1", segregation: "4" });
  expect(error?.issues.map(({ path }) => path[0]).toSorted()).toEqual(["iban", "segregation", "subscriptionKey"]);
});
