/**
 * One state folder, one `darsena up`. The file `processes.json` names the command that holds the folder and all that it started,
 * so that after a `kill -9` the next start can stop what was left.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { type SeenProcess, seenProcess, stillLives } from "./process-table.ts";

const STOP_MS = 5_000;

const Identified = z.object({ pid: z.number().int(), identity: z.string() });
const Started = Identified.extend({ name: z.string(), startedAt: z.string(), stopSignal: z.enum(["SIGTERM", "SIGINT"]) });
const Held = z.object({
  command: Identified.extend({ startedAt: z.string() }),
  /** The `npm` that started the command: when it was killed, nobody is left to stop the command. */
  launcher: Identified.optional(),
  processes: z.array(Started),
});
type Held = z.infer<typeof Held>;

/** A state folder that is ours until `release`. */
export interface HeldFolder {
  readonly folder: string;
  /** Writes down a process as soon as it exists. */
  started(name: string, pid: number, stopSignal?: "SIGTERM" | "SIGINT"): void;
  /** Whether the npm that started us is gone. */
  isAbandoned(): boolean;
  release(): void;
}

/** The folder belongs to another command that lives. */
export class FolderTaken extends Error {
  override readonly name = "FolderTaken";
}

/** Takes the folder, after stopping what a killed command left in it; throws `FolderTaken` when a living one holds it. */
export async function holdFolder(folder: string, say: (message: string) => void): Promise<HeldFolder> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "processes.json");
  const own = { ...identified(process.pid), startedAt: new Date().toISOString() };
  const launcher = findLauncher();
  const held: Held = { command: own, ...(launcher ? { launcher: identified(launcher.pid) } : {}), processes: [] };
  while (!created(file, held)) {
    const before = read(file);
    if (before && stillLives(before.command) && !isAbandoned(before))
      throw new FolderTaken(
        `Darsena already runs on ${folder} (process ${before.command.pid}, since ${before.command.startedAt}). ` +
          "Stop that one with Ctrl-C, or use another folder (DARSENA_STATE or --state) and other ports.",
      );
    if (before) await stopLeftovers(before, say);
    dropIfSame(file, before);
  }
  return {
    folder,
    started: (name, pid, stopSignal = "SIGTERM") => {
      held.processes.push({ name, startedAt: new Date().toISOString(), stopSignal, ...identified(pid) });
      writeFileSync(`${file}.new`, JSON.stringify(held, undefined, 2));
      renameSync(`${file}.new`, file);
    },
    isAbandoned: () => isAbandoned(held),
    release: () => rmSync(file, { force: true }),
  };
}

const isAbandoned = (held: Held): boolean => held.launcher !== undefined && !stillLives(held.launcher);

const identified = (pid: number) => ({ pid, identity: seenProcess(pid)?.identity ?? "gone" });

/** False when the file exists already. */
function created(file: string, held: Held): boolean {
  try {
    writeFileSync(file, JSON.stringify(held, undefined, 2), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function read(file: string): Held | undefined {
  try {
    return Held.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Moved away before it is removed: of two starts at once only one does so, and it puts back what was not the dead command's. */
function dropIfSame(file: string, before: Held | undefined): void {
  const aside = `${file}.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (JSON.stringify(read(aside)) === JSON.stringify(before)) rmSync(aside);
  else renameSync(aside, file);
}

/** Stops, latest first, those of the recorded processes that are still the recorded ones. */
async function stopLeftovers(held: Held, say: (message: string) => void): Promise<void> {
  const command = { ...held.command, name: "darsena up", stopSignal: "SIGTERM" as const };
  const left = [command, ...held.processes.toReversed()].filter(stillLives);
  if (left.length === 0) return;
  say(`An earlier start was killed and left running: ${left.map(({ name, pid }) => `${name} (${pid})`).join(", ")}. Stopping them.`);
  for (const one of left) {
    if (!stillLives(one)) continue;
    signal(one.pid, one.stopSignal);
    // The command stops its own processes: give it the time for all of them.
    if (!(await gone(one, one === command ? 4 * STOP_MS : STOP_MS))) {
      signal(one.pid, "SIGKILL");
      if (!(await gone(one, STOP_MS)))
        throw new Error(`${one.name} (process ${one.pid}), left by an earlier start, cannot be stopped; stop it by hand`);
    }
  }
}

async function gone(one: Pick<SeenProcess, "pid" | "identity">, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; stillLives(one); await pause(20)) if (Date.now() > deadline) return false;
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The npm above us, if npm started us: it may stand a shell away. */
function findLauncher(): SeenProcess | undefined {
  if (!process.env["npm_lifecycle_event"]) return undefined;
  let above = seenProcess(process.ppid);
  for (let level = 0; above && level < 3; level++) {
    if (/\bnpm\b/.test(above.command)) return above;
    above = seenProcess(above.parent);
  }
  return undefined;
}
