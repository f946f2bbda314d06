import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Client, Connection } from "@temporalio/client";
import { suiteNeeding } from "../../test/suite-needing.ts";
import { findTemporal } from "./temporal-binary.ts";
import { startTemporal, type TemporalServer } from "./temporal-server.ts";

const servers: TemporalServer[] = [];
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "darsena-temporal-test-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startTemporal>[0]> = {}): Promise<TemporalServer> {
  const server = await startTemporal({ binary: await findTemporal(), folder, headless: true, ...options });
  servers.push(server);
  return server;
}

async function withClient<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

suiteNeeding("temporal")("the embedded Temporal server", () => {
  test("keeps an open workflow and the retention of 90 days over a SIGKILL", async () => {
    const first = await start();
    await withClient(first.address, (client) => client.workflow.start("any", { workflowId: "kept", taskQueue: "none" }));
    await first.kill();
    const second = await start();
    await withClient(second.address, async (client) => {
      expect((await client.workflow.getHandle("kept").describe()).status.name).toBe("RUNNING");
      const { config } = await client.workflowService.describeNamespace({ namespace: "default" });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
    });
  });

  test("serves its web UI on loopback unless it is headless", async () => {
    const server = await start({ headless: false });
    expect((await fetch(server.uiUrl)).status).toBe(200);
    expect(new URL(server.uiUrl).hostname).toBe("127.0.0.1");
  });

  test("names the setting when its port is taken", async () => {
    const server = await start();
    const port = Number(server.address.split(":")[1]);
    const other = mkdtempSync(join(tmpdir(), "darsena-temporal-test-"));
    await expect(start({ folder: other, port })).rejects.toThrow(new RegExp(`port ${port} .*DARSENA_TEMPORAL_PORT`));
    rmSync(other, { recursive: true, force: true });
  });

  test("refuses a file that another minor version of the server wrote", async () => {
    await (await start()).stop();
    writeFileSync(join(folder, "server-version"), "1.32.0\n");
    await expect(start()).rejects.toThrow(/written by Temporal server 1\.32\.0.*TEMPORAL_CLI/);
  });
});
