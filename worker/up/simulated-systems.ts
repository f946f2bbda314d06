/** Settings that point each system at its simulator, for the systems that the user has not configured. */
import { systemVariable } from "../configuration/systems.ts";

/** Contracts with a simulator, in the order of their ports (worker/simulators.ts), each with its settings at an address. */
const systems: Record<string, (url: string) => Record<string, string>> = {
  registry: (endpoint) => ({
    endpoint,
    municipality: "015146",
    mode: "TEST",
    officerFamilyName: "ESEMPIO",
    officerGivenName: "ANNA",
  }),
  protocol: (url) => ({
    endpoint: `${url}/halley`,
    dialect: "halley",
    organisationCode: "c_f205",
    organisationName: "Comune di Milano",
    aoo: "AOO1",
    username: "darsena",
    password: "docarea-simulator",
    classification: "4.10",
  }),
  tax: (baseUrl) => ({ baseUrl, user: "darsena", password: "tax-test-password", municipality: "F205" }),
  payments: (baseUrl) => ({
    baseUrl,
    subscriptionKey: "gpd-test-key",
    organisation: "01199250158",
    segregation: "47",
    companyName: "Comune di Milano",
    iban: "IT60X0542811101000000123456",
    category: "9/0101108TS/",
  }),
  messages: (baseUrl) => ({ baseUrl, subscriptionKey: "io-test-key" }),
};

/** Systems that run in the worker itself and need no address. */
const inProcess: Record<string, Record<string, string>> = { documents: { issuer: "Comune di Milano" } };

/**
 * Variables for every system that has none of its own yet. Whoever sets one variable of a system has configured it:
 * nothing is added then, so that no simulator's password ever reaches a real system.
 */
export function simulatedSystems(portBase: number, host: string, env: NodeJS.ProcessEnv): Record<string, string> {
  const at = (index: number) => `http://${host.includes(":") ? `[${host}]` : host}:${portBase + index}`;
  const all = [
    ...Object.entries(systems).map(([contract, settings], index) => [contract, settings(at(index))] as const),
    ...Object.entries(inProcess),
  ];
  return Object.fromEntries(
    all
      .filter(([contract]) => !Object.keys(env).some((name) => name.startsWith(systemVariable(contract, ""))))
      .flatMap(([contract, settings]) => Object.entries(settings).map(([field, value]) => [systemVariable(contract, field), value])),
  );
}
