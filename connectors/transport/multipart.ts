/** Multipart messages as they stream in: parts one after the other, never more than a chunk in memory. */
import { CallFailure } from "../failure.ts";

export interface Part {
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** To be read to its end before the next part. */
  body: AsyncIterable<Buffer>;
}

const LIMITS = { preambleBytes: 65_536, headerBytes: 16_384, parts: 100 } as const;

/** A parameter of a content type, quoted or not. */
export function parameterOf(contentType: string | undefined, name: string): string | undefined {
  const found = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, "i").exec(contentType ?? "");
  return found ? (found[1]?.replaceAll(/\\(.)/g, "$1") ?? found[2]) : undefined;
}

/** The parts of a message; what is not one, or ends before its last boundary, is `contract-broken` code MULTIPART. */
export async function* readMultipart(system: string, contentType: string | undefined, chunks: AsyncIterable<Buffer>): AsyncGenerator<Part> {
  const boundary = parameterOf(contentType, "boundary") ?? "";
  const source = new Source(system, chunks);
  if (boundary === "" || boundary.length > 70) throw source.broken("it names no boundary");
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  source.prepend(Buffer.from("\r\n"));
  try {
    let skipped = 0;
    for await (const preamble of source.until(delimiter)) {
      skipped += preamble.length;
      if (skipped > LIMITS.preambleBytes) throw source.broken("no boundary begins it");
    }
    for (let parts = 0; ; parts += 1) {
      const line = (await source.line(200)).toString("latin1");
      if (/^--[ \t]*$/.test(line)) return;
      if (!/^[ \t]*$/.test(line)) throw source.broken("a boundary goes on");
      if (parts === LIMITS.parts) throw source.broken("it has too many parts");
      const headers = await source.headers();
      const body = source.until(delimiter);
      yield { headers, body };
      // Whatever the reader left.
      while (!(await body.next()).done);
    }
  } finally {
    await source.close();
  }
}

class Source {
  readonly #system: string;
  readonly #chunks: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(system: string, chunks: AsyncIterable<Buffer>) {
    this.#system = system;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  prepend(bytes: Buffer): void {
    this.#buffer = Buffer.concat([bytes, this.#buffer]);
  }

  /** Bytes before the delimiter, which is taken too. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer, void> {
    for (;;) {
      const at = this.#buffer.indexOf(delimiter);
      if (at >= 0) {
        const last = this.#buffer.subarray(0, at);
        this.#buffer = this.#buffer.subarray(at + delimiter.length);
        if (last.length > 0) yield last;
        return;
      }
      const safe = this.#buffer.length - delimiter.length + 1;
      if (safe > 0) {
        const piece = this.#buffer.subarray(0, safe);
        this.#buffer = this.#buffer.subarray(safe);
        yield piece;
      }
      await this.#more("it ends before its last boundary");
    }
  }

  /** Up to the line's end, which is taken too. At the very end of the message the line end may be missing. */
  async line(maxBytes: number): Promise<Buffer> {
    for (;;) {
      const at = this.#buffer.indexOf("\r\n");
      if (at >= 0 || (this.#ended && this.#buffer.toString("latin1").startsWith("--"))) {
        const line = this.#buffer.subarray(0, at < 0 ? this.#buffer.length : at);
        this.#buffer = this.#buffer.subarray(at < 0 ? this.#buffer.length : at + 2);
        return line;
      }
      if (this.#buffer.length > maxBytes) throw this.broken("a line is too long");
      if (!(await this.#pull()) && !this.#buffer.toString("latin1").startsWith("--")) throw this.broken("it ends within a header");
    }
  }

  async headers(): Promise<Record<string, string>> {
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    let [bytes, last] = [0, ""];
    for (;;) {
      const line = (await this.line(LIMITS.headerBytes)).toString("utf8");
      bytes += line.length;
      if (bytes > LIMITS.headerBytes) throw this.broken("a header is too long");
      if (line === "") return headers;
      if (/^[ \t]/.test(line) && last !== "") {
        headers[last] += ` ${line.trim()}`;
        continue;
      }
      const at = line.indexOf(":");
      if (at < 1) throw this.broken("a header has no name");
      last = line.slice(0, at).trim().toLowerCase();
      headers[last] = line.slice(at + 1).trim();
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  broken(what: string): CallFailure {
    return new CallFailure("contract-broken", `${this.#system}: the answer is not the multipart message that it states: ${what}`, {
      code: "MULTIPART",
    });
  }

  async #more(what: string): Promise<void> {
    if (!(await this.#pull())) throw this.broken(what);
  }

  async #pull(): Promise<boolean> {
    if (this.#ended) return false;
    const { done, value } = await this.#chunks.next();
    this.#ended = done === true;
    if (done || !value) return false;
    this.#buffer = this.#buffer.length === 0 ? value : Buffer.concat([this.#buffer, value]);
    return true;
  }
}
