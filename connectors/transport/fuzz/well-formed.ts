/** An independent judge of documents: libxml2's xmllint for XML, where it is installed. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { charsetOf } from "../decode.ts";
import type { SeedKind } from "./seeds.ts";

export interface Judged {
  wellFormed: number;
  unjudged: number;
}

export type Wellness = "yes" | "no" | "unjudged";

export interface Document {
  kind: SeedKind;
  type: string;
  body: Buffer;
}

export const isWellFormed = (wellness: Wellness | undefined): boolean => wellness === "yes";

/**
 * For each document whether it is well formed in the encoding that its header states. Multipart messages are not judged. A namespace that is no
 * URI is well formed, although xmllint complains of it.
 */
export async function wellFormed(documents: readonly Document[]): Promise<Wellness[]> {
  const folder = await mkdtemp(join(tmpdir(), "darsena-fuzz-"));
  try {
    const bad = new Set<number>();
    const files: string[] = [];
    for (const [i, { kind, type, body }] of documents.entries()) {
      if (kind !== "soap" && kind !== "xml") continue;
      files.push(join(folder, `${i}.xml`));
      await writeFile(join(folder, `${i}.xml`), inUtf8(type, body));
    }
    const said = files.length === 0 ? "" : await xmllint(files);
    const missing = said === undefined;
    for (const [, i] of (said ?? "").matchAll(/\/(\d+)\.xml:\d+: (?:parser|namespace) error :(?!.* is not a valid URI)/g))
      bad.add(Number(i));
    return documents.map(({ kind, body }, i) => {
      if (kind === "json") return isJson(body) ? "yes" : "no";
      if (kind === "multipart" || missing) return "unjudged";
      return bad.has(i) ? "no" : "yes";
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return true;
  } catch {
    return false;
  }
}

/** The header's encoding wins over the declaration (RFC 7303), which xmllint is told to ignore. */
function inUtf8(type: string, body: Buffer): Buffer {
  const marked = body[0] === 0xef || body[0] === 0xfe || body[0] === 0xff;
  const charset = charsetOf(type) ?? "utf-8";
  return marked || charset === "utf-8" ? body : Buffer.from(new TextDecoder(charset).decode(body), "utf8");
}

/** What it complains of; undefined when it is not installed. */
async function xmllint(files: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile("xmllint", ["--noout", "--nonet", "--noenc", ...files], { maxBuffer: 256 << 20 }, (error, _out, said) =>
      resolve((error as NodeJS.ErrnoException | null)?.code === ("ENOENT" as never) ? undefined : said),
    );
  });
}
