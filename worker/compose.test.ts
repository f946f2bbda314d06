import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { adapterFor } from "../connectors/adapters.ts";
import { readSettings, required, variables } from "./configuration/settings.ts";
import { systemSettings, systemVariable, systemVariables } from "./configuration/systems.ts";
import { chosen, simulatorPort } from "./up/simulated-systems.ts";

interface Service {
  image: string;
  command?: string[];
  entrypoint?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  depends_on?: Record<string, unknown>;
  volumes?: string[];
  configs?: { source: string; target: string }[];
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  configs: Record<string, { content: string }>;
}

const root = join(import.meta.dirname, "..");
const text = readFileSync(join(root, "docker-compose.yml"), "utf8");
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = services.filter(([, { image }]) => image === "darsena");

/** The value that a variable has once the person who starts it has set what is asked for. */
const environment = ({ environment: given = {} }: Service): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, String(value).replace(/\$\{[^}]*\}/g, "0123456789abcdef".repeat(3))]),
  );

const adapters = {
  registry: "anpr",
  protocol: "docarea",
  tax: "municipal-xml",
  payments: "pagopa-gpd",
  messages: "app-io",
  documents: "local",
  domicile: "inad",
};
const adapterOf = (contract: string) => {
  const found = adapterFor(contract, adapters[contract as keyof typeof adapters]);
  if (!found) throw new Error(`no adapter for ${contract}`);
  return found;
};

describe("docker-compose.yml", () => {
  test("publishes its ports on this machine's loopback only", () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test("sets only variables that Darsena knows", () => {
    const known = new Set([
      ...Object.keys(variables),
      ...Object.keys(adapters).flatMap((contract) => systemVariables(adapterOf(contract), contract)),
    ]);
    for (const [, service] of ours) for (const name of Object.keys(environment(service))) expect(known).toContain(name);
  });

  test("gives worker and gateway settings with which they start, and the same database, secret and attachments", () => {
    const { worker, gateway } = compose.services;
    if (!worker || !gateway) throw new Error("worker and gateway are missing");
    const [ofWorker, ofGateway] = [required(readSettings(environment(worker))), required(readSettings(environment(gateway)))];
    expect(ofWorker.trustedNetwork && ofGateway.trustedNetwork).toBe(true);
    for (const key of ["databaseUrl", "secret", "attachmentsFolder", "municipality"] as const) expect(ofGateway[key]).toBe(ofWorker[key]);
    expect(gateway.volumes).toEqual(worker.volumes);
    for (const contract of Object.keys(adapters)) expect(systemSettings(adapterOf(contract), contract, environment(worker))).toBeTruthy();
  });

  test("points each system at the port of its simulator", () => {
    const { worker, simulators } = compose.services;
    if (!worker || !simulators) throw new Error("worker and simulators are missing");
    const base = readSettings(environment(simulators)).simulators.portBase;
    const set = environment(worker);
    for (const [name, { contract }] of chosen()) {
      const address = set[systemVariable(contract, "endpoint")] ?? set[systemVariable(contract, "baseUrl")];
      expect(new URL(address ?? "").port).toBe(String(simulatorPort(name, base)));
    }
  });

  test("names only services, volumes, configs and programs that exist", () => {
    for (const [, service] of services) {
      for (const other of Object.keys(service.depends_on ?? {})) expect(Object.keys(compose.services)).toContain(other);
      for (const volume of service.volumes ?? []) expect(Object.keys(compose.volumes)).toContain(volume.split(":")[0]);
      for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs)).toContain(source);
    }
    for (const [, { command = [] }] of ours) {
      const program = command.find((word) => word.startsWith("dist/")) ?? "";
      expect(existsSync(join(root, program.replace(/^dist\//, "").replace(/\.js$/, ".ts")))).toBe(true);
    }
  });

  test("holds no secret: what is secret is asked of the one who starts it", () => {
    for (const name of ["DARSENA_SECRET", "POSTGRES_PASSWORD", "POSTGRES_PWD", "SQL_PASSWORD"])
      expect(text).toMatch(new RegExp(`${name}: \\$\\{DARSENA_\\w+:\\?`));
  });

  test("its dynamic configuration keeps one partition for each queue", () => {
    const dynamic = parse(compose.configs["temporal-dynamic"]?.content ?? "") as Record<string, { value: unknown }[]>;
    for (const kind of ["Read", "Write"]) expect(dynamic[`matching.numTaskqueue${kind}Partitions`]).toEqual([{ value: 1 }]);
  });
});

test("the image runs as an ordinary user", () => {
  const last = readFileSync(join(root, "Dockerfile"), "utf8")
    .split(/^FROM /m)
    .at(-1);
  expect(last).toMatch(/^USER node$/m);
});
