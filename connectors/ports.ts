/** What the house lends to an adapter. Fakes for unit tests are typed by these; the register and the worker implement them. */
import type { Readable } from "node:stream";
import type { JsonObject } from "./json.ts";
import type { AttachmentRef } from "./shared-types.ts";

export interface AttachmentStore {
  /** The bytes of a stored attachment. Rejects with `CallFailure` kind "rejected", code ATTACHMENT_MISSING when the file is gone. */
  open(ref: AttachmentRef): Promise<Readable>;
  /** Stores a document under a key of ours; the same key and the same bytes give the same reference, other bytes are a conflict. */
  put(key: string, name: string, mediaType: string, bytes: Uint8Array): Promise<AttachmentRef>;
  /** Stores a stream without holding it in memory, under no key: stored twice, it is there twice. Nothing is kept when the stream fails or is longer. */
  receive(stream: Readable, incoming: { name: string; mediaType: string; maxBytes: number }): Promise<AttachmentRef>;
}

/** A turn in the critical section of one sender. */
export interface Turn {
  /** Whose ids rise: ANPR's `codMittente`. */
  sender: string;
  /** The section is held so long from its beginning, and again from each id drawn: longer than one exchange can last. */
  leaseMs: number;
  /** How long to wait for the section. */
  waitMs: number;
  /** A read whose section was taken over is not sent, whatever it came to; a write's answer counts, since its id stands for it. */
  effect: "read" | "write";
}

/** The critical section of systems that demand rising ids (ANPR): one holder at a time over all processes, kept in the register. */
export interface OrderedSender {
  /**
   * Runs `run` while it holds the section. Not obtained within `waitMs`: throws `CallFailure` "not-sent" code SECTION_BUSY. Lost while `run`
   * ran: a read throws "not-sent" code LEASE_LOST, and so does a write that came to "misconfigured"; all else of a write stands.
   */
  inSection<T>(turn: Turn, run: (section: Section) => Promise<T>): Promise<T>;
}

/** What the holder of a section may do. Each throws `CallFailure` "not-sent" code LEASE_LOST when another holds it by now. */
export interface Section {
  /** The next id, for a request that is not kept: a read. */
  draw(): Promise<bigint>;
  /** Begins the lease anew, before an exchange that needs no new id. */
  renew(): Promise<void>;
  /** The write of this sender whose outcome is not known: no higher id is sent before it is settled, or due and looked up. At most one. */
  open(): Promise<KeptWrite | undefined>;
  /** Whether another than its own call may send this write again now: once in 2 s, over all processes, however many calls wait for it. */
  mayTry(id: bigint): Promise<boolean>;
  /** The latest write under this key, whatever became of it. */
  ofKey(key: string): Promise<KeptWrite | undefined>;
  /**
   * Draws an id and keeps it with its request, in one act and before anything is sent. Throws `CallFailure` "unknown" when the register
   * does not say whether it was kept: another may then find it and send it.
   */
  keep(write: NewWrite): Promise<bigint>;
  /** Says what became of a write; a result is never overwritten. */
  close(id: bigint, closing: Closing): Promise<Closed>;
}

/** A write about to be sent. */
export interface NewWrite {
  /** Of the effect ledger. */
  key: string;
  /** `registry.changeAddress`, and the adapter: for the evidence. */
  operation: string;
  adapter: string;
  /** All that is needed to send it again word for word but its id. Kept until the write is closed. */
  request: JsonObject;
  /** So long after now it is replayed before higher ids; then it is looked up, and others go on. */
  settleMs: number;
}

export type WriteState =
  /** Sent, or about to be; not known. */
  | "open"
  /** Not known, and higher ids may have been sent: the system gives its first answer, or refuses the id for good. */
  | "left"
  | "done"
  | "rejected"
  /** Certainly without effect, now and later. */
  | "absent"
  /** Another result stands in the effect ledger: a person supplied it. */
  | "superseded";

/** A write that was kept. */
export interface KeptWrite {
  readonly id: bigint;
  readonly key: string;
  readonly state: WriteState;
  /** While it is open or left. */
  readonly request?: JsonObject;
  /** Its settle time is over. */
  readonly due: boolean;
  /** The operation's result, once it is done; code and message, once it was rejected. */
  readonly result?: JsonObject;
}

/** What became of a write, with what operators are told when it was not the ordinary answer. */
export type Closing = (
  | { state: "done"; result: JsonObject }
  | { state: "rejected"; result: { code: string; message: string } }
  | { state: "absent" }
  | { state: "left" }
  /** The first send of this id was certainly not taken. Believed of its holder only, and only while nobody else may have sent it. */
  | { state: "not-sent" }
) & { evidence?: { code: string; message: string } };

/** `kept`: it was closed otherwise, or may not be closed so. `unreachable`: the register is away; whoever holds the section next finds it open. */
export type Closed = "closed" | "kept" | "unreachable";

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
