import { describe, expect, test } from "@jest/globals";
import { noticeNumber } from "./notice-number.ts";
import { debtor, input as sample, settings } from "./samples.ts";
import { endOfDay, isSame, iupdOf, PositionAnswer, saysPaid, toPosition, toState } from "./wire.ts";

const input = { ...sample, dueDate: "2026-12-22" };
const sent = toPosition(input, iupdOf("case-1/fee"), noticeNumber("47", 1n), settings);

type Change = { status?: string; instalment?: Record<string, unknown>; debtor?: string; paymentDate?: string };
/** What GPD would hold after our request, with changes. */
function held({ status = "VALID", instalment = {}, debtor: fiscalCode = debtor.taxCode, paymentDate }: Change = {}): PositionAnswer {
  const [option] = sent.paymentOption;
  const installments = [{ ...option?.installments[0], status: "UNPAID", ...instalment }];
  return PositionAnswer.parse({ iupd: sent.iupd, status, paymentDate, paymentOption: [{ debtor: { fiscalCode }, installments }] });
}

describe("the id of a debt", () => {
  test("is the same for the same key, other for another, and fits anywhere", () => {
    expect(iupdOf("case-1/fee")).toBe(iupdOf("case-1/fee"));
    expect(iupdOf("case-1/fee")).not.toBe(iupdOf("case-1/fee~2"));
    expect(iupdOf("case-1/fee")).toMatch(/^DRS-[A-Z2-7]{31}$/);
  });
});

describe("the due date", () => {
  test("is the last second of the civil day in Italy, in winter and in summer", () => {
    expect(endOfDay("2026-12-22")).toBe("2026-12-22T22:59:59.000Z");
    expect(endOfDay("2026-07-01")).toBe("2026-07-01T21:59:59.000Z");
  });
  test("is right on the two days when the clocks change", () => {
    expect(endOfDay("2026-03-29")).toBe("2026-03-29T21:59:59.000Z");
    expect(endOfDay("2026-10-25")).toBe("2026-10-25T22:59:59.000Z");
  });
});

describe("a debt position found under our id", () => {
  test("is the same when GPD gives its dates back without a zone", () => {
    expect(isSame(held(), sent)).toBe(true);
    expect(isSame(held({ instalment: { dueDate: "2026-12-22T22:59:59" } }), sent)).toBe(true);
    expect(isSame(held({ status: "PAID", instalment: { status: "PAID" } }), sent)).toBe(true);
  });
  test.each<[string, Change]>([
    ["another amount", { instalment: { amount: 1_235 } }],
    ["another number", { instalment: { iuv: "47000000000000299" } }],
    ["another term", { instalment: { dueDate: "2026-12-23T22:59:59Z" } }],
    ["another reason", { instalment: { description: "Altro" } }],
    ["another debtor", { debtor: "80012345678" }],
    ["no publication", { status: "DRAFT" }],
  ])("is not the same with %s", (_, change) => {
    expect(isSame(held(change), sent)).toBe(false);
  });
});

describe("the state of a debt", () => {
  test.each<[string, Change, object]>([
    ["valid and unpaid", {}, { state: "UNPAID" }],
    ["published for later", { status: "PUBLISHED" }, { state: "UNPAID" }],
    [
      "paid",
      { status: "PAID", instalment: { status: "PAID", paymentDate: "2026-12-01T23:30:00" } },
      { state: "PAID", paidOn: "2026-12-02" },
    ],
    [
      "reported",
      { status: "PAID", instalment: { status: "REPORTED" }, paymentDate: "2026-12-01T10:00:00Z" },
      { state: "PAID", paidOn: "2026-12-01" },
    ],
    ["paid without a date", { status: "PAID", instalment: { status: "PAID" } }, { state: "PAID" }],
    ["unpayable", { status: "UNPAYABLE", instalment: { status: "UNPAYABLE" } }, { state: "CANCELLED" }],
    ["expired", { instalment: { status: "EXPIRED" } }, { state: "CANCELLED" }],
  ])("%s is read", (_, change, state) => {
    expect(toState(held(change))).toEqual(state);
  });
});

test("GPD's words for a paid debt are known, and others are not taken for it", () => {
  expect(saysPaid({ title: "Existing related payment found" })).toBe(true);
  expect(saysPaid({ title: "DEBT_POSITION_PAYMENT_FOUND" })).toBe(true);
  expect(saysPaid({ detail: "PAYMENT_OPTION_ALREADY_PAID" })).toBe(true);
  expect(saysPaid({ title: "Existing related payment found or not in updatable state" })).toBe(false);
  expect(saysPaid({ title: "The debt position violated constraints of uniqueness" })).toBe(false);
});
