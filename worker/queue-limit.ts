/** The rate limit of a system's task queue in Temporal, with its reason: at 0 the server holds every task, retry timers included. */
import type { Connection } from "@temporalio/client";
import { systemQueue } from "../connectors/contracts.ts";
import { CONTROL_IDENTITY } from "../workflows/gates/messages.ts";

const ACTIVITY_QUEUE = 2;
const UNIMPLEMENTED = 12;
const PERMISSION_DENIED = 7;

/** What stands in the queue's configuration. */
export interface QueueLimit {
  /** Calls per second; absent without a limit. */
  rate?: number;
  reason?: string;
}

/** The server does not let us limit queues: an older one, a managed one, or one whose authoriser says no. */
export class QueueLimitRefused extends Error {
  override readonly name = "QueueLimitRefused";
}

/** Sets and reads limits. */
export interface QueueLimits {
  /** Both reject with `QueueLimitRefused` where the server does not offer it. */
  set(contract: string, limit: QueueLimit): Promise<void>;
  get(contract: string): Promise<QueueLimit>;
}

/** The part of a connection that is needed; the worker's and the client's both have it. */
export type WorkflowService = Pick<Connection["workflowService"], "updateTaskQueueConfig" | "describeTaskQueue">;

/** The limits of one namespace's queues. */
export function queueLimits(workflowService: WorkflowService, namespace: string): QueueLimits {
  return {
    set: (contract, { rate, reason = "" }) =>
      offered(async () => {
        await workflowService.updateTaskQueueConfig({
          namespace,
          identity: CONTROL_IDENTITY,
          taskQueue: systemQueue(contract),
          taskQueueType: ACTIVITY_QUEUE,
          // Without a rate limit the one that stands is removed.
          updateQueueRateLimit: rate === undefined ? { reason } : { rateLimit: { requestsPerSecond: rate }, reason },
        });
      }),
    get: (contract) =>
      offered(async () => {
        const { config } = await workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: systemQueue(contract) },
          taskQueueType: ACTIVITY_QUEUE,
          reportConfig: true,
        });
        const rate = config?.queueRateLimit?.rateLimit?.requestsPerSecond ?? undefined;
        const reason = config?.queueRateLimit?.metadata?.reason ?? undefined;
        return { ...(rate === undefined ? {} : { rate }), ...(reason ? { reason } : {}) };
      }),
  };
}

async function offered<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw isRefusal(error) ? new QueueLimitRefused("the server does not let us limit task queues", { cause: error }) : error;
  }
}

/** For trials and tests: a server as older ones are. */
export const refusingLimits: QueueLimits = {
  async set() {
    throw new QueueLimitRefused("queue limits are refused on purpose");
  },
  async get() {
    throw new QueueLimitRefused("queue limits are refused on purpose");
  },
};

function isRefusal(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === UNIMPLEMENTED || code === PERMISSION_DENIED;
}
