/** The adapter that a command of `darsena connector` means, with its settings from the environment or its own simulator. */
import { openCatalogue } from "../../catalogue/catalogue.ts";
import { catalogueFolder } from "../../client/catalogue-folder.ts";
import { UsageError } from "../../client/cli/exit-codes.ts";
import type { Adapter } from "../../connectors/adapter.ts";
import { adapterNames } from "../../connectors/adapter-names.ts";
import { adapterFor } from "../../connectors/adapters.ts";
import { connectorNames } from "../../connectors/authoring/connector-names.ts";
import { isContractName } from "../../connectors/contracts.ts";
import type { Simulator } from "../../connectors/simulator.ts";
import { SettingsError } from "../configuration/problems.ts";
import { readSettings } from "../configuration/settings.ts";
import { systemSettings } from "../configuration/systems.ts";
import { startSimulator } from "../simulators.ts";

/** The contract of a name, in services' or folders' spelling: `parkingPermits` or `parking-permits`. */
export function contractNamed(name: string): string {
  const found = [name, connectorNames(name, "x").contract].find(isContractName);
  if (found === undefined) throw new UsageError(`there is no contract ${name}; there are ${Object.keys(adapterNames).join(", ")}`);
  return found;
}

/** The adapter by its name, else the municipality's, else the only one. */
export function adapterOf(contract: string, wanted: string | undefined, env: NodeJS.ProcessEnv): Adapter {
  const names = adapterNames[contract] ?? [];
  const name = wanted ?? (names.length === 1 ? names[0] : municipalAdapter(contract, env));
  const adapter = name === undefined ? undefined : adapterFor(contract, name);
  if (!adapter) throw new UsageError(`${contract} has no adapter ${name ?? ""}; give one with --adapter: ${names.join(", ")}`);
  return adapter;
}

function municipalAdapter(contract: string, env: NodeJS.ProcessEnv): string | undefined {
  try {
    const settings = readSettings(env);
    return openCatalogue(catalogueFolder(settings), settings.municipality).overlay.adapters[contract];
  } catch {
    // Without settings or a compiled catalogue the adapter must be named.
    return undefined;
  }
}

/** Settings by the environment; a `SettingsError` becomes wrong usage that names every variable. */
export function settingsFromEnvironment(adapter: Adapter, contract: string, env: NodeJS.ProcessEnv): Record<string, unknown> {
  try {
    return systemSettings(adapter, contract, env);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(error.message);
    throw error;
  }
}

/** The system's own simulator, and settings that lead to it: what the settings demand besides the address must be in the environment. */
export async function simulated(
  adapter: Adapter,
  contract: string,
  env: NodeJS.ProcessEnv,
): Promise<{ simulator: Simulator; settings: Record<string, unknown> }> {
  const simulator = await startSimulator(contract);
  if (!simulator) throw new UsageError(`${contract} has no simulator`);
  const field = ["endpoint", "baseUrl"].find((name) => name in adapter.config.shape) ?? "endpoint";
  const variable = `DARSENA_${contract.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase()}_${field === "baseUrl" ? "BASE_URL" : "ENDPOINT"}`;
  try {
    return { simulator, settings: settingsFromEnvironment(adapter, contract, { ...env, [variable]: simulator.url }) };
  } catch (error) {
    await simulator.close();
    throw error;
  }
}
