/** How many calls wait in the queues of systems, and whether a queue is limited, as the Temporal server tells it: approximately, and at most two seconds old. */
import type { WorkflowService } from "./queue-limit.ts";
import { systemQueue } from "../connectors/contracts.ts";

const ACTIVITY_QUEUE = 2;
const FRESH_MS = 2_000;

/** What the server tells of one queue. */
export interface Backlog {
  waiting: number;
  /** A rate stands in the queue's configuration, whoever set it: 0 holds all calls. */
  limited: boolean;
}

interface Told {
  at: number;
  backlog: Promise<Backlog | undefined>;
}

/** Reads backlogs. */
export class Backlogs {
  readonly #service: Pick<WorkflowService, "describeTaskQueue">;
  readonly #namespace: string;
  readonly #told = new Map<string, Told>();

  constructor(service: Pick<WorkflowService, "describeTaskQueue">, namespace: string) {
    this.#service = service;
    this.#namespace = namespace;
  }

  /** The calls that wait for a contract's system; undefined where the server cannot tell. */
  of(contract: string): Promise<Backlog | undefined> {
    const known = this.#told.get(contract);
    if (known && performance.now() - known.at < FRESH_MS) return known.backlog;
    const told = { at: performance.now(), backlog: this.#ask(contract) };
    this.#told.set(contract, told);
    return told.backlog;
  }

  async #ask(contract: string): Promise<Backlog | undefined> {
    try {
      const { stats, config } = await this.#service.describeTaskQueue({
        namespace: this.#namespace,
        taskQueue: { name: systemQueue(contract) },
        taskQueueType: ACTIVITY_QUEUE,
        reportStats: true,
        reportConfig: true,
      });
      const count = stats?.approximateBacklogCount;
      if (count === null || count === undefined) return undefined;
      return { waiting: Number(count), limited: typeof config?.queueRateLimit?.rateLimit?.requestsPerSecond === "number" };
    } catch {
      // Unreachable or too old: whoever cannot know that nobody waits does not overtake.
      return undefined;
    }
  }
}
