/** The critical section of systems that demand rising ids, over all processes: one row per sender with its last id, holder and lease. */
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { notSent } from "../connectors/failure.ts";
import type { OrderedSender } from "../connectors/ports.ts";
import type { Connection } from "./connection.ts";
import { isUnreachable } from "./errors.ts";

const READY = "insert into senders (sender, last_id) values ($1, 0) on conflict (sender) do nothing";

/** Obtains the lease and draws the id in one statement, by the database's clock. It locks and writes nothing while another holds the section. */
const TAKE = `
update senders set last_id = last_id + 1, holder = $2, lease_until = clock_timestamp() + $3 * interval '1 millisecond'
where sender = $1 and (holder is null or lease_until < clock_timestamp())
returning last_id`;

const RELEASE = "update senders set holder = null, lease_until = null where sender = $1 and holder = $2 returning true as held";

/** Another process asks for the section at least this often. */
const POLL_MS = { least: 15, most: 45 };
/** After so many sections without a pause between them a process steps aside for longer than another one's poll, so that none starves. */
const TURNS = 8;
const ASIDE_MS = 60;

/** Callers of this process, in the order in which they came; only the first of them asks the database. */
interface Queue {
  readonly waiting: (() => void)[];
  busy: boolean;
  turns: number;
  ready: boolean;
}

/** The register's ordered sender. A process that dies holding a section gives way when its lease has run out. */
export class Senders implements OrderedSender {
  readonly #connection: Connection;
  readonly #queues = new Map<string, Queue>();
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async inOrder<T>(sender: string, leaseMs: number, waitMs: number, send: (id: bigint) => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + waitMs;
    const queue = this.#queue(sender);
    await enter(queue, giveUpAt);
    try {
      return await this.#inSection(sender, queue, leaseMs, giveUpAt, send);
    } finally {
      leave(queue);
    }
  }

  async #inSection<T>(sender: string, queue: Queue, leaseMs: number, giveUpAt: number, send: (id: bigint) => Promise<T>): Promise<T> {
    const holder = randomUUID();
    const { id, surelyUntil } = await this.#take(sender, queue, holder, leaseMs, giveUpAt);
    let answer: { value: T } | { error: unknown };
    try {
      answer = { value: await send(id) };
    } catch (error) {
      answer = { error };
    }
    if (!(await this.#release(sender, holder, surelyUntil)))
      throw notSent("LEASE_LOST", "another sender took over while this call ran; its answer is ignored");
    if ("error" in answer) throw answer.error;
    return answer.value;
  }

  /** `surelyUntil` is this process's own time up to which nobody else can hold the section, whatever the database says later. */
  async #take(
    sender: string,
    queue: Queue,
    holder: string,
    leaseMs: number,
    giveUpAt: number,
  ): Promise<{ id: bigint; surelyUntil: number }> {
    if (queue.turns >= TURNS) {
      queue.turns = 0;
      await pause(ASIDE_MS);
    }
    try {
      if (!queue.ready) await this.#connection.run("senders.ready", READY, [sender]);
      queue.ready = true;
      for (;;) {
        const surelyUntil = performance.now() + leaseMs;
        const [row] = await this.#connection.run<{ last_id: bigint }>("senders.take", TAKE, [sender, holder, leaseMs]);
        if (row) {
          queue.turns += 1;
          return { id: row.last_id, surelyUntil };
        }
        queue.turns = 0;
        const wait = POLL_MS.least + Math.random() * (POLL_MS.most - POLL_MS.least);
        if (performance.now() + wait > giveUpAt) throw busy();
        await pause(wait);
      }
    } catch (error) {
      throw isUnreachable(error)
        ? notSent("REGISTER_UNREACHABLE", "the register, which keeps the sender's order, cannot be reached")
        : error;
    }
  }

  /** Whether the section was ours until now. Without the register, the time since it was taken decides, and the lease runs out by itself. */
  async #release(sender: string, holder: string, surelyUntil: number): Promise<boolean> {
    try {
      return (await this.#connection.run("senders.release", RELEASE, [sender, holder])).length === 1;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return performance.now() < surelyUntil;
    }
  }

  #queue(sender: string): Queue {
    const present = this.#queues.get(sender);
    if (present) return present;
    const made: Queue = { waiting: [], busy: false, turns: 0, ready: false };
    this.#queues.set(sender, made);
    return made;
  }
}

const busy = () => notSent("SECTION_BUSY", "the sender's section was not free in the time allowed");

async function enter(queue: Queue, giveUpAt: number): Promise<void> {
  if (!queue.busy) {
    queue.busy = true;
    return;
  }
  await new Promise<void>((resolve, reject) => {
    const turn = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(
      () => {
        queue.waiting.splice(queue.waiting.indexOf(turn), 1);
        reject(busy());
      },
      Math.max(0, giveUpAt - performance.now()),
    );
    queue.waiting.push(turn);
  });
}

function leave(queue: Queue): void {
  const next = queue.waiting.shift();
  if (next) return next();
  queue.busy = false;
  queue.turns = 0;
}
