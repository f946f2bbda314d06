/**
 * Waiting for a case's status to reach a number. One connection listens for all waiters of the process; since notices are lost while it is
 * away, all waiters are also looked up together once a second.
 */
import { Client } from "pg";
import { clientConfig, type Connection } from "./connection.ts";
import { isUnreachable } from "./errors.ts";

const POLL_MS = 1_000;
const RECONNECT_MS = 250;

interface Waiter {
  readonly caseId: string;
  readonly number: number;
  /** Ends the wait. */
  wake: () => void;
}

const nothing = () => {};

/** The waiters of one process. */
export class StatusNotices {
  readonly #connection: Connection;
  readonly #waiters = new Set<Waiter>();
  readonly #reads = new Set<Promise<unknown>>();
  #client: Client | undefined;
  #connecting = false;
  #poll: NodeJS.Timeout | undefined;
  #closed = false;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * Runs `read` when the register holds this number or a higher one for the case, after `timeoutMs`, or when the register is being closed.
   * Rejects with the signal's reason.
   */
  async readAfter<T>(
    caseId: string,
    number: number,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    read: () => Promise<T>,
  ): Promise<T> {
    await this.#reached(caseId, number, timeoutMs, signal);
    const reading = read();
    this.#reads.add(reading);
    try {
      return await reading;
    } finally {
      this.#reads.delete(reading);
    }
  }

  async #reached(caseId: string, number: number, timeoutMs: number, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closed) return;
    const waiter: Waiter = { caseId, number, wake: nothing };
    const woken = new Promise<void>((resolve) => {
      waiter.wake = resolve;
    });
    this.#waiters.add(waiter);
    const timer = setTimeout(waiter.wake, timeoutMs);
    signal?.addEventListener("abort", waiter.wake);
    try {
      void this.#listen();
      // Looked up after the waiter was entered, so that no publication falls between the two.
      void this.#lookUp();
      await woken;
      signal?.throwIfAborted();
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", waiter.wake);
      this.#waiters.delete(waiter);
      this.#rest();
    }
  }

  /** Ends all waits and the connection, and resolves when the waiters have read. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of this.#waiters) waiter.wake();
    clearInterval(this.#poll);
    // The woken waiters begin to read before this goes on.
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.allSettled(this.#reads);
    await this.#client?.end().catch(() => {});
  }

  #wake(caseId: string, number: number): void {
    for (const waiter of this.#waiters) if (waiter.caseId === caseId && waiter.number <= number) waiter.wake();
  }

  /** Keeps the connection while anybody waits, trying again for as long as it cannot be had. */
  async #listen(): Promise<void> {
    this.#poll ??= setInterval(() => void this.#lookUp(), POLL_MS);
    if (this.#client || this.#connecting) return;
    this.#connecting = true;
    while (!this.#client && !this.#closed && this.#waiters.size > 0) {
      const client = new Client(clientConfig(this.#connection.url));
      client.on("error", () => {});
      client.on("notification", ({ payload }) => {
        const [caseId, number] = (payload ?? "").split(" ");
        if (caseId !== undefined) this.#wake(caseId, Number(number));
      });
      client.on("end", () => this.#lost(client));
      try {
        await client.connect();
        await client.query("listen case_status");
        this.#client = client;
      } catch {
        await client.end().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
    this.#connecting = false;
    if (this.#closed) await this.#client?.end().catch(() => {});
    else if (this.#waiters.size > 0) void this.#lookUp();
  }

  #lost(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    if (!this.#closed && this.#waiters.size > 0) void this.#listen();
  }

  async #lookUp(): Promise<void> {
    const caseIds = [...new Set([...this.#waiters].map(({ caseId }) => caseId))];
    if (caseIds.length === 0) return;
    try {
      const rows = await this.#connection.run<{ case_id: string; number: number }>(
        "cases.numbers",
        "select case_id, number from cases where case_id = any ($1::text[]) and confirmed and number is not null",
        [caseIds],
      );
      for (const { case_id, number } of rows) this.#wake(case_id, number);
    } catch (error) {
      if (!isUnreachable(error)) this.#connection.log?.warn({ error }, "statuses could not be looked up");
    }
  }

  #rest(): void {
    if (this.#waiters.size > 0) return;
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}
