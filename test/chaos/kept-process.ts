/** A process that is started again whenever it has ended, as a service manager would, and that chaos may kill at any moment. */
import { setTimeout as pause } from "node:timers/promises";
import { lastLines, type ServerProcess } from "../../worker/embedded/server-process.ts";

const AGAIN_MS = 500;

/** Starts one life of the process: tells of the process as soon as it exists, and resolves when it is ready. Rejects when it ended before. */
export type StartLife = (life: number, onSpawn: (server: ServerProcess) => void) => Promise<void>;

/** Started again until `stop`. */
export class KeptProcess {
  readonly name: string;
  /** SIGKILLs that hit a living process. */
  kills = 0;
  /** How often it came to be ready. */
  lives = 0;
  /** Ends after it was ready that nobody caused, with its last lines. */
  readonly ownEnds: string[] = [];
  /** Starts that came to nothing and that nobody had killed: what it stands on was away. */
  readonly failedStarts: string[] = [];
  readonly #start: StartLife;
  #server: ServerProcess | undefined;
  #isReady = false;
  #stopping = false;
  #killed = false;
  #downMs = AGAIN_MS;
  #living: Promise<void> | undefined;

  constructor(name: string, start: StartLife) {
    this.name = name;
    this.#start = start;
  }

  /** Begins to keep it; resolves when it is ready for the first time, and rejects when its first start fails. */
  async begin(): Promise<void> {
    const first = this.#live(1);
    await first.ready;
    this.#living = first.ended.then(() => this.#keep());
  }

  /** Ready, and not known to have ended. */
  isReady(): boolean {
    return this.#isReady && this.#server?.running() === true;
  }

  /** SIGKILL; it stays away for `downMs`. True when a living process was hit. */
  kill(downMs: number): boolean {
    const hit = this.restart();
    if (!hit) return false;
    this.#downMs = downMs;
    this.kills += 1;
    return true;
  }

  /** The same for its own good, and not counted: it does not work any more. */
  restart(): boolean {
    if (!this.#server?.running()) return false;
    this.#killed = true;
    void this.#server.kill();
    return true;
  }

  /** Ends it for good, by force. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#server?.kill();
    await this.#living;
    await this.#server?.kill();
  }

  async #keep(): Promise<void> {
    for (let life = 2; !this.#stopping; life++) {
      await pause(this.#downMs);
      if (this.#stopping) return;
      const { ready, ended } = this.#live(life);
      await ready.catch(() => {});
      await ended;
    }
  }

  #live(life: number): { ready: Promise<void>; ended: Promise<void> } {
    this.#killed = false;
    this.#isReady = false;
    this.#downMs = AGAIN_MS;
    const ready = this.#start(life, (server) => {
      this.#server = server;
      if (this.#stopping) void server.kill();
    });
    const ended = ready.then(
      async () => {
        this.lives += 1;
        this.#isReady = true;
        const how = await this.#server?.ended;
        if (!this.#killed && !this.#stopping) this.ownEnds.push(`${this.name} ${how}: ${lastLines(this.#server?.output() ?? "", 4)}`);
      },
      async (error: unknown) => {
        await this.#server?.kill();
        if (!this.#killed && !this.#stopping) this.failedStarts.push(error instanceof Error ? error.message : String(error));
      },
    );
    return { ready, ended };
  }
}
