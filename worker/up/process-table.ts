/** What the system knows of a process: enough to tell whether a recorded number still means the process that was recorded. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

/** A living process. A zombie counts as dead. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** The same for the whole life of a process, and never again for another one with its number. */
  readonly identity: string;
  readonly command: string;
}

/** The process with this number, or undefined when there is none (any more). */
export function seenProcess(pid: number): SeenProcess | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
}

/** Whether the recorded process still lives. */
export const stillLives = (recorded: Pick<SeenProcess, "pid" | "identity">): boolean =>
  seenProcess(recorded.pid)?.identity === recorded.identity;

let boot: string | undefined;

function fromProc(pid: number): SeenProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold anything; what follows it is numbered from field 3.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, parent] = fields;
    if (state === "Z" || state === "X") return undefined;
    boot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, parent: Number(parent), identity: `${boot}/${fields[19]}`, command };
  } catch {
    return undefined;
  }
}

/** Systems without /proc (macOS): the start time in seconds tells two processes of one number apart. */
export function fromPs(pid: number): SeenProcess | undefined {
  try {
    const line = execFileSync("ps", ["-o", "stat=,ppid=,lstart=,command=", "-p", String(pid)], {
      encoding: "utf8",
      env: { ...process.env, LC_ALL: "C" },
    });
    const match = /^\s*(\S+)\s+(\d+)\s+(\w{3} \w{3} +\d+ [\d:]+ \d{4})\s+(.*)$/.exec(line.trim());
    if (!match || match[1]?.startsWith("Z")) return undefined;
    return { pid, parent: Number(match[2]), identity: (match[3] ?? "").replace(/ +/g, " "), command: match[4] ?? "" };
  } catch {
    return undefined;
  }
}
