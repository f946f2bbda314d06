import { describe, expect, test } from "@jest/globals";
import type { CaseStatus } from "../cases/status.ts";
import { aStatus } from "./memory-ports.ts";
import { waitUntil } from "./waiting.ts";

const readsOf = (...statuses: Partial<CaseStatus>[]) => {
  const asked: (number | undefined)[] = [];
  const read = async (after: number | undefined) => {
    asked.push(after);
    return aStatus("a", statuses[Math.min(asked.length, statuses.length) - 1]);
  };
  return { asked, read };
};

describe("waiting for a case", () => {
  test("asks each time for a number above the last one, and ends with the status that fits", async () => {
    const { asked, read } = readsOf({ number: 3 }, { number: 5, state: "waiting" });
    expect(await waitUntil(read, { state: "waiting" })).toMatchObject({ number: 5 });
    expect(asked).toEqual([undefined, 4]);
  });

  test("knows outcomes, open actions and whatever a function says", async () => {
    const title = { en: "Decide", it: "Decidere" };
    const status = {
      state: "closed" as const,
      outcome: "granted" as const,
      actions: [{ id: "d.1", name: "decision", who: "office" as const, title, form: {} }],
    };
    for (const condition of [{ outcome: "granted" as const }, { action: "decision" }, (one: CaseStatus) => one.number === 1]) {
      expect(await waitUntil(readsOf(status).read, condition)).toMatchObject({ outcome: "granted" });
    }
  });

  test("gives up in time, and at once on a closed case that will never get there", async () => {
    const slow = waitUntil(() => new Promise(() => undefined), { state: "closed" }, 30);
    await expect(slow).rejects.toMatchObject({ code: "WAIT_TIMED_OUT" });
    const closed = waitUntil(readsOf({ state: "closed", outcome: "refused" }).read, { outcome: "granted" }, 60_000);
    await expect(closed).rejects.toMatchObject({ code: "WAIT_TIMED_OUT", detail: expect.stringContaining("refused") });
  });
});
