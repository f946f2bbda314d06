/** The simulation as `darsena simulate` takes it. */
import type { Simulator } from "../../client/cli/simulate-report.ts";
import { faultKinds, faultScenarios } from "./faults.ts";
import { invariants } from "./invariants.ts";
import { simulationSabotage } from "./sabotage.ts";
import { simulate } from "./simulate.ts";

/** With what the environment breaks on purpose, in tests. Throws `SettingsError` where that is not allowed. */
export function simulatorFor(env: NodeJS.ProcessEnv): Simulator {
  const sabotage = simulationSabotage(env);
  return {
    faults: Object.entries(faultKinds).map(([name, [strikes, what]]) => ({ name, strikes, what })),
    scenarios: faultScenarios,
    invariants: Object.entries(invariants).map(([name, says]) => ({ name, says })),
    simulate: (options) => simulate({ ...options, sabotage }),
  };
}
