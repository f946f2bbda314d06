/** Temporal's side of the in-process client: starts, updates and queries, each with a deadline and in the words of `errors.ts`. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from "@temporalio/client";
import { ApplicationFailure } from "@temporalio/common";
import { type CaseStart, type FieldIssue, type Message, type MessageAnswer, queries, type Repair, updates } from "../cases/message.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Adoption } from "./definitions-client.ts";
import { DarsenaError, isErrorCode } from "./errors.ts";

const START_DEADLINE_MS = 10_000;
const UPDATE_DEADLINE_MS = 10_000;
const READ_DEADLINE_MS = 5_000;
/** Name of the workflow's update that moves a case to another definition. */
const ADOPT = "adopt";
/** A worker answers a query in milliseconds; without one there is none to wait for. */
const QUERY_DEADLINE_MS = 2_000;
const PING_DEADLINE_MS = 2_000;

/** What a case's engine offers to the client. */
export interface CaseEngine {
  /** Starts the case, or finds it started: both are success. */
  start(caseId: string, service: string, title: string, start: CaseStart): Promise<void>;
  /** Undefined when no such case runs any more, or ever did. */
  message(caseId: string, message: Message): Promise<MessageAnswer | undefined>;
  /** Undefined when no such case runs any more, or ever did. */
  repair(caseId: string, repair: Repair): Promise<MessageAnswer | undefined>;
  /** Undefined when no such case runs any more, or ever did. */
  adopt(caseId: string, adoption: Adoption): Promise<MessageAnswer | undefined>;
  /** The live status; undefined when there is no such workflow, or it has not opened yet. */
  status(caseId: string): Promise<CaseStatus | undefined>;
  /** What Temporal knows of the workflow without asking a worker, open or closed; undefined when there is none. */
  described(caseId: string): Promise<{ service: string; startedAt: string; failed: boolean } | undefined>;
  /** What keeps a running case from going on, as Temporal sees it; undefined when no such case runs. */
  trouble(caseId: string): Promise<Trouble | undefined>;
  /** Rejects when Temporal or the namespace does not answer. */
  ping(): Promise<void>;
}

/** Attempts that Temporal makes again and again. */
export interface Trouble {
  /** Of the pending workflow task; 0 when none is pending. */
  workflowTaskAttempt: number;
  /** Calls that were not sent so far; `code` is that of the last failure. */
  calls: { operation: string; attempt: number; code: string }[];
}

/** The engine on a Temporal client; all cases run on one task queue. */
export function temporalEngine(client: Client, taskQueue = "cases"): CaseEngine {
  const within = async <T>(ms: number, call: () => Promise<T>): Promise<T> => {
    try {
      return await client.withDeadline(Date.now() + ms, call);
    } catch (error) {
      throw translated(error);
    }
  };
  const tell = async (caseId: string, update: string, updateId: string, argument: Message | Repair | Adoption) => {
    for (let attempt = 1; ; attempt++) {
      try {
        const handle = client.workflow.getHandle(caseId);
        return await within(UPDATE_DEADLINE_MS, () =>
          handle.executeUpdate<MessageAnswer, [Message | Repair | Adoption]>(update, { args: [argument], updateId }),
        );
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        // A case that restarts from its state closes its run under the update; its next run keeps the ids that it has seen.
        if (!abortedByClosing(error) || attempt === 5)
          throw error instanceof DarsenaError ? error : new DarsenaError("NO_ANSWER_YET", { cause: error });
        await sleep(100 * attempt);
      }
    }
  };
  return {
    async start(caseId, service, title, start) {
      try {
        await within(START_DEADLINE_MS, () =>
          client.workflow.start(service, {
            taskQueue,
            workflowId: caseId,
            args: [start],
            workflowIdConflictPolicy: "USE_EXISTING",
            workflowIdReusePolicy: "REJECT_DUPLICATE",
            staticSummary: title,
            staticDetails: `Case ${caseId}, channel ${start.channel}`,
          }),
        );
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
    },
    message: (caseId, message) => tell(caseId, updates.message, message.id, message),
    repair: (caseId, repair) => tell(caseId, updates.repair, repair.id, repair),
    adopt: (caseId, adoption) => tell(caseId, ADOPT, adoption.id, adoption),
    async status(caseId) {
      try {
        const status = await within(QUERY_DEADLINE_MS, () => client.workflow.getHandle(caseId).query<CaseStatus | null>(queries.status));
        return status ?? undefined;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
    async described(caseId) {
      try {
        const { type, startTime, status } = await within(READ_DEADLINE_MS, () => client.workflow.getHandle(caseId).describe());
        return { service: type, startedAt: startTime.toISOString(), failed: status.name === "FAILED" };
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
    async trouble(caseId) {
      try {
        const { raw, status } = await within(READ_DEADLINE_MS, () => client.workflow.getHandle(caseId).describe());
        if (status.name !== "RUNNING") return undefined;
        return await troubleOf(raw, client.options.loadedDataConverter);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return undefined;
        throw error;
      }
    },
    async ping() {
      const namespace = client.options.namespace;
      await within(PING_DEADLINE_MS, () => client.workflowService.describeNamespace({ namespace }));
    },
  };
}

type Described = Awaited<ReturnType<ReturnType<Client["workflow"]["getHandle"]>["describe"]>>["raw"];
type Converter = Client["options"]["loadedDataConverter"];
type PendingCall = NonNullable<Described["pendingActivities"]>[number];

async function troubleOf(raw: Described, converter: Converter): Promise<Trouble> {
  const calls = await Promise.all(
    (raw.pendingActivities ?? []).map(async ({ activityType, attempt, lastFailure }) => ({
      operation: activityType?.name ?? "",
      attempt: attempt ?? 0,
      // The message of a call that was not sent is `CODE: words`.
      code: /^([A-Z][A-Z0-9_]*):/.exec(await messageOf(lastFailure, converter))?.[1] ?? "NO_ANSWER",
    })),
  );
  return { workflowTaskAttempt: raw.pendingWorkflowTask?.attempt ?? 0, calls };
}

/** Messages of failures travel as payloads, through the codec. */
async function messageOf(
  failure: PendingCall["lastFailure"],
  { failureConverter, payloadConverter, payloadCodecs }: Converter,
): Promise<string> {
  if (!failure) return "";
  let encodedAttributes = failure.encodedAttributes ?? undefined;
  for (const codec of payloadCodecs.toReversed()) if (encodedAttributes) [encodedAttributes] = await codec.decode([encodedAttributes]);
  return failureConverter.failureToError({ ...failure, ...(encodedAttributes ? { encodedAttributes } : {}) }, payloadConverter).message;
}

/** The case's refusal or Temporal's absence as a coded error; "not found", "already started" and an aborted update stay as they are. */
function translated(error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError || abortedByClosing(error))
    return error;
  if (error instanceof WorkflowUpdateFailedError) return refusal(error);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return new DarsenaError("NO_ANSWER_YET", { cause: error });
  if (error instanceof NamespaceNotFoundError) {
    return new DarsenaError("TEMPORAL_UNAVAILABLE", { detail: "The Temporal server has no such namespace.", cause: error });
  }
  if (error instanceof ServiceError || isGrpcServiceError(error)) return new DarsenaError("TEMPORAL_UNAVAILABLE", { cause: error });
  return error;
}

function refusal(error: WorkflowUpdateFailedError): DarsenaError {
  const failure = error.cause;
  if (!(failure instanceof ApplicationFailure) || !isErrorCode(failure.type)) return new DarsenaError("INTERNAL", { cause: error });
  const said = failure.details?.[0] as (JsonObject & { errors?: FieldIssue[] }) | null | undefined;
  const { errors, ...details } = said ?? {};
  return new DarsenaError(failure.type, {
    detail: failure.message,
    errors,
    details: Object.keys(details).length === 0 ? undefined : (details as JsonObject),
    cause: error,
  });
}

/** The run closed, or was continued as new, while it held the update. */
function abortedByClosing(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (/aborted by closing workflow/i.test(one.message)) return true;
    if (one instanceof ApplicationFailure && one.type === "AcceptedUpdateCompletedWorkflow") return true;
  }
  return false;
}
