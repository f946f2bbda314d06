/** The section as its holder sees it: ids, the writes kept with them, and what became of those. */
import { performance } from "node:perf_hooks";
import { notSent, unknownOutcome } from "../connectors/failure.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Closed, Closing, KeptWrite, NewWrite, Section, WriteState } from "../connectors/ports.ts";
import type { Connection } from "./connection.ts";
import { isUnreachable } from "./errors.ts";
import { CLOSE, DRAW, KEEP, MAY_TRY, NOT_SENT, OF_KEY, OPEN, TELL } from "./sender-sql.ts";

interface Held {
  sender: string;
  holder: string;
  leaseMs: number;
  /** Whether a write was open when the section was taken; only its holder opens another. */
  mayBeOpen: boolean;
  /** This process's own time up to which nobody else can hold the section, whatever the database says later. */
  surelyUntil: number;
}

interface Row {
  id: bigint;
  key: string;
  state: WriteState;
  request: JsonObject | null;
  result: JsonObject | null;
  due: boolean;
}

/** Made by `Senders` for whoever obtained the section. */
export class HeldSection implements Section {
  readonly #connection: Connection;
  readonly #held: Held;
  constructor(connection: Connection, held: Held) {
    this.#connection = connection;
    this.#held = held;
  }

  isSurelyOurs(): boolean {
    return performance.now() < this.#held.surelyUntil;
  }

  draw(): Promise<bigint> {
    return this.#renewed(1);
  }

  async renew(): Promise<void> {
    await this.#renewed(0);
  }

  async #renewed(ids: 0 | 1): Promise<bigint> {
    const { sender, holder, leaseMs } = this.#held;
    const askedAt = performance.now();
    const [row] = await this.#read<{ last_id: bigint }>("senders.draw", DRAW, [sender, holder, leaseMs, ids]);
    if (!row) throw leaseLost();
    this.#held.surelyUntil = askedAt + leaseMs;
    return row.last_id;
  }

  async open(): Promise<KeptWrite | undefined> {
    if (!this.#held.mayBeOpen) return undefined;
    const [row] = await this.#read<Row>("senders.open", OPEN, [this.#held.sender]);
    return row && keptWrite(row);
  }

  async mayTry(id: bigint): Promise<boolean> {
    return (await this.#read("senders.may-try", MAY_TRY, [this.#held.sender, id])).length === 1;
  }

  async ofKey(key: string): Promise<KeptWrite | undefined> {
    const [row] = await this.#read<Row>("senders.of-key", OF_KEY, [this.#held.sender, key]);
    return row && keptWrite(row);
  }

  async keep({ key, operation, adapter, request, settleMs }: NewWrite): Promise<bigint> {
    const { sender, holder, leaseMs } = this.#held;
    const values = [sender, holder, leaseMs, key, operation, adapter, JSON.stringify(request), settleMs];
    try {
      const askedAt = performance.now();
      const [row] = await this.#connection.run<{ id: bigint }>("senders.keep", KEEP, values);
      if (!row) throw leaseLost();
      this.#held.surelyUntil = askedAt + leaseMs;
      return row.id;
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      throw unknownOutcome("REGISTER_LOST", "the register was lost while an id was kept; another may find it and send its request");
    }
  }

  async close(id: bigint, closing: Closing): Promise<Closed> {
    const { sender, holder } = this.#held;
    const { state, evidence } = closing;
    try {
      const closed =
        state === "not-sent"
          ? await this.#connection.run("senders.not-sent", NOT_SENT, [sender, id, holder])
          : await this.#connection.run("senders.close", CLOSE, [sender, id, state, resultOf(closing)]);
      if (closed.length === 0) return "kept";
      if (evidence) await this.#connection.run("senders.tell", TELL, [sender, id, evidence.code, evidence.message]);
      return "closed";
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      return "unreachable";
    }
  }

  async #read<R extends object>(name: string, text: string, values: unknown[]): Promise<R[]> {
    try {
      return await this.#connection.run<R>(name, text, values);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      throw notSent("REGISTER_UNREACHABLE", "the register, which keeps the sender's order, cannot be reached");
    }
  }
}

const resultOf = (closing: Closing): string | null => ("result" in closing ? JSON.stringify(closing.result) : null);

const leaseLost = () => notSent("LEASE_LOST", "another sender took the section over");

const keptWrite = ({ id, key, state, request, result, due }: Row): KeptWrite => ({
  id,
  key,
  state,
  due,
  ...(request === null ? {} : { request }),
  ...(result === null ? {} : { result }),
});
