/** Warns of system queues with more than one partition: their rate then comes in bursts, their order is lost, and canaries may never come. */
import type { NativeConnection } from "@temporalio/worker";
import type { Logger } from "pino";
import { systemQueue } from "../connectors/contracts.ts";

/** Looks once; a server that does not answer this is left alone. */
export async function warnOfPartitions(
  connection: NativeConnection,
  namespace: string,
  systems: readonly string[],
  log: Logger,
): Promise<void> {
  try {
    for (const system of systems) {
      const taskQueue = systemQueue(system);
      const { activityTaskQueuePartitions = [] } = await connection.workflowService.listTaskQueuePartitions({
        namespace,
        taskQueue: { name: taskQueue },
      });
      const count = activityTaskQueuePartitions?.length ?? 0;
      if (count > 1)
        log.warn(
          { system, taskQueue, partitions: count },
          "set matching.numTaskqueueReadPartitions and ...WritePartitions to 1 for this queue: limits and order need one partition (docs/gates.md)",
        );
    }
  } catch (error) {
    log.debug({ error: (error as Error).name }, "the server does not tell the partitions of queues");
  }
}
