/** Binds the systems of a municipality: adapter by the overlay, settings by the environment, session by the adapter. */
import type { Logger } from "pino";
import type { BoundSystem } from "../activities/system.ts";
import type { Overlay } from "../catalogue/definition.ts";
import { adapterFor } from "../connectors/adapters.ts";
import { contracts } from "../connectors/contracts.ts";
import { nameOf } from "../connectors/contract.ts";
import type { Ports } from "../connectors/ports.ts";
import type { Register } from "../register/database.ts";
import { type SettingProblem, SettingsError } from "./configuration/problems.ts";
import { executionSettings, systemSettings } from "./configuration/systems.ts";

export interface BindDeps {
  overlay: Overlay;
  register: Register;
  ports: Ports;
  env: NodeJS.ProcessEnv;
  closeGate: BoundSystem["closeGate"];
  log: Logger;
}

/** Every contract's system; throws one `SettingsError` with all that is missing or wrong, and binds nothing half. */
export function bindSystems({ overlay, register, ports, env, closeGate, log }: BindDeps): BoundSystem[] {
  const problems: SettingProblem[] = [];
  const bound: BoundSystem[] = [];
  for (const contract of contracts.map(nameOf)) {
    const name = overlay.adapters[contract];
    const adapter = name === undefined ? undefined : adapterFor(contract, name);
    if (!adapter) {
      problems.push({
        variable: `municipalities/${overlay.municipality}.yaml`,
        reason: `names no adapter that exists for ${contract} (${name ?? "none"})`,
      });
      continue;
    }
    try {
      const session = adapter.connect(systemSettings(adapter, contract, env) as never, ports);
      bound.push({
        contract,
        adapter,
        session,
        ports,
        ledger: register.effects,
        evidence: register.evidence,
        closeGate,
        log: log.child({ system: contract }),
        ...executionSettings(contract, env),
      });
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new SettingsError("The worker cannot start: settings of systems are missing or wrong", problems);
  return bound;
}
