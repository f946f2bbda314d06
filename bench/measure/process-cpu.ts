/** CPU time of other processes, as Linux counts it in /proc. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

let perTick: number | undefined;

/** Milliseconds of one tick of /proc; 10 on every usual machine. */
const tickMs = (): number => (perTick ??= 1_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" })));

/** User and system time in ms that the process, its living descendants and its finished children have used. Throws when it is gone. */
export function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may hold anything; the fields after it are numbers: utime, stime, cutime, cstime are 14 to 17.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const own = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * tickMs();
  return childrenOf(pid).reduce((sum, child) => sum + orZero(() => cpuMs(child)), own);
}

function childrenOf(pid: number): number[] {
  const ofThread = (thread: string) => readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return ofThread(thread);
    } catch {
      return [];
    }
  });
}

/** A child may end between being listed and being read. */
function orZero(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}
