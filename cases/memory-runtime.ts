/** A runtime in memory with a virtual clock, for tests of `cases/`: calls are answered by a script, waits pass at once. */
import type { Found, Outcome } from "../connectors/outcome.ts";
import type { CallCommand, FoundByPerson, OpenChild, Runtime } from "./runtime.ts";
import type { CaseStatus } from "./status.ts";

export type Answer = Outcome | ((command: CallCommand) => Outcome);

interface Sleeper {
  ready: () => boolean;
  until: number | undefined;
  wake: (how: "ready" | "due") => void;
}

/** Every change made from outside (a message, a repair) is followed by `settle()`. */
export class MemoryRuntime implements Runtime {
  readonly restartable: boolean = true;
  readonly published: CaseStatus[] = [];
  readonly calls: CallCommand[] = [];
  /** By operation; the last answer of a list is repeated. Looked up by `<operation>` or `<operation>:find`. */
  readonly answers: Record<string, Answer[]>;
  readonly finds: Record<string, Found[]> = {};
  #now = Date.parse("2026-03-02T10:00:00Z");
  #sleepers = new Set<Sleeper>();

  constructor(answers: Record<string, Answer[]>) {
    this.answers = answers;
  }

  now(): number {
    return this.#now;
  }

  async call(command: CallCommand): Promise<Outcome> {
    this.calls.push(structuredClone(command));
    this.#now += 10;
    const list = this.answers[command.operation];
    const answer = list && list.length > 1 ? list.shift() : list?.[0];
    if (!answer) throw new Error(`no answer is scripted for ${command.operation}`);
    return typeof answer === "function" ? answer(command) : answer;
  }

  async find(command: CallCommand): Promise<Found> {
    this.calls.push(structuredClone(command));
    const list = this.finds[command.operation];
    return (list && list.length > 1 ? list.shift() : list?.[0]) ?? { kind: "absent" };
  }

  readonly recorded: FoundByPerson[] = [];

  async record(found: FoundByPerson): Promise<void> {
    this.recorded.push(structuredClone(found));
  }

  readonly children: OpenChild[] = [];

  async openChild(child: OpenChild): Promise<void> {
    this.children.push(structuredClone(child));
  }

  wait(ready: () => boolean, until: number | undefined, _summary: string): Promise<"ready" | "due"> {
    if (ready()) return Promise.resolve("ready");
    return new Promise((resolve) => {
      const sleeper: Sleeper = {
        ready,
        until,
        wake: (how) => {
          this.#sleepers.delete(sleeper);
          resolve(how);
        },
      };
      this.#sleepers.add(sleeper);
    });
  }

  after(): () => void {
    return () => undefined;
  }

  async publish(status: CaseStatus): Promise<void> {
    this.published.push(structuredClone(status));
  }

  restartSuggested(): boolean {
    return false;
  }

  /** Lets everything run that can, without passing time. */
  async settle(): Promise<void> {
    // Everything that can run does so before the event loop turns twice.
    for (let idle = 0; idle < 2; idle++) {
      await new Promise((resolve) => setImmediate(resolve));
      for (const sleeper of this.#sleepers)
        if (sleeper.ready()) {
          sleeper.wake("ready");
          idle = -1;
        }
    }
  }

  /** Passes virtual time, waking what falls due on the way in order. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await this.settle();
      const due = [...this.#sleepers]
        .filter((one) => one.until !== undefined && one.until <= end)
        .toSorted((a, b) => (a.until ?? 0) - (b.until ?? 0))[0];
      if (!due) break;
      this.#now = Math.max(this.#now, due.until ?? 0);
      due.wake("due");
    }
    this.#now = end;
    await this.settle();
  }
}
