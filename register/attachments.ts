/** Stored files: their description in the register, their bytes in a folder. A row exists only for a file that is wholly on disk. */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import type { Selectable } from "kysely";
import type { z } from "zod";
import { notSent, rejected } from "../connectors/failure.ts";
import type { AttachmentStore } from "../connectors/ports.ts";
import { AttachmentRef } from "../connectors/shared-types.ts";
import type { Connection } from "./connection.ts";
import { isUnreachable, RegisterError } from "./errors.ts";
import type { Schema } from "./schema.ts";

/** A file that comes in. */
export interface Incoming {
  name: string;
  mediaType: string;
  maxBytes: number;
}

/** The attachments of an installation: what channels upload and what cases issue. */
export interface Attachments extends AttachmentStore {
  /**
   * Stores a stream without holding it in memory. Rejects with `RegisterError` ATTACHMENT_TOO_LARGE or ATTACHMENT_INVALID, or with the stream's
   * own error; nothing is kept then.
   */
  receive(stream: Readable, incoming: Incoming): Promise<AttachmentRef>;
  /** The reference of an id. */
  find(id: string): Promise<AttachmentRef | undefined>;
}

/** Files are named by their id under two levels of folders; what a killed process left half-written is removed after a day. */
export function openAttachments({ db, folder }: { db: Connection; folder: string }): Attachments {
  return new FolderAttachments(db, folder);
}

/** Stands for the attachments of a register that was opened without a folder. */
export function noAttachments(): Attachments {
  return { open: refuse, put: refuse, receive: refuse, find: refuse };
}

async function refuse(): Promise<never> {
  throw new RegisterError("ATTACHMENTS_FOLDER_MISSING", "this register was opened without a folder for attachments");
}

const ABANDONED_MS = 24 * 3_600_000;
const Description = AttachmentRef.pick({ name: true, mediaType: true });

class FolderAttachments implements Attachments {
  readonly #db: Connection;
  readonly #folder: string;
  #swept = false;
  constructor(db: Connection, folder: string) {
    this.#db = db;
    this.#folder = folder;
  }

  async open(ref: AttachmentRef): Promise<Readable> {
    const row = await this.#reachable(() => this.#row("id", ref.id));
    if (!row) throw rejected("ATTACHMENT_MISSING", "the attachment is not in the register");
    if (row.sha256 !== ref.sha256 || Number(row.bytes) !== ref.bytes)
      throw rejected("ATTACHMENT_CHANGED", "the reference does not fit the stored attachment");
    const path = this.#path(row.id);
    const { size } = await stat(path).catch(() => ({ size: undefined }));
    if (size === undefined) throw rejected("ATTACHMENT_MISSING", "the attachment's file is gone");
    if (size !== ref.bytes) throw rejected("ATTACHMENT_MISSING", "the attachment's file is not whole");
    return createReadStream(path);
  }

  async put(key: string, name: string, mediaType: string, bytes: Uint8Array): Promise<AttachmentRef> {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const present = await this.#reachable(() => this.#row("document_key", key));
    if (present) return this.#again(present, sha256, bytes);
    const described = Description.safeParse({ name: plainName(name), mediaType });
    if (!described.success) throw rejected("DOCUMENT_INVALID", `the document's ${fieldOf(described.error)} is not acceptable`);
    const ref = { id: newId(), sha256, bytes: bytes.length, ...described.data };
    await this.#write(ref.id, [bytes], bytes.length);
    if (await this.#reachable(() => this.#insert(ref, key))) return ref;
    await rm(this.#path(ref.id), { force: true });
    const first = await this.#reachable(() => this.#row("document_key", key));
    if (!first) throw notSent("REGISTER_UNREACHABLE", "the document could not be entered in the register");
    return this.#again(first, sha256, bytes);
  }

  async receive(stream: Readable, incoming: Incoming): Promise<AttachmentRef> {
    const described = Description.safeParse({ name: plainName(incoming.name), mediaType: incoming.mediaType });
    if (!described.success) {
      stream.destroy();
      throw new RegisterError("ATTACHMENT_INVALID", `the attachment's ${fieldOf(described.error)} is not acceptable`);
    }
    const id = newId();
    const written = await this.#write(id, stream, incoming.maxBytes);
    const ref = { id, ...written, ...described.data };
    try {
      await this.#insert(ref, null);
    } catch (error) {
      // The row may have been written when its answer was lost; nobody knows the id yet, so that a row without a file harms nobody.
      await rm(this.#path(id), { force: true });
      throw error;
    }
    return ref;
  }

  async find(id: string): Promise<AttachmentRef | undefined> {
    const row = await this.#row("id", id);
    return row && toRef(row);
  }

  /** The first document of the key stands; its file is written again should it have been lost. */
  async #again(row: Row, sha256: string, bytes: Uint8Array): Promise<AttachmentRef> {
    if (row.sha256 !== sha256) throw rejected("DOCUMENT_CHANGED", "another document was stored under this key before; the first one stays");
    const { size } = await stat(this.#path(row.id)).catch(() => ({ size: undefined }));
    if (size !== bytes.length) await this.#write(row.id, [bytes], bytes.length);
    return toRef(row);
  }

  async #row(column: "id" | "document_key", value: string): Promise<Row | undefined> {
    return this.#db.kysely.selectFrom("attachments").selectAll().where(column, "=", value).executeTakeFirst();
  }

  async #insert(ref: AttachmentRef, key: string | null): Promise<boolean> {
    const { id, sha256, bytes, mediaType, name } = ref;
    const row = { id, sha256, bytes: BigInt(bytes), media_type: mediaType, name, document_key: key };
    const insert = this.#db.kysely.insertInto("attachments").values(row);
    const { numInsertedOrUpdatedRows } = await insert
      .onConflict((conflict) => conflict.column("document_key").doNothing())
      .executeTakeFirstOrThrow();
    return numInsertedOrUpdatedRows === 1n;
  }

  /** What adapters ask for must tell "certainly nothing done" from a failure of the document. */
  async #reachable<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw isUnreachable(error) ? notSent("REGISTER_UNREACHABLE", "the register, which knows the attachments, cannot be reached") : error;
    }
  }

  #path(id: string): string {
    return join(this.#folder, id.slice(4, 6), id.slice(6, 8), id);
  }

  /** Written beside its place, synchronised and renamed, so that a file under its own name is always whole. */
  async #write(
    id: string,
    source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; bytes: number }> {
    const partFolder = join(this.#folder, "incoming");
    const [part, path] = [join(partFolder, `${id}.part`), this.#path(id)];
    await mkdir(partFolder, { recursive: true, mode: 0o700 });
    await this.#sweep(partFolder);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const file = await open(part, "w", 0o600);
      let written: { sha256: string; bytes: number };
      try {
        written = await copy(source, file, maxBytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(part, path);
      await syncFolder(dirname(path));
      return written;
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
  }

  async #sweep(partFolder: string): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    for (const name of await readdir(partFolder)) {
      const part = join(partFolder, name);
      const { mtimeMs } = await stat(part).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
      if (mtimeMs < Date.now() - ABANDONED_MS) await rm(part, { force: true });
    }
  }
}

type Row = Selectable<Schema["attachments"]>;

const toRef = (row: Row): AttachmentRef => ({
  id: row.id,
  sha256: row.sha256,
  bytes: Number(row.bytes),
  mediaType: row.media_type,
  name: row.name,
});

/** 130 random bits: an id cannot be guessed. */
function newId(): string {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  return `att-${Array.from(randomBytes(26), (byte) => alphabet[byte % 32]).join("")}`;
}

const fieldOf = (error: z.ZodError) => error.issues[0]?.path.join(".") ?? "description";

/** The last part of a path that a browser may send, without control characters. */
const plainName = (name: string) => (name.split(/[\\/]/).at(-1) ?? "").replace(/\p{Cc}/gu, "").trim();

async function copy(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: FileHandle,
  maxBytes: number,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  // Leaving the loop by an error destroys a stream.
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RegisterError("ATTACHMENT_TOO_LARGE", `the attachment has more than ${maxBytes} bytes`);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** Makes the rename itself durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
