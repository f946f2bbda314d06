/** The gate of a system is its task queue's rate limit, with a reason: at 0 the server holds every task, retry timers included. */
import type { NativeConnection } from "@temporalio/worker";
import type { Logger } from "pino";
import { systemQueue } from "../connectors/contracts.ts";

const ACTIVITY_QUEUE = 2;
const IDENTITY = "darsena-control";

/** Closes the gate of a contract's system; a reason given before stays when the server cannot be asked. */
export const gateCloser =
  (connection: NativeConnection, namespace: string, log: Logger) =>
  async (contract: string, reason: string): Promise<void> => {
    const taskQueue = systemQueue(contract);
    try {
      await connection.workflowService.updateTaskQueueConfig({
        namespace,
        identity: IDENTITY,
        taskQueue,
        taskQueueType: ACTIVITY_QUEUE,
        updateQueueRateLimit: { rateLimit: { requestsPerSecond: 0 }, reason: `misconfigured: ${reason}` },
      });
      log.error({ system: contract, taskQueue, reason }, `gate closed; correct the setting, then: darsena systems open ${contract}`);
    } catch (error) {
      log.error({ system: contract, reason, error: (error as Error).name }, "the gate could not be closed; calls go on being retried");
    }
  };
