/** The municipality's systems as operators see them: the gate of each is the rate limit of its task queue in Temporal. */
import { type Connection, isGrpcServiceError, ServiceError } from "@temporalio/client";
import { nameOf } from "../connectors/contract.ts";
import { contracts, systemQueue } from "../connectors/contracts.ts";
import { DarsenaError } from "./errors.ts";

const ACTIVITY_QUEUE = 2;
const IDENTITY = "darsena-control";
const DEADLINE_MS = 5_000;
const UNIMPLEMENTED = 12;

/** A system and its gate. */
export interface SystemGate {
  /** The contract that it serves. */
  system: string;
  /** The adapter that the municipality has chosen, where known. */
  adapter?: string;
  queue: string;
  /** `limited`: calls pass at `rate` per second. */
  gate: "open" | "closed" | "limited";
  /** Calls per second, where limited or closed. */
  rate?: number;
  /** Why, and by whom and since when, as said when the gate was set. */
  reason?: string;
  by?: string;
  since?: string;
  /** Calls that wait, approximately. */
  waiting: number;
  /** Whether a worker takes this system's calls. */
  served: boolean;
}

/** Looks at the gates and lifts them. */
export interface Systems {
  list(): Promise<SystemGate[]>;
  /** Opens the gate; resolves with what it was before. Rejects with SYSTEM_NOT_FOUND. */
  open(system: string): Promise<SystemGate>;
}

/** The systems of a namespace; `adapters` by contract, from the municipality's overlay. */
export function systemsOf(connection: Connection, namespace: string, adapters: Readonly<Record<string, string>> = {}): Systems {
  const asked = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await connection.withDeadline(Date.now() + DEADLINE_MS, call);
    } catch (error) {
      if (isGrpcServiceError(error) && error.code === UNIMPLEMENTED) throw new DarsenaError("NOT_SUPPORTED", { cause: error });
      if (isGrpcServiceError(error) || error instanceof ServiceError) throw new DarsenaError("TEMPORAL_UNAVAILABLE", { cause: error });
      throw error;
    }
  };
  const describe = async (system: string): Promise<SystemGate> => {
    const queue = systemQueue(system);
    const { stats, config, pollers } = await asked(() =>
      connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name: queue },
        taskQueueType: ACTIVITY_QUEUE,
        reportStats: true,
        reportConfig: true,
      }),
    );
    const limit = config?.queueRateLimit;
    const rate = limit?.rateLimit?.requestsPerSecond ?? undefined;
    const { reason, updateIdentity, updateTime } = limit?.metadata ?? {};
    const adapter = adapters[system];
    return {
      system,
      ...(adapter === undefined ? {} : { adapter }),
      queue,
      gate: rate === undefined ? "open" : rate === 0 ? "closed" : "limited",
      ...(rate === undefined ? {} : { rate }),
      ...(rate === undefined || !reason ? {} : { reason }),
      ...(rate === undefined || !updateIdentity ? {} : { by: updateIdentity }),
      ...(rate === undefined || !updateTime?.seconds ? {} : { since: new Date(Number(updateTime.seconds) * 1_000).toISOString() }),
      waiting: Number(stats?.approximateBacklogCount ?? 0),
      served: (pollers?.length ?? 0) > 0,
    };
  };
  return {
    async list() {
      // All are awaited even when one fails: a call that still tries again would throw once its connection is closed (grpc-js 1.14).
      const described = await Promise.allSettled(contracts.map((contract) => describe(nameOf(contract))));
      return described.map((one) => {
        if (one.status === "rejected") throw one.reason;
        return one.value;
      });
    },
    async open(system) {
      if (!contracts.some((contract) => nameOf(contract) === system)) throw new DarsenaError("SYSTEM_NOT_FOUND");
      const before = await describe(system);
      await asked(() =>
        connection.workflowService.updateTaskQueueConfig({
          namespace,
          identity: IDENTITY,
          taskQueue: before.queue,
          taskQueueType: ACTIVITY_QUEUE,
          // Without a rate limit the one that stands is removed.
          updateQueueRateLimit: { reason: "opened by an operator" },
        }),
      );
      return before;
    },
  };
}
