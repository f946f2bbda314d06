/** Toxiproxy by its HTTP interface: connections go through it, and it slows them, cuts them, or loses what they carry. */
import { setTimeout as pause } from "node:timers/promises";
import { lastLines, type ServerProcess, startProcess } from "../../worker/embedded/server-process.ts";

const START_MS = 20_000;
const CALL_MS = 5_000;

/** What a toxic does to the bytes of one direction; the attributes are those of Toxiproxy's documentation. */
export interface Toxic {
  readonly type: "latency" | "bandwidth" | "timeout" | "reset_peer" | "limit_data" | "slicer";
  readonly stream: "upstream" | "downstream";
  /** Share of the connections that it hits, 0 to 1. */
  readonly toxicity: number;
  readonly attributes: Readonly<Record<string, number>>;
}

/** Where connections are taken, and where they go on to; both of loopback. */
export interface Passage {
  readonly name: string;
  readonly port: number;
  readonly upstream: number;
}

export interface ToxiproxyOptions {
  readonly binary: string;
  readonly port: number;
  readonly log: string;
  readonly seed: number;
  readonly passages: readonly Passage[];
}

/**
 * A running Toxiproxy. When it does not answer any more (taking a toxic from a link whose reader is stuck can block version 2.12), it is killed and
 * started anew with the same passages, all in good health: for those that it connects, one more cut.
 */
export class Toxiproxy {
  readonly #options: ToxiproxyOptions;
  #server: ServerProcess;
  #reviving: Promise<void> | undefined;

  private constructor(options: ToxiproxyOptions, server: ServerProcess) {
    this.#options = options;
    this.#server = server;
  }

  /** Starts it with its passages. */
  static async start(options: ToxiproxyOptions): Promise<Toxiproxy> {
    return new Toxiproxy(options, await started(options));
  }

  /** Makes the connections of this passage suffer; one toxic at a time. */
  poison(name: string, toxic: Toxic): Promise<void> {
    return this.#call("POST", `/proxies/${name}/toxics`, { name: "chaos", ...toxic }, [409]);
  }

  /** Takes the toxic away; harmless when there is none. */
  cure(name: string): Promise<void> {
    return this.#call("DELETE", `/proxies/${name}/toxics/chaos`, undefined, [404]);
  }

  /** Whether connections are taken at all: a passage that is off refuses them, and cuts those that it had. */
  turn(name: string, on: boolean): Promise<void> {
    return this.#call("POST", `/proxies/${name}`, { enabled: on });
  }

  /** Every passage on, and without a toxic. */
  cureAll(): Promise<void> {
    return this.#call("POST", "/reset");
  }

  /** SIGKILL. */
  async stop(): Promise<void> {
    await this.#reviving;
    await this.#server.kill();
  }

  async #call(method: string, path: string, body?: unknown, accept: readonly number[] = []): Promise<void> {
    await this.#reviving;
    const asked = this.#server;
    try {
      await call(this.#options.port, method, path, body, accept);
    } catch (error) {
      if (error instanceof Refused) throw error;
      // Whoever finds it stuck first revives it; what was asked for is then void.
      if (asked === this.#server) this.#reviving ??= this.#revive();
      await this.#reviving;
    }
  }

  async #revive(): Promise<void> {
    await this.#server.kill();
    this.#server = await started(this.#options);
    this.#reviving = undefined;
  }
}

async function started({ binary, port, log, seed, passages }: ToxiproxyOptions): Promise<ServerProcess> {
  const args = ["-host", "127.0.0.1", "-port", String(port), "-seed", String(seed)];
  const server = await startProcess({ name: "toxiproxy", file: binary, args, log, env: { LOG_LEVEL: "error" } });
  const giveUpAt = Date.now() + START_MS;
  for (;;) {
    try {
      await call(port, "GET", "/version");
      break;
    } catch (cause) {
      if (!server.running() || Date.now() > giveUpAt) {
        await server.kill();
        throw new Error(`Toxiproxy does not answer:\n${lastLines(server.output())}`, { cause });
      }
      await pause(50);
    }
  }
  for (const { name, port: listen, upstream } of passages)
    await call(port, "POST", "/proxies", { name, listen: `127.0.0.1:${listen}`, upstream: `127.0.0.1:${upstream}`, enabled: true });
  return server;
}

/** It answered, and said no. */
class Refused extends Error {}

async function call(port: number, method: string, path: string, body?: unknown, accept: readonly number[] = []): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    signal: AbortSignal.timeout(CALL_MS),
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok && !accept.includes(response.status)) throw new Refused(`Toxiproxy: ${method} ${path}: ${response.status} ${text}`);
}
