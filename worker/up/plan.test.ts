import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "@jest/globals";
import { adapterFor } from "../../connectors/adapters.ts";
import { readSettings } from "../configuration/settings.ts";
import { systemSettings } from "../configuration/systems.ts";
import { onePagePdf } from "./certificate.ts";
import { planOf, wantedPorts } from "./plan.ts";
import { requireFree } from "./ports.ts";
import { SIMULATOR_PORTS, simulatedSystems } from "./simulated-systems.ts";

const free = {
  DARSENA_GATEWAY_PORT: "0",
  DARSENA_TEMPORAL_PORT: "0",
  DARSENA_TEMPORAL_UI_PORT: "0",
  DARSENA_POSTGRES_PORT: "0",
  DARSENA_SIMULATOR_PORT_BASE: "0",
};

describe("the plan of a start", () => {
  test("draws free ports where the settings say 0", async () => {
    const settings = readSettings(free);
    const wanted = wantedPorts(await planOf(settings, free), settings);
    expect(wanted).toHaveLength(4 + SIMULATOR_PORTS);
    await requireFree(wanted);
  });

  test("a taken port is named with what wanted it and the setting that changes it", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const env = { ...free, DARSENA_GATEWAY_PORT: String(port) };
    const settings = readSettings(env);
    const wanted = wantedPorts(await planOf(settings, env), settings);
    await expect(requireFree(wanted)).rejects.toThrow(
      `port ${port} of 127.0.0.1, wanted by the gateway: choose another with DARSENA_GATEWAY_PORT`,
    );
    server.close();
  });

  test("servers that run already are not started and want no port", async () => {
    const env = { ...free, TEMPORAL_ADDRESS: "127.0.0.1:1", DATABASE_URL: "postgres://u:p@127.0.0.1/d" };
    const settings = readSettings(env);
    const wanted = wantedPorts(await planOf(settings, env), settings);
    expect(wanted.map(({ wantedBy }) => wantedBy).join()).not.toMatch(/Temporal|PostgreSQL/);
  });
});

describe("simulated systems", () => {
  const simulated = simulatedSystems({ portBase: 9101, host: "127.0.0.1" }, {});

  test.each([
    ["registry", "anpr"],
    ["protocol", "docarea"],
    ["tax", "municipal-xml"],
    ["payments", "pagopa-gpd"],
    ["messages", "app-io"],
    ["documents", "local"],
    ["domicile", "inad"],
  ])("the settings of %s satisfy the adapter %s", (contract, name) => {
    const adapter = adapterFor(contract, name);
    expect(adapter).toBeDefined();
    if (adapter) expect(systemSettings(adapter, contract, simulated)).toBeTruthy();
  });

  test("a municipality that names another adapter is pointed at that one's simulator", () => {
    const named = simulatedSystems({ portBase: 9101, host: "127.0.0.1", adapters: { messages: "email" } }, {});
    expect(named).toHaveProperty("DARSENA_MESSAGES_BASE_URL", "smtp://127.0.0.1:9107");
    const adapter = adapterFor("messages", "email");
    expect(adapter && systemSettings(adapter, "messages", named)).toBeTruthy();
  });

  test("a system that the user has configured gets nothing of its simulator", () => {
    const mine = simulatedSystems({ portBase: 9101, host: "127.0.0.1" }, { DARSENA_TAX_BASE_URL: "https://tax.example.org" });
    expect(Object.keys(mine).filter((name) => name.startsWith("DARSENA_TAX_"))).toEqual([]);
    expect(mine).toHaveProperty("DARSENA_PAYMENTS_BASE_URL", "http://127.0.0.1:9104");
  });
});

test("the demonstration's certificate is a PDF whose table of objects is right", () => {
  const text = Buffer.from(onePagePdf("with (brackets)")).toString("latin1");
  const table = Number(/startxref\n(\d+)/.exec(text)?.[1]);
  expect(text.slice(table, table + 4)).toBe("xref");
  const [first] = [...text.slice(table).matchAll(/^(\d{10}) 00000 n/gm)].map((match) => Number(match[1]));
  expect(text.slice(first, (first ?? 0) + 7)).toBe("1 0 obj");
});
