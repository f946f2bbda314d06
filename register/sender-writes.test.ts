import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { CallFailure, misconfigured } from "../connectors/failure.ts";
import type { NewWrite, Section, Turn } from "../connectors/ports.ts";
import { openRegister, type Register } from "./database.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;
const newSender = () => `writer-${++count}`;
const newKey = () => `case-${++count}/move`;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

const turn = (sender: string, more: Partial<Turn> = {}): Turn => ({ sender, leaseMs: 5_000, waitMs: 2_000, effect: "write", ...more });
const inSection = <T>(sender: string, run: (section: Section) => Promise<T>, register: Register = db.register): Promise<T> =>
  register.senders.inSection(turn(sender), run);
const write = (key: string, more: Partial<NewWrite> = {}): NewWrite => ({
  key,
  operation: "registry.changeAddress",
  adapter: "anpr",
  request: { b: 1, a: "ÈÉ" },
  settleMs: 60_000,
  ...more,
});
const evidence = (key: string) =>
  db.sql<{ send: number; code: string; message: string }>("select send, code, message from evidence where key = $1", [key]);

describe("a write under a rising id", () => {
  test("is kept with its request, as it is, before it is sent, and is open for the next holder, in another process too", async () => {
    const [sender, key] = [newSender(), newKey()];
    const id = await inSection(sender, async (section) => {
      expect(await section.open()).toBeUndefined();
      return section.keep(write(key));
    });
    const seen = await inSection(sender, (section) => section.open(), db.another());
    expect(seen).toEqual({ id, key, state: "open", due: false, request: { b: 1, a: "ÈÉ" } });
    expect(Object.keys(seen?.request ?? {})).toEqual(["b", "a"]);
    expect(await inSection(sender, (section) => section.draw())).toBe(id + 1n);
  });

  test("is due when its settle time is over", async () => {
    const [sender, key] = [newSender(), newKey()];
    await inSection(sender, (section) => section.keep(write(key, { settleMs: 50 })));
    await pause(80);
    expect(await inSection(sender, (section) => section.open())).toMatchObject({ key, due: true });
  });

  test("is sent again by others once in two seconds, however many ask", async () => {
    const sender = newSender();
    const id = await inSection(sender, (section) => section.keep(write(newKey())));
    const asked = await Promise.all(Array.from({ length: 5 }, () => inSection(sender, (section) => section.mayTry(id))));
    expect(asked.filter(Boolean)).toHaveLength(1);
    await pause(2_100);
    expect(await inSection(sender, (section) => section.mayTry(id), db.another())).toBe(true);
  });

  test("that is closed holds nobody back, keeps its result, and its request is gone", async () => {
    const [sender, key] = [newSender(), newKey()];
    await inSection(sender, async (section) => {
      const id = await section.keep(write(key));
      expect(await section.close(id, { state: "done", result: { output: { operation: "9" } } })).toBe("closed");
      expect(await section.close(id, { state: "rejected", result: { code: "NO", message: "no" } })).toBe("kept");
    });
    await inSection(sender, async (section) => {
      expect(await section.open()).toBeUndefined();
      expect(await section.ofKey(key)).toMatchObject({ state: "done", result: { output: { operation: "9" } } });
      expect((await section.ofKey(key))?.request).toBeUndefined();
    });
    expect(await db.sql("select request from sender_writes where key = $1", [key])).toEqual([{ request: null }]);
  });

  test("that is left holds nobody back either, and can still be closed by what the system says later", async () => {
    const [sender, key] = [newSender(), newKey()];
    await inSection(sender, async (section) => {
      const id = await section.keep(write(key));
      const looked = { code: "LOOKED_UP", message: "nothing was found" };
      expect(await section.close(id, { state: "left", evidence: looked })).toBe("closed");
      expect(await section.close(id, { state: "left", evidence: looked })).toBe("kept");
    });
    await inSection(sender, async (section) => {
      expect(await section.open()).toBeUndefined();
      const left = await section.ofKey(key);
      expect(left).toMatchObject({ state: "left", request: { b: 1 } });
      expect(await section.close(left?.id ?? 0n, { state: "absent", evidence: { code: "SENT_AGAIN", message: "refused for good" } })).toBe(
        "closed",
      );
      expect((await section.ofKey(key))?.state).toBe("absent");
    });
    expect(await evidence(key)).toEqual([
      { send: 1, code: "LOOKED_UP", message: "nothing was found" },
      { send: 1, code: "SENT_AGAIN", message: "refused for good" },
    ]);
  });

  test("is never kept twice: of two that are open the second is refused by the register itself", async () => {
    const [sender, key] = [newSender(), newKey()];
    await expect(
      inSection(sender, async (section) => {
        await section.keep(write(key));
        await section.keep(write(newKey()));
      }),
    ).rejects.toMatchObject({ code: "23505" });
  });

  test("is superseded, and not sent again, when a person has supplied its result", async () => {
    const [sender, key] = [newSender(), newKey()];
    const found = { key, send: 1, caseId: "case-x", operation: "registry.changeAddress", adapter: "anpr", inputHash: "h", deadlineMs: 1 };
    await inSection(sender, (section) => section.keep(write(key)));
    await db.register.effects.record({ ...found, settled: { state: "done", output: { operation: "by hand" } } });
    expect(await inSection(sender, (section) => section.open())).toBeUndefined();
    expect(await inSection(sender, (section) => section.ofKey(key))).toMatchObject({ state: "superseded" });
  });
});

describe("'not sent' of a write", () => {
  test("discards the id for the holder that drew it", async () => {
    const [sender, key] = [newSender(), newKey()];
    await inSection(sender, async (section) => {
      expect(await section.close(await section.keep(write(key)), { state: "not-sent" })).toBe("closed");
      expect(await section.ofKey(key)).toMatchObject({ state: "absent" });
    });
  });

  test("is not believed of another holder, nor once another may have sent it", async () => {
    const [sender, key] = [newSender(), newKey()];
    const id = await inSection(sender, (section) => section.keep(write(key)));
    await inSection(sender, async (section) => expect(await section.close(id, { state: "not-sent" })).toBe("kept"));
    expect(await inSection(sender, (section) => section.open())).toMatchObject({ id });
  });
});

/** A promise, and what resolves it. */
function signalled(): [Promise<void>, () => void] {
  const signal = new EventEmitter();
  return [once(signal, "now").then(() => undefined), () => void signal.emit("now")];
}

/** Keeps a write under a short lease, and goes on when another holds the section. */
async function overtaken<T>(then: (section: Section, id: bigint) => Promise<T>): Promise<T> {
  const sender = newSender();
  const [taken, take] = signalled();
  const [ended, end] = signalled();
  const slow = db.register.senders.inSection(turn(sender, { leaseMs: 50 }), async (section) => {
    const id = await section.keep(write(newKey()));
    await taken;
    return then(section, id);
  });
  await pause(120);
  const other = inSection(
    sender,
    async () => {
      take();
      await ended;
    },
    db.another(),
  );
  try {
    return await slow;
  } finally {
    end();
    await other;
  }
}

describe("a holder whose lease has run out", () => {
  test("draws no id and keeps no write", async () => {
    for (const act of [
      (section: Section) => section.draw(),
      (section: Section) => section.renew(),
      (section: Section) => section.keep(write(newKey())),
    ])
      await expect(overtaken<unknown>(act)).rejects.toMatchObject({ kind: "not-sent", detail: { code: "LEASE_LOST" } });
  });

  test("has its write's answer counted all the same, since its id stands for it", async () => {
    const closing = { state: "done" as const, result: { output: {} } };
    expect(await overtaken((section, id) => section.close(id, closing))).toBe("closed");
  });

  test("cannot say that its write was not sent, and is no fault of the settings when a higher id was used", async () => {
    expect(await overtaken((section, id) => section.close(id, { state: "not-sent" }))).toBe("kept");
    await expect(overtaken(() => Promise.reject(misconfigured("ID_TOO_LOW", "too low")))).rejects.toMatchObject({
      kind: "not-sent",
      detail: { code: "LEASE_LOST" },
    });
    const unknown = new CallFailure("unknown", "lost", { code: "RESET" });
    await expect(overtaken(() => Promise.reject(unknown))).rejects.toBe(unknown);
  });
});

test("a renewed lease outlives its first term", async () => {
  const sender = newSender();
  await db.register.senders.inSection(turn(sender, { leaseMs: 200 }), async (section) => {
    for (let times = 0; times < 4; times++) {
      await pause(100);
      await section.renew();
    }
    const other = db.another().senders.inSection(turn(sender, { waitMs: 60 }), async () => "in");
    await expect(other).rejects.toMatchObject({ detail: { code: "SECTION_BUSY" } });
  });
});

test("without the register an id is not drawn, a write is unknown, and a closing says that it was not written", async () => {
  const lost = await testRegister();
  const register = openRegister(lost.url);
  try {
    await register.senders.inSection(turn("any"), async (section) => {
      const id = await section.keep(write("case-1/move"));
      await lost.kill();
      // Connections that are open outlive the killed server for a moment.
      for (let drawn = true; drawn; )
        drawn = await section.draw().then(
          () => true,
          () => false,
        );
      await expect(section.draw()).rejects.toMatchObject({ kind: "not-sent", detail: { code: "REGISTER_UNREACHABLE" } });
      await expect(section.keep(write("case-2/move"))).rejects.toMatchObject({ kind: "unknown", detail: { code: "REGISTER_LOST" } });
      expect(await section.close(id, { state: "absent" })).toBe("unreachable");
    });
  } finally {
    await register.close();
    await lost.stop();
  }
});
