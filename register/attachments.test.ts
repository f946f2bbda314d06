import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { AttachmentRef } from "../connectors/shared-types.ts";
import { openRegister } from "./database.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

const incoming = { name: "certificate.pdf", mediaType: "application/pdf", maxBytes: 1_000_000 };
const receive = (bytes: string | Buffer) => db.register.attachments.receive(Readable.from([Buffer.from(bytes)]), incoming);
const named = (name: string) => db.register.attachments.receive(Readable.from(["x"]), { ...incoming, name });
const put = (key: string, bytes: string, register = db.register) =>
  register.attachments.put(key, "pass.pdf", "application/pdf", Buffer.from(bytes));
const path = (id: string) => join(db.attachmentsFolder, id.slice(4, 6), id.slice(6, 8), id);
const halfWritten = () => readdirSync(join(db.attachmentsFolder, "incoming"));

describe("a received attachment", () => {
  test("is described by its hash and size, found again, and read back byte by byte", async () => {
    const chunks = Array.from({ length: 50 }, (_, index) => Buffer.alloc(10_000, index));
    const ref = await db.register.attachments.receive(Readable.from(chunks), incoming);
    const bytes = Buffer.concat(chunks);
    expect(ref).toEqual({
      id: expect.stringMatching(/^att-[0-9a-z]{26}$/),
      sha256: createHash("sha256").update(bytes).digest("hex"),
      bytes: 500_000,
      mediaType: "application/pdf",
      name: "certificate.pdf",
    });
    expect(AttachmentRef.parse(ref)).toEqual(ref);
    expect(await db.another().attachments.find(ref.id)).toEqual(ref);
    expect((await buffer(await db.another().attachments.open(ref))).equals(bytes)).toBe(true);
    expect(statSync(path(ref.id)).mode & 0o777).toBe(0o600);
  });

  test("that is too large is refused while it comes in, and nothing of it is kept", async () => {
    const before = await db.sql("select id from attachments");
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (; given < 10_000; given += 1) yield Buffer.alloc(1_000);
      })(),
    );
    await expect(db.register.attachments.receive(endless, { ...incoming, maxBytes: 5_000 })).rejects.toMatchObject({
      code: "ATTACHMENT_TOO_LARGE",
    });
    expect(given).toBeLessThan(1_000);
    expect(endless.destroyed).toBe(true);
    expect(halfWritten()).toEqual([]);
    expect(await db.sql("select id from attachments")).toEqual(before);
  });

  test("may have exactly the largest size, and may be empty", async () => {
    const exact = { ...incoming, maxBytes: 10 };
    expect(await db.register.attachments.receive(Readable.from([Buffer.alloc(10)]), exact)).toMatchObject({ bytes: 10 });
    expect(await db.register.attachments.receive(Readable.from([]), exact)).toMatchObject({ bytes: 0 });
  });

  test("whose stream breaks off leaves nothing behind", async () => {
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from("half");
        throw new Error("the connection broke");
      })(),
    );
    await expect(db.register.attachments.receive(broken, incoming)).rejects.toThrow("the connection broke");
    expect(halfWritten()).toEqual([]);
  });

  test("keeps the last part of a path as its name, and needs a name", async () => {
    expect(await named("C:\\Documents\\carta\0 d'identità.pdf")).toMatchObject({ name: "carta d'identità.pdf" });
    expect(await named("../../etc/passwd")).toMatchObject({ name: "passwd" });
    await expect(named("folder/")).rejects.toMatchObject({ code: "ATTACHMENT_INVALID" });
    await expect(named("n".repeat(201))).rejects.toMatchObject({ code: "ATTACHMENT_INVALID" });
  });
});

describe("opening an attachment", () => {
  test("is rejected when it is unknown, gone, not whole, or not what the reference says", async () => {
    const { attachments } = db.register;
    const [gone, cut, other] = [await receive("gone"), await receive("cut off"), await receive("other")];
    rmSync(path(gone.id));
    truncateSync(path(cut.id), 3);
    const missing = { kind: "rejected", detail: { code: "ATTACHMENT_MISSING" } };
    await expect(attachments.open({ ...gone, id: `att-${"0".repeat(26)}` })).rejects.toMatchObject(missing);
    await expect(attachments.open({ ...gone, id: "att-../../../../etc/passwd" })).rejects.toMatchObject(missing);
    await expect(attachments.open(gone)).rejects.toMatchObject(missing);
    await expect(attachments.open(cut)).rejects.toMatchObject(missing);
    await expect(attachments.open({ ...other, sha256: gone.sha256 })).rejects.toMatchObject({ detail: { code: "ATTACHMENT_CHANGED" } });
  });

  test("is 'not sent' when the register cannot be reached", async () => {
    const nowhere = openRegister("postgres://nobody:secret@127.0.0.1:1/none", { attachmentsFolder: db.attachmentsFolder });
    const ref = await receive("there");
    await expect(nowhere.attachments.open(ref)).rejects.toMatchObject({ kind: "not-sent", detail: { code: "REGISTER_UNREACHABLE" } });
    await expect(nowhere.attachments.put("key", "a.pdf", "application/pdf", Buffer.from("a"))).rejects.toMatchObject({ kind: "not-sent" });
    await nowhere.close();
  });
});

describe("a document of our own", () => {
  test("is stored once per key: the same bytes give the same reference, other bytes are rejected and the first stays", async () => {
    const first = await put("case-1/pass", "the pass");
    expect(await put("case-1/pass", "the pass", db.another())).toEqual(first);
    await expect(put("case-1/pass", "another pass")).rejects.toMatchObject({ kind: "rejected", detail: { code: "DOCUMENT_CHANGED" } });
    expect((await buffer(await db.register.attachments.open(first))).toString()).toBe("the pass");
    expect(await put("case-2/pass", "the pass")).not.toEqual(first);
  });

  test("is stored once by twenty attempts at once, and no file is left over", async () => {
    const other = db.another();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => put("case-3/pass", "one pass", index % 2 ? db.register : other)),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    const { sha256 } = all[0] ?? { sha256: "" };
    const files = readdirSync(db.attachmentsFolder, { recursive: true, withFileTypes: true }).filter(
      (entry) => entry.isFile() && entry.name.startsWith("att-"),
    );
    expect((await db.sql("select id from attachments where sha256 = $1", [sha256])).length).toBe(1);
    expect(files.length).toBeLessThanOrEqual((await db.sql("select id from attachments")).length);
  });

  test("needs a name", async () => {
    const nameless = db.register.attachments.put("case-5/pass", "", "application/pdf", Buffer.from("a pass"));
    await expect(nameless).rejects.toMatchObject({ kind: "rejected", detail: { code: "DOCUMENT_INVALID" } });
  });

  test("is written again when its file was lost", async () => {
    const ref = await put("case-4/pass", "a pass");
    rmSync(path(ref.id));
    expect(await put("case-4/pass", "a pass")).toEqual(ref);
    expect((await buffer(await db.register.attachments.open(ref))).toString()).toBe("a pass");
  });
});

test("what a killed process left half-written is removed after a day", async () => {
  await mkdir(join(db.attachmentsFolder, "incoming"), { recursive: true });
  const [old, recent] = ["att-old.part", "att-recent.part"].map((name) => join(db.attachmentsFolder, "incoming", name)) as [string, string];
  for (const file of [old, recent]) writeFileSync(file, "half");
  utimesSync(old, new Date(0), new Date(0));
  await db.another().attachments.receive(Readable.from(["x"]), incoming);
  expect(halfWritten()).toEqual(["att-recent.part"]);
  rmSync(recent);
});

test("a register that was opened without a folder says so", async () => {
  const register = openRegister(db.url);
  await expect(register.attachments.find("att-00000000")).rejects.toMatchObject({ code: "ATTACHMENTS_FOLDER_MISSING" });
  await register.close();
});
