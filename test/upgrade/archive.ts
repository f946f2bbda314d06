/**
 * An archive is an installation with open cases, as one build left it after a clean stop: Temporal's file, the register as SQL text,
 * the attachments, and the state of the simulated systems. One folder of `test/upgrade/archives/` per kept build.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Rig } from "../rig.ts";
import { readRegister, writeRegister } from "./register-text.ts";

/** Where archives are kept. */
export const archives = join(process.cwd(), "test", "upgrade", "archives");
const MOST_BYTES = 5 * 1024 * 1024;
/** Kept whole, in one file: path to content. */
const FOLDERS = ["attachments", "simulators"];
/** The write-ahead log too: a stop does not fold it into the file. */
const TEMPORAL_FILES = ["temporal.db", "temporal.db-wal"];

/** What an archive says of itself. */
export interface ArchiveAbout {
  build: string;
  /** Version of the Temporal server that wrote the file. */
  temporalServer: string;
  /** Version of the register's schema. */
  registerSchema: number;
  /** The open cases by the moment at which each stands. */
  cases: Record<string, string>;
}

/** The archives that are kept, by build. */
export const archivedBuilds = (): ArchiveAbout[] =>
  existsSync(archives)
    ? readdirSync(archives).map((build) => JSON.parse(readFileSync(join(archives, build, "about.json"), "utf8")) as ArchiveAbout)
    : [];

/** Writes the archive of a rig whose workers and Temporal have been stopped in order. Refuses one of 5 MB or more. */
export async function writeArchive(rig: Rig, about: Omit<ArchiveAbout, "registerSchema">): Promise<{ folder: string; bytes: number }> {
  const folder = join(archives, about.build);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { version, sql } = await writeRegister(rig.postgres.url);
  writeFileSync(join(folder, "register.sql"), sql);
  for (const file of TEMPORAL_FILES.filter((one) => existsSync(join(rig.folder, "temporal", one))))
    writeFileSync(join(folder, `${file}.gz`), gzipSync(readFileSync(join(rig.folder, "temporal", file)), { level: 9 }));
  const files = Object.fromEntries(FOLDERS.flatMap((one) => filesOf(rig.folder, one)).map((path) => [path, read(rig.folder, path)]));
  writeFileSync(join(folder, "files.json.gz"), gzipSync(JSON.stringify(files), { level: 9 }));
  const whole: ArchiveAbout = { ...about, registerSchema: version };
  writeFileSync(join(folder, "about.json"), `${JSON.stringify(whole, null, 2)}\n`);
  const bytes = sizeOf(folder);
  if (bytes >= MOST_BYTES) throw new Error(`the archive has ${bytes} bytes; it may have at most ${MOST_BYTES}`);
  return { folder, bytes };
}

/** Lays the archive out as a state folder; the register follows with `restoreRegister`, once PostgreSQL runs. */
export function layOut({ build, temporalServer }: ArchiveAbout, folder: string): void {
  const archive = join(archives, build);
  mkdirSync(join(folder, "temporal"), { recursive: true });
  for (const file of TEMPORAL_FILES.filter((one) => existsSync(join(archive, `${one}.gz`))))
    writeFileSync(join(folder, "temporal", file), gunzipSync(readFileSync(join(archive, `${file}.gz`))));
  writeFileSync(join(folder, "temporal", "server-version"), `${temporalServer}\n`);
  const files = JSON.parse(gunzipSync(readFileSync(join(archive, "files.json.gz"))).toString("utf8")) as Record<string, string>;
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.from(content, "base64"));
  }
}

/** Fills the rig's empty register as the archive's build left it. */
export async function restoreRegister({ build, registerSchema }: ArchiveAbout, rig: Rig): Promise<void> {
  const sql = readFileSync(join(archives, build, "register.sql"), "utf8");
  await readRegister(rig.postgres.url, { version: registerSchema, sql });
}

/** Files below a folder, by their path from the root. */
const filesOf = (root: string, folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesOf(root, join(folder, entry.name)) : [join(folder, entry.name)]))
    .toSorted();

const read = (root: string, path: string): string => readFileSync(join(root, path)).toString("base64");
const sizeOf = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
