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
import { chosen } from "../up/simulated-systems.ts";

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

/** The adapter's own simulator, and the settings that lead to it. */
export async function simulated(adapter: Adapter, contract: string): Promise<{ simulator: Simulator; settings: Record<string, unknown> }> {
  const found = chosen({ [contract]: adapter.name }).find(([, one]) => one.contract === contract && one.adapter === adapter.name);
  if (!found || found[1].scheme === "smtp") throw new UsageError(`${adapter.name} has no simulator that can be called by itself`);
  const [name, { settings }] = found;
  const simulator = await startSimulator(name);
  return { simulator, settings: adapter.config.parse(settings(simulator.url)) };
}
