import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { Client } from "pg";
import { freePort } from "./free-port.ts";
import { reaches } from "./postgres-binaries.ts";
import { type PostgresOptions, type PostgresServer, startPostgres } from "./postgres-server.ts";

const servers: PostgresServer[] = [];
const folders: string[] = [];

async function start(options: PostgresOptions): Promise<PostgresServer> {
  const server = await startPostgres(options);
  servers.push(server);
  return server;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "darsena-postgres-test-"));
  chmodSync(made, 0o755);
  folders.push(made);
  return made;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

describe("the embedded PostgreSQL", () => {
  test("starts on a fresh folder with a database in UTF-8, and keeps what was committed over a SIGKILL", async () => {
    const at = folder();
    const first = await start({ folder: at });
    await query(first.url, "create table kept (name text)");
    await query(first.url, "insert into kept values ('città')");
    await first.kill();
    const second = await start({ folder: at });
    expect(await query(second.url, "select name, length(name) as letters from kept")).toEqual([{ name: "città", letters: 5 }]);
    expect(await query(second.url, "show server_encoding")).toEqual([{ server_encoding: "UTF8" }]);
  });

  test("asks for the password that only its owner can read", async () => {
    const at = folder();
    const server = await start({ folder: at });
    expect(statSync(join(at, "password")).mode & 0o777).toBe(0o600);
    await expect(query(server.url.replace(/:[^:@]+@/, ":wrong@"), "select 1")).rejects.toMatchObject({ code: "28P01" });
  });

  test("says which process holds the folder when a second one is started on it", async () => {
    const at = folder();
    const server = await start({ folder: at });
    await expect(startPostgres({ folder: at, port: server.port })).rejects.toThrow(
      new RegExp(`already runs on .* \\(process ${server.pid}\\).*DARSENA_STATE`),
    );
    expect(await query(server.url, "select 1 as alive")).toEqual([{ alive: 1 }]);
  });

  test("names the setting when its port is taken", async () => {
    const port = await freePort();
    await start({ folder: folder(), port });
    await expect(startPostgres({ folder: folder(), port })).rejects.toThrow(
      `port ${port} of 127.0.0.1: it is taken. Choose another with DARSENA_POSTGRES_PORT`,
    );
  });
});

// Only root starts the server as another user.
if (process.getuid?.() === 0)
  describe("started by root", () => {
    test("keeps its data elsewhere, and says where, when its user cannot reach the folder", async () => {
      const home = folder();
      chmodSync(home, 0o700);
      const at = join(home, "state");
      mkdirSync(at);
      const said: string[] = [];
      const server = await start({ folder: at, say: (message) => said.push(message) });
      await query(server.url, "create table kept (n int)");
      await server.stop();
      const data = readFileSync(join(at, "location"), "utf8").trim();
      folders.push(dirname(data));
      expect(said.join("\n")).toContain(data);
      expect(existsSync(join(data, "PG_VERSION"))).toBe(true);
      expect(lstatSync(data).uid).not.toBe(0);
      expect(reaches({ uid: 65534, gid: 65534 }, at)).toBe(false);
      expect(await query((await start({ folder: at })).url, "select count(*)::int as n from kept")).toEqual([{ n: 0 }]);
    });
  });
