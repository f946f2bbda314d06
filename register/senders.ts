/** The critical section of systems that demand rising ids, over all processes: one row per sender with its last id, holder and lease. */
import { randomUUID } from "node:crypto";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { CallFailure, notSent } from "../connectors/failure.ts";
import type { OrderedSender, Section, Turn } from "../connectors/ports.ts";
import type { Connection } from "./connection.ts";
import { isUnreachable } from "./errors.ts";
import { HeldSection } from "./sender-section.ts";
import { READY, RELEASE, TAKE } from "./sender-sql.ts";

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

  async inSection<T>(turn: Turn, run: (section: Section) => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + turn.waitMs;
    const queue = this.#queue(turn.sender);
    await enter(queue, giveUpAt);
    try {
      return await this.#hold(turn, queue, giveUpAt, run);
    } finally {
      leave(queue);
    }
  }

  async #hold<T>(turn: Turn, queue: Queue, giveUpAt: number, run: (section: Section) => Promise<T>): Promise<T> {
    const holder = randomUUID();
    const section = await this.#take(turn, queue, holder, giveUpAt);
    let answer: { value: T } | { error: unknown };
    try {
      answer = { value: await run(section) };
    } catch (error) {
      answer = { error };
    }
    const held = await this.#release(turn.sender, holder, section);
    if (!held && !stands(turn, answer)) throw notSent("LEASE_LOST", "another sender took over while this call ran; its answer is ignored");
    if ("error" in answer) throw answer.error;
    return answer.value;
  }

  async #take({ sender, leaseMs }: Turn, queue: Queue, holder: string, giveUpAt: number): Promise<HeldSection> {
    if (queue.turns >= TURNS) {
      queue.turns = 0;
      await pause(ASIDE_MS);
    }
    try {
      if (!queue.ready) await this.#connection.run("senders.ready", READY, [sender]);
      queue.ready = true;
      for (;;) {
        const askedAt = performance.now();
        const [row] = await this.#connection.run<{ open: boolean }>("senders.take", TAKE, [sender, holder, leaseMs]);
        if (row) {
          queue.turns += 1;
          return new HeldSection(this.#connection, { sender, holder, leaseMs, mayBeOpen: row.open, surelyUntil: askedAt + leaseMs });
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
  async #release(sender: string, holder: string, section: HeldSection): Promise<boolean> {
    try {
      return (await this.#connection.run("senders.release", RELEASE, [sender, holder])).length === 1;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return section.isSurelyOurs();
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

/** A write whose section was lost is what it came to, except that "a higher id was used" is then no fault of our settings. */
function stands(turn: Turn, answer: { value: unknown } | { error: unknown }): boolean {
  if (turn.effect === "read") return false;
  return !("error" in answer && answer.error instanceof CallFailure && answer.error.kind === "misconfigured");
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
