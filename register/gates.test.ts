import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { GateRow } from "./gates.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

const row = (system: string, number: number, more: Partial<GateRow> = {}): GateRow => ({
  system,
  gate: "open",
  enforcedBy: "register",
  since: "2026-11-22T09:00:00.000Z",
  number,
  ...more,
});

describe("gates", () => {
  test("are kept as they were set last, and a change that comes late is ignored", async () => {
    const { gates } = db.register;
    const closed = row("protocol", 2, { gate: "closed", rate: 0, reason: "outside opening hours", until: "2026-11-23T07:00:00.000Z" });
    await gates.publish(closed);
    await gates.publish(row("protocol", 1));
    expect(await gates.all()).toEqual([closed]);
    await gates.publish(row("protocol", 3, { enforcedBy: "queue" }));
    expect(await gates.all()).toEqual([row("protocol", 3, { enforcedBy: "queue" })]);
  });

  test("that limit calls give one slot at a time, a rate's distance apart, to all processes together", async () => {
    await db.register.gates.publish(row("tax", 1, { rate: 20 }));
    const workers = [db.register, db.another()];
    const taken: number[] = [];
    const end = Date.now() + 1_000;
    await Promise.all(
      workers.map(async ({ gates }) => {
        while (Date.now() < end) {
          const wait = await gates.takeSlot("tax");
          if (wait === 0) taken.push(Date.now());
          else await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 20)));
        }
      }),
    );
    expect(taken.length).toBeGreaterThan(3);
    expect(taken.length).toBeLessThanOrEqual(21);
  });

  test("save no slots up", async () => {
    await db.register.gates.publish(row("registry", 1, { rate: 2 }));
    expect(await db.register.gates.takeSlot("registry")).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const waits = await Promise.all([1, 2, 3].map(() => db.register.gates.takeSlot("registry")));
    expect(waits.filter((ms) => ms === 0)).toHaveLength(1);
  });

  test("that are closed give none", async () => {
    await db.register.gates.publish(row("payments", 1, { gate: "closed", rate: 0 }));
    expect(await db.register.gates.takeSlot("payments")).toBeGreaterThan(0);
  });
});

describe("permits", () => {
  test("are held by so many at one time, over all processes, and come back", async () => {
    const all = await Promise.all([db.register, db.another(), db.register].map(({ permits }) => permits.take("protocol", 2, 60_000)));
    // One that is just being taken is passed over, never given twice.
    const first = [...all, await db.register.permits.take("protocol", 2, 60_000)].filter((permit) => permit !== undefined);
    expect(new Set(first.map(({ slot }) => slot)).size).toBe(first.length);
    expect(first).toHaveLength(2);
    expect(await db.register.permits.take("protocol", 2, 60_000)).toBeUndefined();
    await db.register.permits.release(first[0] as (typeof first)[0]);
    expect(await db.register.permits.take("protocol", 2, 60_000)).toMatchObject({ slot: first[0]?.slot });
  });

  test("of a holder that died are given to another when the lease has run out, and not taken from that one by a late release", async () => {
    const { permits } = db.register;
    const dead = await permits.take("tax", 1, 50);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const heir = await permits.take("tax", 1, 60_000);
    expect(heir).toMatchObject({ slot: 0 });
    await permits.release(dead as NonNullable<typeof dead>);
    expect(await permits.take("tax", 1, 60_000)).toBeUndefined();
  });

  test("are fewer or more as the setting says", async () => {
    const { permits } = db.register;
    await permits.take("payments", 1, 60_000);
    expect(await permits.take("payments", 1, 60_000)).toBeUndefined();
    expect(await permits.take("payments", 2, 60_000)).toMatchObject({ slot: 1 });
  });
});
