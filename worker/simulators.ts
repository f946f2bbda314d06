/** Simulators of every legacy system, in one process: what Darsena talks to until the real systems are configured. */
import { join } from "node:path";
import { appIoSimulator } from "../connectors/messages/app-io/simulator.ts";
import { gpdSimulator } from "../connectors/payments/pagopa-gpd/simulator.ts";
import { docareaSimulator } from "../connectors/protocol/docarea/simulator.ts";
import { anprSimulator } from "../connectors/registry/anpr/simulator.ts";
import type { Simulator, SimulatorOptions } from "../connectors/simulator.ts";
import { municipalXmlSimulator } from "../connectors/tax/municipal-xml/simulator.ts";

const starters: Record<string, (options: SimulatorOptions) => Promise<Simulator>> = {
  registry: anprSimulator,
  protocol: docareaSimulator,
  tax: municipalXmlSimulator,
  payments: gpdSimulator,
  messages: appIoSimulator,
};

/** Contracts that have a simulator, in the order of their ports. */
export const simulatedContracts = Object.keys(starters);

/** Starts all of them: on ports from `portBase` on (0: free ones), each with its state in a file of `folder`. */
export async function startSimulators(options: { portBase: number; host: string; folder: string }): Promise<Record<string, Simulator>> {
  const { portBase, host, folder } = options;
  const started = await Promise.all(
    Object.entries(starters).map(async ([contract, start], index) => {
      const port = portBase === 0 ? 0 : portBase + index;
      return [contract, await start({ port, host, stateFile: join(folder, `${contract}.json`) })] as const;
    }),
  );
  return Object.fromEntries(started);
}

/** The simulator of one contract on a free port, with its state in memory; undefined when the contract has none. */
export const startSimulator = (contract: string): Promise<Simulator> | undefined => starters[contract]?.({ port: 0, host: "127.0.0.1" });
