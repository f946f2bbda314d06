/** How many calls wait in the queues of systems, as the Temporal server tells it: approximately, and at most two seconds old. */
import type { WorkflowService } from "./queue-limit.ts";
import { systemQueue } from "../connectors/contracts.ts";

const ACTIVITY_QUEUE = 2;
const FRESH_MS = 2_000;

interface Told {
  at: number;
  waiting: Promise<number | undefined>;
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
  waiting(contract: string): Promise<number | undefined> {
    const known = this.#told.get(contract);
    if (known && performance.now() - known.at < FRESH_MS) return known.waiting;
    const told = { at: performance.now(), waiting: this.#ask(contract) };
    this.#told.set(contract, told);
    return told.waiting;
  }

  async #ask(contract: string): Promise<number | undefined> {
    try {
      const { stats } = await this.#service.describeTaskQueue({
        namespace: this.#namespace,
        taskQueue: { name: systemQueue(contract) },
        taskQueueType: ACTIVITY_QUEUE,
        reportStats: true,
      });
      const count = stats?.approximateBacklogCount;
      return count === null || count === undefined ? undefined : Number(count);
    } catch {
      // Unreachable or too old: whoever cannot know that nobody waits does not overtake.
      return undefined;
    }
  }
}
