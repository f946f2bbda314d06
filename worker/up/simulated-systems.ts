/** Settings that point each system at its simulator, for the systems that the user has not configured. */
import { simulatedClient } from "../../connectors/transport/pdnd/simulated-client.ts";
import { systemVariable } from "../configuration/systems.ts";

/** A simulator: which adapter of which contract it answers, and the settings by which that adapter reaches it. */
interface SimulatedSystem {
  readonly contract: string;
  readonly adapter: string;
  /** The ports that it takes; 1 when absent. */
  readonly ports?: number;
  /** `http` when absent; then the address is that of the first port, else of the last. */
  readonly scheme?: "http" | "smtp";
  readonly settings: (url: string) => Record<string, string>;
}

/** In the order of their ports (worker/simulators.ts). New ones are added at the end, so that no port moves. */
const systems = {
  registry: {
    contract: "registry",
    adapter: "anpr",
    settings: (endpoint) => ({ endpoint, municipality: "015146", mode: "TEST", officerFamilyName: "ESEMPIO", officerGivenName: "ANNA" }),
  },
  protocol: {
    contract: "protocol",
    adapter: "docarea",
    settings: (url) => ({
      endpoint: `${url}/halley`,
      dialect: "halley",
      organisationCode: "c_f205",
      organisationName: "Comune di Milano",
      aoo: "AOO1",
      username: "darsena",
      password: "docarea-simulator",
      classification: "4.10",
    }),
  },
  tax: {
    contract: "tax",
    adapter: "municipal-xml",
    settings: (baseUrl) => ({ baseUrl, user: "darsena", password: "tax-test-password", municipality: "F205" }),
  },
  payments: {
    contract: "payments",
    adapter: "pagopa-gpd",
    settings: (baseUrl) => ({
      baseUrl,
      subscriptionKey: "gpd-test-key",
      organisation: "01199250158",
      segregation: "47",
      companyName: "Comune di Milano",
      iban: "IT60X0542811101000000123456",
      category: "9/0101108TS/",
    }),
  },
  messages: {
    contract: "messages",
    adapter: "app-io",
    settings: (baseUrl) => ({ baseUrl, subscriptionKey: "io-test-key" }),
  },
  email: {
    contract: "messages",
    adapter: "email",
    ports: 2,
    scheme: "smtp",
    settings: (baseUrl) => ({
      baseUrl,
      username: "darsena",
      password: "mail-test-password",
      encryption: "none",
      fromAddress: "urp@comune.example.it",
      fromName: "Comune",
    }),
  },
  domicile: {
    contract: "domicile",
    adapter: "inad",
    settings: (baseUrl) => ({ baseUrl, tokenUrl: `${baseUrl}/token.oauth2`, ...simulatedClient }),
  },
} satisfies Record<string, SimulatedSystem>;

/** A simulator's name: the contract's, or the adapter's where a contract has several. */
export type SimulatedName = keyof typeof systems;
export const simulatedSystemNames = Object.keys(systems) as readonly SimulatedName[];

const entries = Object.entries(systems) as [SimulatedName, SimulatedSystem][];

/** How many ports the simulators take, from the base on. */
export const SIMULATOR_PORTS = entries.reduce((sum, [, { ports = 1 }]) => sum + ports, 0);

/** The first port of one simulator. */
export function simulatorPort(name: SimulatedName, portBase: number): number {
  let port = portBase;
  for (const [one, { ports = 1 }] of entries) {
    if (one === name) return port;
    port += ports;
  }
  throw new TypeError(`there is no simulator "${name}"`);
}

/** Systems that run in the worker itself and need no address. */
const inProcess: Record<string, Record<string, string>> = { documents: { issuer: "Comune di Milano" } };

/** Where the simulators listen, and which adapter the municipality names for each contract; without one, the first simulator's. */
export interface Simulated {
  portBase: number;
  host: string;
  adapters?: Readonly<Record<string, string>>;
}

/**
 * Variables for every system that has none of its own yet. Whoever sets one variable of a system has configured it:
 * nothing is added then, so that no simulator's password ever reaches a real system.
 */
export function simulatedSystems(simulated: Simulated, env: NodeJS.ProcessEnv): Record<string, string> {
  const all = chosen(simulated.adapters).map(([name, one]) => [one.contract, one.settings(addressOf(name, one, simulated))] as const);
  return Object.fromEntries(
    [...all, ...Object.entries(inProcess)]
      .filter(([contract]) => !Object.keys(env).some((name) => name.startsWith(systemVariable(contract, ""))))
      .flatMap(([contract, settings]) => Object.entries(settings).map(([field, value]) => [systemVariable(contract, field), value])),
  );
}

/** One simulator for each contract: of the adapter that is named, else the first. A contract whose adapter has none is left out. */
export function chosen(adapters: Readonly<Record<string, string>> = {}): [SimulatedName, SimulatedSystem][] {
  const byContract = new Map<string, [SimulatedName, SimulatedSystem]>();
  for (const [name, one] of entries) {
    const wanted = adapters[one.contract];
    if (!byContract.has(one.contract) && (wanted === undefined || wanted === one.adapter)) byContract.set(one.contract, [name, one]);
  }
  return [...byContract.values()];
}

function addressOf(name: SimulatedName, { ports = 1, scheme = "http" }: SimulatedSystem, { portBase, host }: Simulated): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${simulatorPort(name, portBase) + ports - 1}`;
}
