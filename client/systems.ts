/** The municipality's systems as operators see them, with their gates: read from the task queues and their supervisors, and changed by the supervisors. */
import {
  Client,
  type Connection,
  isGrpcServiceError,
  ServiceError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import { nameOf } from "../connectors/contract.ts";
import { contracts, systemQueue } from "../connectors/contracts.ts";
import {
  type CloseGate,
  CONTROL_IDENTITY,
  GATE_MEMO,
  GATE_QUERY,
  gateId,
  gateUpdates,
  type GateView,
  type OpenGate,
} from "../workflows/gates/messages.ts";
import { dataConverter } from "../workflows/sealing/data-converter.ts";
import { DarsenaError } from "./errors.ts";
import { type SystemGate, withSupervisor } from "./system-gate.ts";

export type { CloseGate, OpenGate } from "../workflows/gates/messages.ts";
export type { SystemGate } from "./system-gate.ts";

const ACTIVITY_QUEUE = 2;
const DEADLINE_MS = 5_000;
const UPDATE_DEADLINE_MS = 10_000;
const UNIMPLEMENTED = 12;

/** Looks at the gates, closes and opens them. */
export interface Systems {
  list(): Promise<SystemGate[]>;
  /** Closes the gate, until an instant or until it is opened; calls in flight finish. Resolves with what it was before. Rejects with SYSTEM_NOT_FOUND. */
  close(system: string, command: CloseGate): Promise<SystemGate>;
  /** Opens the gate, at a rate if one is given; resolves with what it was before. Rejects with SYSTEM_NOT_FOUND. */
  open(system: string, command?: OpenGate): Promise<SystemGate>;
}

/** The systems of a namespace; `adapters` by contract, from the municipality's overlay. */
export function systemsOf(connection: Connection, namespace: string, adapters: Readonly<Record<string, string>> = {}): Systems {
  const client = new Client({ connection, namespace, dataConverter });

  async function describe(system: string): Promise<SystemGate> {
    let view = await viewOf(system);
    const found = await asked(DEADLINE_MS, () => describeQueue(connection, namespace, system)).catch(async (error: unknown) => {
      if (!(error instanceof DarsenaError) || error.code !== "NOT_SUPPORTED") throw error;
      // A server that does not describe its queues does not limit them either, and may keep no memo: all that holds is what the supervisor says.
      view ??= await askSupervisor(system);
      if (view?.enforcedBy !== "register") throw error;
      return { queue: systemQueue(system), gate: "open" as const };
    });
    const adapter = adapters[system];
    const gate: SystemGate = { system, ...(adapter === undefined ? {} : { adapter }), ...found };
    return view ? withSupervisor(gate, view) : gate;
  }

  /** What the supervisor has set last; undefined where there is none. Asks no worker. */
  async function viewOf(system: string): Promise<GateView | undefined> {
    try {
      const { memo } = await connection.withDeadline(Date.now() + DEADLINE_MS, () => client.workflow.getHandle(gateId(system)).describe());
      return memo?.[GATE_MEMO] as GateView | undefined;
    } catch {
      return undefined;
    }
  }

  /** What the supervisor itself says, by way of a worker; undefined when there is no answer. */
  async function askSupervisor(system: string): Promise<GateView | undefined> {
    try {
      return await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
        client.workflow.getHandle(gateId(system)).query<GateView>(GATE_QUERY),
      );
    } catch {
      return undefined;
    }
  }

  /** By the supervisor; in the queue itself where there is none. */
  async function tell(
    system: string,
    update: string,
    command: CloseGate | OpenGate,
    limit: { rate?: number; reason: string },
  ): Promise<SystemGate> {
    if (!contracts.some((contract) => nameOf(contract) === system)) throw new DarsenaError("SYSTEM_NOT_FOUND");
    const before = await describe(system);
    try {
      await asked(UPDATE_DEADLINE_MS, () => client.workflow.getHandle(gateId(system)).executeUpdate(update, { args: [command] }));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await asked(DEADLINE_MS, () => limitQueue(connection, namespace, system, limit));
    }
    return before;
  }

  async function asked<T>(ms: number, call: () => Promise<T>): Promise<T> {
    try {
      return await connection.withDeadline(Date.now() + ms, call);
    } catch (error) {
      throw translated(error);
    }
  }

  return {
    async list() {
      // All are awaited even when one fails: a call that still tries again would throw once its connection is closed (grpc-js 1.14).
      const described = await Promise.allSettled(contracts.map((contract) => describe(nameOf(contract))));
      return described.map((one) => {
        if (one.status === "rejected") throw one.reason;
        return one.value;
      });
    },
    close: (system, command) => tell(system, gateUpdates.close, command, { rate: 0, reason: `closed by ${command.by}: ${command.reason}` }),
    open: (system, command = { by: "an operator" }) =>
      tell(system, gateUpdates.open, command, {
        reason: `opened by ${command.by}`,
        ...(command.rate === undefined ? {} : { rate: command.rate }),
      }),
  };
}

async function describeQueue(connection: Connection, namespace: string, system: string): Promise<Omit<SystemGate, "system" | "adapter">> {
  const queue = systemQueue(system);
  const { stats, config, pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: queue },
    taskQueueType: ACTIVITY_QUEUE,
    reportStats: true,
    reportConfig: true,
  });
  const limit = config?.queueRateLimit;
  const rate = limit?.rateLimit?.requestsPerSecond ?? undefined;
  const { reason, updateIdentity, updateTime } = limit?.metadata ?? {};
  return {
    queue,
    gate: rate === undefined ? "open" : rate === 0 ? "closed" : "limited",
    ...(rate === undefined ? {} : { rate }),
    ...(rate === undefined || !reason ? {} : { reason }),
    ...(rate === undefined || !updateIdentity ? {} : { by: updateIdentity }),
    ...(rate === undefined || !updateTime?.seconds ? {} : { since: new Date(Number(updateTime.seconds) * 1_000).toISOString() }),
    waiting: Number(stats?.approximateBacklogCount ?? 0),
    served: (pollers?.length ?? 0) > 0,
  };
}

async function limitQueue(
  connection: Connection,
  namespace: string,
  system: string,
  { rate, reason }: { rate?: number; reason: string },
): Promise<void> {
  await connection.workflowService.updateTaskQueueConfig({
    namespace,
    identity: CONTROL_IDENTITY,
    taskQueue: systemQueue(system),
    taskQueueType: ACTIVITY_QUEUE,
    // Without a rate limit the one that stands is removed.
    updateQueueRateLimit: rate === undefined ? { reason } : { rateLimit: { requestsPerSecond: rate }, reason },
  });
}

/** A supervisor that is not there stays what it is: the caller has another way. */
function translated(error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError) return error;
  if (error instanceof WorkflowUpdateFailedError) {
    const detail = error.cause instanceof ApplicationFailure ? error.cause.message : undefined;
    return new DarsenaError("INVALID_BODY", { ...(detail === undefined ? {} : { detail }), cause: error });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)
    return new DarsenaError("NO_ANSWER_YET", { detail: "No worker has set the gate yet; it does so as soon as one runs.", cause: error });
  if (isGrpcServiceError(error) && error.code === UNIMPLEMENTED) return new DarsenaError("NOT_SUPPORTED", { cause: error });
  if (isGrpcServiceError(error) || error instanceof ServiceError) return new DarsenaError("TEMPORAL_UNAVAILABLE", { cause: error });
  return error;
}
