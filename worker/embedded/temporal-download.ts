/** Downloads the Temporal command as the SDK does: an index that names the archive and the file in it, then the archive. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, createWriteStream, rmSync, statSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";

const OFFICIAL = "https://temporal.download/cli";
const INDEX_MS = 5_000;
const ARCHIVE_MS = 10 * 60_000;
const ArchiveIndex = z.object({ archiveUrl: z.string(), fileToExtract: z.string().regex(/^[\w./-]+$/) });

/** Puts the command of this version at `target`; rejects with a short reason (no network, no such version ...). */
export async function downloadTemporal(
  version: string,
  target: string,
  progress: (message: string) => void,
  base = OFFICIAL,
): Promise<void> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const index = await get(`${base}/v${version}?platform=${platform}&arch=${arch}&format=tar.gz`, INDEX_MS);
  const { archiveUrl, fileToExtract } = ArchiveIndex.parse(await index.json());
  if (!archiveUrl.endsWith(".tar.gz")) throw new Error(`an archive of an unknown kind: ${archiveUrl}`);
  const archive = `${target}.tar.gz`;
  const response = await get(archiveUrl, ARCHIVE_MS);
  if (!response.body) throw new Error("an empty answer");
  const total = Number(response.headers.get("content-length") ?? 0);
  const digest = createHash("sha256");
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      digest.update(chunk);
      progress(`downloading Temporal: ${(bytes / 1e6).toFixed(0)}${total ? ` of ${(total / 1e6).toFixed(0)}` : ""} MB`);
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(response.body), counting, createWriteStream(archive));
    if (total !== 0 && total !== bytes) throw new Error(`the archive ended after ${bytes} of ${total} bytes`);
    await extract(archive, fileToExtract, target);
  } finally {
    rmSync(archive, { force: true });
  }
  chmodSync(target, 0o755);
  progress(`downloaded Temporal ${version} (archive's SHA-256 ${digest.digest("hex").slice(0, 16)}...)`);
}

async function get(url: string, withinMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  } catch (error) {
    const { cause, name } = error as { cause?: { code?: string }; name: string };
    throw new Error(`${new URL(url).host} cannot be reached (${cause?.code ?? name})`, { cause: error });
  }
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response;
}

async function extract(archive: string, file: string, target: string): Promise<void> {
  const tar = spawn("tar", ["-xzOf", archive, file], { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once("error", () => reject(new Error("the program tar is missing")));
    tar.once("close", resolve);
  });
  const [code] = await Promise.all([ended, pipeline(tar.stdout, createWriteStream(target))]);
  if (code !== 0 || statSync(target).size === 0) throw new Error(`the archive does not hold ${file}`);
}
