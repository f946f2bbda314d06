/** Simulators of every legacy system, in one process: what Darsena talks to until the real systems are configured. */
import { join } from "node:path";
import { inadSimulator } from "../connectors/domicile/inad/simulator.ts";
import { appIoSimulator } from "../connectors/messages/app-io/simulator.ts";
import { emailSimulator } from "../connectors/messages/email/simulator.ts";
import { gpdSimulator } from "../connectors/payments/pagopa-gpd/simulator.ts";
import { docareaSimulator } from "../connectors/protocol/docarea/simulator.ts";
import { anprSimulator } from "../connectors/registry/anpr/simulator.ts";
import type { Simulator, SimulatorOptions } from "../connectors/simulator.ts";
import { municipalXmlSimulator } from "../connectors/tax/municipal-xml/simulator.ts";
import { type SimulatedName, simulatedSystemNames, simulatorPort } from "./up/simulated-systems.ts";

const starters: Readonly<Record<SimulatedName, (options: SimulatorOptions) => Promise<Simulator>>> = {
  registry: anprSimulator,
  protocol: docareaSimulator,
  tax: municipalXmlSimulator,
  payments: gpdSimulator,
  messages: appIoSimulator,
  email: emailSimulator,
  domicile: inadSimulator,
};

/** Starts all of them: on ports from `portBase` on (0: free ones), each with its state in a file of `folder`. */
export async function startSimulators(options: {
  portBase: number;
  host: string;
  folder: string;
}): Promise<Record<SimulatedName, Simulator>> {
  const { portBase, host, folder } = options;
  const started = await Promise.all(
    simulatedSystemNames.map(async (name) => {
      const port = portBase === 0 ? 0 : simulatorPort(name, portBase);
      return [name, await starters[name]({ port, host, stateFile: join(folder, `${name}.json`) })] as const;
    }),
  );
  return Object.fromEntries(started) as Record<SimulatedName, Simulator>;
}

/** One simulator on a free port, with its state in memory. */
export const startSimulator = (name: SimulatedName): Promise<Simulator> => starters[name]({ port: 0, host: "127.0.0.1" });
