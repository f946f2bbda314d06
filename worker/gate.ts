/** The worker's side of the gates: supervisors are started, told of systems' health, and asked to close after a refusal of our settings. */
import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import type { Logger } from "pino";
import type { Overlay } from "../catalogue/definition.ts";
import { type SystemSettings, usualSettings } from "../catalogue/systems.ts";
import { systemQueue } from "../connectors/contracts.ts";
import {
  CONTROL_QUEUE,
  GATE_WORKFLOW,
  gateId,
  type GateSettings,
  gateSignals,
  gateUpdates,
  type HealthReport,
} from "../workflows/gates/messages.ts";
import type { QueueLimits } from "./queue-limit.ts";

const UPDATE_MS = 5_000;

/** What a system's supervisor is told at a worker's start. */
export function gateSettings(system: string, overlay: Overlay): GateSettings {
  const { timeZone, patronDay } = overlay;
  return { system, settings: settingsOf(system, overlay), calendar: { timeZone, ...(patronDay === undefined ? {} : { patronDay }) } };
}

/** The overlay's settings of a system, or the usual ones. */
export const settingsOf = (system: string, overlay: Overlay): SystemSettings => overlay.systems?.[system] ?? usualSettings;

/** Starts the supervisor of each system, or tells the one that runs the settings of today. */
export async function startSupervisors(client: Client, systems: readonly GateSettings[]): Promise<void> {
  await Promise.all(
    systems.map((settings) =>
      client.workflow.signalWithStart(GATE_WORKFLOW, {
        taskQueue: CONTROL_QUEUE,
        workflowId: gateId(settings.system),
        args: [settings],
        signal: gateSignals.settings,
        signalArgs: [settings],
        staticSummary: `gate of the ${settings.system} system`,
      }),
    ),
  );
}

/** Tells a supervisor what a worker sees. */
export const healthTeller =
  (client: Client, system: string) =>
  (report: HealthReport): Promise<void> =>
    client.workflow.getHandle(gateId(system)).signal(gateSignals.health, report);

/** Closes the gate of a contract's system, by its supervisor, or in the queue itself where none answers. Calls that meet the same refusal meanwhile share one closing. */
export function gateCloser(
  client: () => Client,
  limits: () => QueueLimits,
  log: Logger,
): (contract: string, reason: string) => Promise<void> {
  const closing = new Map<string, Promise<void>>();
  return (contract, reason) => {
    const present = closing.get(contract);
    if (present) return present;
    const made = closeOnce(client(), limits(), log, contract, reason).finally(() => closing.delete(contract));
    closing.set(contract, made);
    return made;
  };
}

async function closeOnce(client: Client, limits: QueueLimits, log: Logger, contract: string, reason: string): Promise<void> {
  try {
    if (!(await closedBySupervisor(client, contract, reason, log)))
      await limits.set(contract, { rate: 0, reason: `misconfigured: ${reason}` });
    log.error(
      { system: contract, taskQueue: systemQueue(contract), reason },
      `gate closed; correct the setting, then: darsena systems open ${contract} --as NAME`,
    );
  } catch (error) {
    log.error({ system: contract, reason, error: (error as Error).name }, "the gate could not be closed; calls go on being retried");
  }
}

async function closedBySupervisor(client: Client, contract: string, reason: string, log: Logger): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + UPDATE_MS, () =>
      client.workflow.getHandle(gateId(contract)).executeUpdate(gateUpdates.misconfigured, { args: [reason] }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError))
      log.warn({ system: contract, error: (error as Error).name }, "the supervisor does not answer");
    return false;
  }
}
