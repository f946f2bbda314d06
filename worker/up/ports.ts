/** The ports that `darsena up` needs: checked before anything starts, so that a taken one is named with its setting. */
import { freePort, portIsFree } from "../embedded/free-port.ts";

/** A port and what wants it. */
export interface WantedPort {
  readonly port: number;
  readonly host: string;
  readonly wantedBy: string;
  /** The setting that changes it. */
  readonly setting: string;
}

/** Rejects with one error that names every taken port. */
export async function requireFree(wanted: readonly WantedPort[]): Promise<void> {
  const taken: WantedPort[] = [];
  for (const one of wanted) if (!(await portIsFree(one.port, one.host))) taken.push(one);
  if (taken.length === 0) return;
  const lines = taken.map(
    ({ port, host, wantedBy, setting }) => `  - port ${port} of ${host}, wanted by ${wantedBy}: choose another with ${setting}`,
  );
  throw new Error(
    ["Another program already listens where Darsena wants to:", ...lines, "Or stop that program. A setting of 0 takes a free port."].join(
      "\n",
    ),
  );
}

/** The port itself, or a free one for 0. */
export const portOrFree = async (port: number): Promise<number> => (port === 0 ? freePort() : port);

/** The first of `count` free ports in a row. */
export async function freeRun(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 30_000);
    const run = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(run.map((port) => portIsFree(port)))).every(Boolean)) return first;
  }
}
