import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Connection } from "./connection.ts";
import { isUnreachable } from "./errors.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let connection: Connection;
beforeAll(async () => {
  db = await testRegister();
  connection = new Connection(db.url, { poolSize: 1 });
});
afterAll(async () => {
  await connection.close();
  await db.stop();
});

/** Errors that nobody listens to, which would end a process. */
async function unheard(run: () => Promise<void>): Promise<unknown[]> {
  const heard: unknown[] = [];
  const hear = (error: unknown) => void heard.push(error);
  process.on("uncaughtException", hear);
  try {
    await run();
  } finally {
    process.off("uncaughtException", hear);
  }
  return heard;
}

test("a connection that is lost in a transaction between two statements fails the next one, and does not end the process", async () => {
  const lost = await unheard(async () => {
    const cut = connection.transaction(async (client) => {
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      await db.sql("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await pause(200);
      await client.query("select 1");
    });
    const error = await cut.catch((one: unknown) => one);
    expect(isUnreachable(error)).toBe(true);
  });
  expect(lost).toEqual([]);
  expect(await connection.run("one", "select 1 as one", [])).toEqual([{ one: 1 }]);
});
