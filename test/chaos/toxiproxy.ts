/** Toxiproxy by its HTTP interface: connections go through it, and it slows them, cuts them, or loses what they carry. */
import { setTimeout as pause } from "node:timers/promises";
import { lastLines, type ServerProcess, startProcess } from "../../worker/embedded/server-process.ts";

const START_MS = 20_000;
const CALL_MS = 10_000;

/** What a toxic does to the bytes of one direction; the attributes are those of Toxiproxy's documentation. */
export interface Toxic {
  readonly type: "latency" | "bandwidth" | "timeout" | "reset_peer" | "limit_data" | "slicer";
  readonly stream: "upstream" | "downstream";
  /** Share of the connections that it hits, 0 to 1. */
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

/** A running Toxiproxy. */
export interface Toxiproxy {
  readonly process: ServerProcess;
  /** Connections to `port` of loopback go on to `upstream`, from now on. */
  create(name: string, port: number, upstream: number): Promise<void>;
  /** Makes this proxy's connections suffer; one toxic at a time. */
  poison(name: string, toxic: Toxic): Promise<void>;
  /** Takes the toxic away; harmless when there is none. */
  cure(name: string): Promise<void>;
  /** Whether connections are taken at all: a proxy that is off refuses them, and cuts those that it had. */
  turn(name: string, on: boolean): Promise<void>;
  /** Every proxy on, and without a toxic. */
  cureAll(): Promise<void>;
}

/** Starts it on a port of loopback and resolves when it answers. */
export async function startToxiproxy(options: { binary: string; port: number; log: string; seed: number }): Promise<Toxiproxy> {
  const { binary, port, log, seed } = options;
  const args = ["-host", "127.0.0.1", "-port", String(port), "-seed", String(seed)];
  const server = await startProcess({ name: "toxiproxy", file: binary, args, log, env: { LOG_LEVEL: "error" } });
  const call = caller(`http://127.0.0.1:${port}`);
  const giveUpAt = Date.now() + START_MS;
  for (;;) {
    try {
      await call("GET", "/version");
      break;
    } catch (cause) {
      if (!server.running() || Date.now() > giveUpAt) {
        await server.kill();
        throw new Error(`Toxiproxy does not answer:\n${lastLines(server.output())}`, { cause });
      }
      await pause(50);
    }
  }
  return {
    process: server,
    create: (name, listenPort, upstream) =>
      call("POST", "/proxies", { name, listen: `127.0.0.1:${listenPort}`, upstream: `127.0.0.1:${upstream}`, enabled: true }),
    poison: (name, toxic) => call("POST", `/proxies/${name}/toxics`, { name: "chaos", ...toxic }),
    cure: (name) => call("DELETE", `/proxies/${name}/toxics/chaos`, undefined, [404]),
    turn: (name, on) => call("POST", `/proxies/${name}`, { enabled: on }),
    cureAll: () => call("POST", "/reset"),
  };
}

const caller =
  (base: string) =>
  async (method: string, path: string, body?: unknown, accept: readonly number[] = []): Promise<void> => {
    const response = await fetch(base + path, {
      method,
      signal: AbortSignal.timeout(CALL_MS),
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && !accept.includes(response.status)) throw new Error(`Toxiproxy: ${method} ${path}: ${response.status} ${text}`);
  };
