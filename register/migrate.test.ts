import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Kysely, sql } from "kysely";
import { isUnreachable, openRegister } from "./database.ts";
import { type Migration, migrate } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let count = 0;

beforeAll(async () => {
  db = await testRegister();
});
afterAll(() => db.stop());

/** The URL of an empty database on the test's server. */
async function emptyDatabase(): Promise<string> {
  const name = `empty_${++count}`;
  await db.sql(`create database ${name}`);
  return db.url.replace(/[^/]*$/, name);
}

const query = async <Row extends object>(url: string, text: string): Promise<Row[]> => db.sql<Row>(text, [], url);

const addTable = (version: number, name: string): Migration => ({
  version,
  name,
  up: async (on: Kysely<unknown>) => void (await sql.raw(`create table ${name} (n integer)`).execute(on)),
});

/** The version after those that this build knows. */
const next = (migrations.at(-1)?.version ?? 0) + 1;

describe("migrations", () => {
  test("are numbered without gaps", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });

  test("run once, in order, by eight processes at once, and are recorded", async () => {
    const url = await emptyDatabase();
    const logged: object[] = [];
    const log = { info: (details: object) => logged.push(details), warn: () => {} };
    const list = [...migrations, addTable(next, "second"), addTable(next + 1, "third")];
    const versions = await Promise.all(Array.from({ length: 8 }, () => migrate(url, { log, migrations: list })));
    expect(versions).toEqual(Array(8).fill(next + 1));
    expect(logged).toHaveLength(migrations.length + 2);
    expect(await query(url, "select version, name from schema_versions order by version")).toEqual([
      ...migrations.map(({ version, name }) => ({ version, name })),
      { version: next, name: "second" },
      { version: next + 1, name: "third" },
    ]);
    expect(await migrate(url, { migrations: list })).toBe(next + 1);
  });

  test("that fail leave nothing behind, and go on from there once they are right", async () => {
    const url = await emptyDatabase();
    const broken: Migration = {
      version: next,
      name: "second",
      up: async (on) => {
        await addTable(next, "second").up(on);
        await sql`select 1 / 0`.execute(on);
      },
    };
    await expect(migrate(url, { migrations: [...migrations, broken] })).rejects.toThrow("division by zero");
    expect(await query(url, "select max(version) as version, to_regclass('second')::text as made from schema_versions")).toEqual([
      { version: next - 1, made: null },
    ]);
    expect(await migrate(url, { migrations: [...migrations, addTable(next, "second")] })).toBe(next);
  });

  test("refuse a database that a newer build has migrated, and touch nothing", async () => {
    const url = await emptyDatabase();
    await migrate(url, { migrations: [...migrations, addTable(next, "second")] });
    await expect(migrate(url)).rejects.toMatchObject({
      code: "REGISTER_NEWER",
      message: `the register has schema version ${next}, and this build knows versions up to ${next - 1}`,
      advice: expect.stringContaining("newer"),
    });
  });
});

describe("a register that cannot be reached", () => {
  test("is named by host and port, never with the password", async () => {
    const error = await migrate("postgres://darsena:very-secret@127.0.0.1:1/darsena").catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "REGISTER_UNREACHABLE", message: "the register at 127.0.0.1:1 cannot be reached" });
    expect(JSON.stringify([error, String((error as Error).stack), String((error as Error).cause)])).not.toContain("very-secret");
    expect(isUnreachable(error)).toBe(true);
  });

  test("because nothing answers there is given up after 3 s", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    const began = Date.now();
    await expect(migrate(`postgres://darsena:x@127.0.0.1:${port}/darsena`)).rejects.toMatchObject({ code: "REGISTER_UNREACHABLE" });
    expect(Date.now() - began).toBeLessThan(5_000);
    silent.close();
  });

  test("because password or database are wrong says so, without the password", async () => {
    const wrong = db.url.replace(/:[^:@]+@/, ":very-secret@");
    const error = await migrate(wrong).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "REGISTER_REFUSED", message: expect.stringContaining("28P01") });
    expect(String(error)).not.toContain("very-secret");
    await expect(migrate(db.url.replace(/[^/]*$/, "no_such_database"))).rejects.toMatchObject({ code: "REGISTER_REFUSED" });
    const unreadable = await migrate("postgres://user:very-secret@[broken/darsena").catch((error: unknown) => error);
    expect(unreadable).toMatchObject({ code: "REGISTER_REFUSED" });
    expect(JSON.stringify([unreadable, String(unreadable), (unreadable as Error).cause])).not.toContain("very-secret");
  });

  test("is told from other errors", async () => {
    const nowhere = openRegister("postgres://darsena:x@127.0.0.1:1/darsena");
    const refused = await nowhere.cases.status("case-1").catch((error: unknown) => error);
    expect(isUnreachable(refused)).toBe(true);
    await nowhere.close();
    expect(isUnreachable(await nowhere.cases.status("case-1").catch((error: unknown) => error))).toBe(true);
    expect(isUnreachable(await db.sql("select no_such_column").catch((error: unknown) => error))).toBe(false);
    expect(isUnreachable(Object.assign(new Error("no such file"), { code: "ENOENT", syscall: "open" }))).toBe(false);
    expect(isUnreachable("text")).toBe(false);
  });
});
