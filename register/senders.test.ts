import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CallFailure } from "../connectors/failure.ts";
import { openRegister, type Register } from "./database.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;
const newSender = () => `sender-${++count}`;

/** A read in the section. */
const inOrder = <T>({ senders }: Register, sender: string, leaseMs: number, waitMs: number, send: (id: bigint) => Promise<T>): Promise<T> =>
  senders.inSection({ sender, leaseMs, waitMs, effect: "read" }, async (section) => send(await section.draw()));

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

describe("the ordered sender", () => {
  test("lets forty calls of two processes through one at a time, with ids that rise without exception", async () => {
    const sender = newSender();
    const processes = [db.register, db.another()];
    const arrived: bigint[] = [];
    let inside = 0;
    const call = (index: number) =>
      inOrder(processes[index % 2] ?? db.register, sender, 5_000, 30_000, async (id) => {
        inside += 1;
        expect(inside).toBe(1);
        await pause(3);
        arrived.push(id);
        inside -= 1;
        return id;
      });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => call(index)));
    expect(arrived).toEqual(arrived.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(new Set(answers).size).toBe(40);
  });

  test("does not let a process with a long queue starve another one", async () => {
    const sender = newSender();
    const other = db.another();
    let finished = 0;
    const busy = Array.from({ length: 60 }, () => inOrder(db.register, sender, 5_000, 30_000, () => pause(5)).then(() => (finished += 1)));
    await pause(30);
    await inOrder(other, sender, 5_000, 30_000, async () => {});
    expect(finished).toBeLessThan(40);
    await Promise.all(busy);
  });

  test("gives the section to another when the holder's lease has run out, and the late holder's answer is ignored", async () => {
    const sender = newSender();
    const other = db.another();
    const ids: bigint[] = [];
    const slow = inOrder(db.register, sender, 100, 1_000, async (id) => {
      ids.push(id);
      await pause(600);
      return "late";
    });
    await pause(20);
    const quick = inOrder(other, sender, 5_000, 5_000, async (id) => {
      ids.push(id);
      await pause(700);
      return "in time";
    });
    await expect(slow).rejects.toMatchObject({ kind: "not-sent", detail: { code: "LEASE_LOST" } });
    expect(await quick).toBe("in time");
    expect(ids).toEqual([1n, 2n]);
  });

  test("ignores the failure of a holder that has lost its lease, too", async () => {
    const sender = newSender();
    const slow = inOrder(db.register, sender, 50, 1_000, async () => {
      await pause(300);
      throw new CallFailure("rejected", "out of order", { code: "OUT_OF_ORDER" });
    });
    await pause(20);
    const quick = inOrder(db.another(), sender, 5_000, 5_000, () => pause(400));
    await expect(slow).rejects.toMatchObject({ kind: "not-sent", detail: { code: "LEASE_LOST" } });
    await quick;
  });

  test("keeps the answer of a call that outlived its lease when nobody else has taken the section", async () => {
    expect(
      await inOrder(db.register, newSender(), 20, 1_000, async () => {
        await pause(80);
        return "alone";
      }),
    ).toBe("alone");
  });

  test("passes a failure of the call on and frees the section", async () => {
    const sender = newSender();
    const failure = new CallFailure("rejected", "no", { code: "NO" });
    await expect(inOrder(db.register, sender, 5_000, 1_000, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await inOrder(db.another(), sender, 5_000, 200, async (id) => id)).toBe(2n);
  });

  test("is 'not sent' with SECTION_BUSY when the section is not free in time, in this process or another", async () => {
    const sender = newSender();
    const holding = inOrder(db.register, sender, 5_000, 1_000, () => pause(500));
    await pause(30);
    for (const register of [db.register, db.another()])
      await expect(inOrder(register, sender, 5_000, 100, async () => "never")).rejects.toMatchObject({
        kind: "not-sent",
        detail: { code: "SECTION_BUSY" },
      });
    await holding;
    expect(await inOrder(db.register, sender, 5_000, 100, async () => "free")).toBe("free");
  });

  test("keeps one order per sender only", async () => {
    const holding = inOrder(db.register, newSender(), 5_000, 1_000, () => pause(300));
    expect(await inOrder(db.register, newSender(), 5_000, 100, async (id) => id)).toBe(1n);
    await holding;
  });

  test("is 'not sent' with REGISTER_UNREACHABLE when there is no register", async () => {
    const nowhere = openRegister("postgres://nobody:secret@127.0.0.1:1/none");
    await expect(inOrder(nowhere, "any", 1_000, 1_000, async () => "never")).rejects.toMatchObject({
      kind: "not-sent",
      detail: { code: "REGISTER_UNREACHABLE" },
    });
    await nowhere.close();
  });
});
