/** What the house lends to an adapter. Fakes for unit tests are typed by these; the register and the worker implement them. */
import type { Readable } from "node:stream";
import type { AttachmentRef } from "./shared-types.ts";

export interface AttachmentStore {
  /** The bytes of a stored attachment. Rejects with `CallFailure` kind "rejected", code ATTACHMENT_MISSING when the file is gone. */
  open(ref: AttachmentRef): Promise<Readable>;
  /** Stores a document under a key of ours; the same key and the same bytes give the same reference, other bytes are a conflict. */
  put(key: string, name: string, mediaType: string, bytes: Uint8Array): Promise<AttachmentRef>;
  /** Stores a stream without holding it in memory, under no key: stored twice, it is there twice. Nothing is kept when the stream fails or is longer. */
  receive(stream: Readable, incoming: { name: string; mediaType: string; maxBytes: number }): Promise<AttachmentRef>;
}

/** The critical section of systems that demand rising ids (ANPR): one holder at a time over all processes, kept in the register. */
export interface OrderedSender {
  /**
   * Waits at most `waitMs` for the section of `sender`, draws the next id and runs `send` with it while holding the lease.
   * Not obtained in time: throws `CallFailure` "not-sent" code SECTION_BUSY. Lease lost while `send` ran: its answer is
   * ignored and "not-sent" code LEASE_LOST is thrown (all its operations are reads).
   */
  inOrder<T>(sender: string, leaseMs: number, waitMs: number, send: (id: bigint) => Promise<T>): Promise<T>;
}

export interface NumberSequence {
  /** The number of `businessKey` in the durable sequence `scope`: drawn once, the same for ever after. Starts at 1. */
  draw(scope: string, businessKey: string): Promise<bigint>;
}

export interface Ports {
  attachments: AttachmentStore;
  orderedSender: OrderedSender;
  numbers: NumberSequence;
  /** The instant; injected so that tests can fix it. */
  now(): Date;
}
