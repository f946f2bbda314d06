import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import pino from "pino";
import { compileCatalogue } from "../../catalogue/compile.ts";
import { type TestRegister, testRegister } from "../../register/testing.ts";
import { SettingsError } from "../../worker/configuration/problems.ts";
import { readSettings } from "../../worker/configuration/settings.ts";
import { DarsenaError } from "../errors.ts";
import { httpClient } from "../http-client.ts";
import { type RunningGateway, startGateway } from "./start.ts";

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const log = pino({ level: "silent" });
const code = (call: Promise<unknown>) =>
  call.then(
    () => "none",
    (error: DarsenaError) => error.code,
  );
const upload = (bytes: Buffer, mediaType = "application/pdf") =>
  httpClient(running.url).attach({ name: "certificato.pdf", mediaType, content: Readable.from([bytes]) });
let folder: string;
let database: TestRegister;
let running: RunningGateway;

const start = async (env: Record<string, string> = {}) => {
  const settings = readSettings({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
    DARSENA_CATALOGUE: join(folder, "catalogue"),
    DARSENA_ATTACHMENTS: join(folder, "attachments"),
    DARSENA_GATEWAY_PORT: "0",
    DARSENA_ATTACHMENT_MAX_BYTES: "100000",
    ...env,
  });
  return startGateway({ settings: { ...settings, databaseUrl: database.url }, log });
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "darsena-gateway-"));
  compileCatalogue(process.cwd(), join(folder, "catalogue"));
  database = await testRegister();
  running = await start();
  await running.registerReady;
});
afterAll(async () => {
  await running?.close();
  await database?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("a gateway with a real register and no Temporal", () => {
  const applicant = { taxCode: "PRVGLI85D45X001Q", givenName: "Prova", familyName: "Inventata" };
  test("starts, says what is down, and shows the services", async () => {
    const client = httpClient(running.url);
    expect(await client.health()).toEqual({ ok: false, temporal: false, register: true });
    const services = await client.services();
    expect(services.map(({ service }) => service)).toContain("disabled-parking-pass");
    const described = await client.service("disabled-parking-pass");
    expect(described.requestSchema["required"]).toEqual(expect.arrayContaining(["applicant", "kind", "medicalCertificate"]));
    expect(await code(client.service("no-such-service"))).toBe("UNKNOWN_SERVICE");
  });

  test("answers a start with 503, accepts nothing, lists nothing, and keeps one row for the key", async () => {
    const client = httpClient(running.url);
    const certificate = await upload(Buffer.from("%PDF-1.7 prova"));
    const request = { applicant, kind: "new", medicalCertificate: { ...certificate } };
    const startOnce = () => client.startCase({ service: "disabled-parking-pass", request, idempotencyKey: "one" });
    const since = Date.now();
    expect(await code(startOnce())).toBe("TEMPORAL_UNAVAILABLE");
    expect(Date.now() - since).toBeLessThan(10_000);
    expect(await code(startOnce())).toBe("TEMPORAL_UNAVAILABLE");
    expect(await client.list()).toEqual({ items: [] });
    const rows = await database.sql<{ confirmed: boolean; key_hash: string; body_hash: string }>("select * from cases");
    expect(rows.map(({ confirmed }) => confirmed)).toEqual([false]);
    expect(JSON.stringify(rows)).not.toContain(applicant.taxCode);
    const other = client.startCase({ service: "disabled-parking-pass", request: { ...request, kind: "renewal" }, idempotencyKey: "one" });
    expect(await code(other)).toBe("IDEMPOTENCY_KEY_REUSED");
  });

  test("names the fields of a request that does not fit, in both languages, and reserves nothing", async () => {
    const before = await database.sql("select 1 from cases");
    const wrong = httpClient(running.url).startCase({
      service: "disabled-parking-pass",
      request: { applicant: { ...applicant, taxCode: "X" } },
    });
    const error = await wrong.catch((one: DarsenaError) => one);
    expect(error).toMatchObject({ code: "INVALID_REQUEST", status: 422 });
    const fields = (error as DarsenaError).errors ?? [];
    expect(fields.map(({ field }) => field)).toEqual(expect.arrayContaining(["applicant.taxCode", "kind", "medicalCertificate"]));
    for (const { en, it } of fields) expect(en).not.toBe(it);
    expect(await database.sql("select 1 from cases")).toHaveLength(before.length);
  });

  test("streams a file in and out, and stops one that is larger than its limit without a declared length", async () => {
    const client = httpClient(running.url);
    const bytes = Buffer.alloc(90_000, 7);
    const ref = await upload(bytes);
    expect(ref).toMatchObject({ bytes: 90_000, mediaType: "application/pdf", name: "certificato.pdf" });
    const { content, ref: read } = await client.attachment(ref.id);
    expect(Buffer.concat(await content.toArray()).equals(bytes)).toBe(true);
    expect(read).toEqual(ref);
    expect(await code(upload(Buffer.alloc(20_000_000)))).toBe("TOO_LARGE");
    expect(await code(upload(Buffer.from("<p>"), "text/html"))).toBe("MEDIA_TYPE");
    expect(await code(client.attachment("att-00000000"))).toBe("ATTACHMENT_NOT_FOUND");
  });

  test("drops a reservation after 24 hours, and the same key starts afresh", async () => {
    await database.sql("update cases set created_at = now() - interval '23 hours'");
    expect(await database.register.cases.dropUnconfirmed(24)).toBe(0);
    await database.sql("update cases set created_at = now() - interval '25 hours'");
    expect(await database.register.cases.dropUnconfirmed(24)).toBe(1);
    expect(await database.sql("select 1 from cases")).toEqual([]);
  });

  test("answers 503 while the register is killed, and goes on by itself when it is back", async () => {
    const client = httpClient(running.url);
    await database.kill();
    expect(await code(client.list())).toBe("REGISTER_UNAVAILABLE");
    await database.restart();
    let page: unknown = await client.list().catch(() => undefined);
    for (let attempt = 0; page === undefined && attempt < 50; attempt++) page = await client.list().catch(() => undefined);
    expect(page).toEqual({ items: [] });
  });

  test("does not listen beyond this machine, nor on a port that is taken, and names the setting", async () => {
    await expect(start({ DARSENA_GATEWAY_HOST: "0.0.0.0" })).rejects.toThrow(/DARSENA_TRUSTED_NETWORK=1[^]*DARSENA_GATEWAY_HOST/);
    const port = new URL(running.url).port;
    const taken = start({ DARSENA_GATEWAY_PORT: port });
    await expect(taken).rejects.toThrow(SettingsError);
    await expect(taken).rejects.toThrow(`DARSENA_GATEWAY_PORT: port ${port} is taken`);
  });
});
