/**
 * The workers of a simulated town, and Temporal between them and the cases: a call waits for its gate, is attempted by the executor that
 * is shipped (`activities/execute.ts`), and again when its worker died, until an attempt gives a result.
 */
import type { Logger } from "pino";
import { execute, lookUp } from "../../activities/execute.ts";
import type { ConnectorActivities } from "../../activities/connector-activities.ts";
import type { Attempt, BoundSystem } from "../../activities/system.ts";
import type { CallCommand, FoundByPerson } from "../../cases/runtime.ts";
import type { Systems } from "../../cases/simulation/systems.ts";
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import { milliseconds, type Operation } from "../../connectors/contract.ts";
import { operationById } from "../../connectors/contracts.ts";
import type { Adapter } from "../../connectors/adapter.ts";
import { CallFailure } from "../../connectors/failure.ts";
import type { Found, Outcome } from "../../connectors/outcome.ts";
import type { Ports } from "../../connectors/ports.ts";
import { AttemptLife, type Blow, HEARTBEAT_MS, points } from "./attempt-life.ts";
import type { Chance } from "./chance.ts";
import type { FrailRegister } from "./frail-register.ts";
import type { Sabotage } from "./sabotage.ts";
import type { WaitingRoom } from "./waiting-room.ts";

const MAX_PAUSE_MS = 30_000;
const MINUTE = 60_000;

/** What the workers stand on. */
export interface WorkersDeps {
  clock: VirtualClock;
  chance: Chance;
  register: FrailRegister;
  log: Logger;
  sabotage: Sabotage | undefined;
  /** By contract. */
  adapters: ReadonlyMap<string, Adapter>;
  rooms: ReadonlyMap<string, WaitingRoom>;
  /** Writes what a person found; the activity that is shipped. */
  record(found: FoundByPerson): Promise<void>;
  /** Told of what an activity threw and should not have. */
  defect(error: unknown): void;
  /** For the timeline. */
  tell(line: () => string): void;
}

type Ended = { kind: "result"; value: Outcome | Found } | { kind: "not-sent"; failure: CallFailure } | { kind: "lost" };

export class Workers implements Systems {
  readonly #deps: WorkersDeps;
  /** How many attempts there have been. */
  attempts = 0;
  /** Sends of which a case has a clear result in its history, `<key>#<send>`. */
  readonly answered = new Set<string>();
  /** Up to which send of a key look-ups have settled that nothing was done. */
  readonly lookedUp = new Map<string, number>();

  constructor(deps: WorkersDeps) {
    this.#deps = deps;
  }

  call(command: CallCommand, _now: number, ended: () => boolean): Promise<Outcome> {
    return this.#activity(command, ended) as Promise<Outcome>;
  }

  find(command: CallCommand, _now: number, ended: () => boolean): Promise<Found> {
    return this.#activity(command, ended) as Promise<Found>;
  }

  async record(found: FoundByPerson): Promise<void> {
    for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, 5_000)) {
      try {
        return await this.#deps.record(found);
      } catch {
        await this.#pause(pauseMs);
      }
    }
  }

  /** Attempts without end, as the queued way does; none after the run has ended, while one under way goes on. */
  async #activity({ operation: id, request, until }: CallCommand, runEnded: () => boolean): Promise<Outcome | Found> {
    const operation = operationById(id);
    if (!operation) throw new TypeError(`there is no operation ${id}`);
    const { rooms, clock, tell, chance, adapters } = this.#deps;
    if (request.send > 1 && adapters.get(operation.contract)?.recovery[operation.name]?.by === "find")
      this.lookedUp.set(request.key, request.send - 1);
    for (let number = 1; ; number++) {
      const mayGo = await rooms.get(operation.contract)?.enter(until);
      if (mayGo === false || runEnded()) return { kind: "expired" };
      const ended = await this.#attempt(operation, { request, number, until });
      tell(() => `${request.key} ${request.verb} ${request.send}, attempt ${number}: ${told(ended)}`);
      if (ended.kind === "result") {
        if (!chance.strikes("replayed", 0.02)) return this.#given(request, ended.value);
        // A local activity, or a chain of them, that runs again counts its attempts anew, and asks for its gate anew.
        await rooms.get(operation.contract)?.enter(undefined);
        const again = await this.#attempt(operation, { request, number: 1, until: undefined });
        tell(() => `${request.key} again: ${told(again)}`);
        if (again.kind === "result") return this.#given(request, again.value);
      }
      if (until !== undefined && until <= clock.now()) return { kind: "expired" };
      await this.#between(number, ended, until);
    }
  }

  #given({ key, send }: CallCommand["request"], value: Outcome | Found): Outcome | Found {
    if (value.kind === "done" || value.kind === "rejected") this.answered.add(`${key}#${send}`);
    return value;
  }

  async #between(number: number, ended: Ended, until: number | undefined): Promise<void> {
    const backOff = Math.min(1_000 * 2 ** Math.min(number - 1, 10), MAX_PAUSE_MS);
    const asked = ended.kind === "not-sent" ? ended.failure.detail.retryAfterMs : undefined;
    const pauseMs = Math.min(asked ?? backOff, 600_000);
    await this.#pause(until === undefined ? pauseMs : Math.max(0, Math.min(pauseMs, until - this.#deps.clock.now())));
  }

  #pause(ms: number): Promise<void> {
    const { clock } = this.#deps;
    return new Promise((resolve) => clock.at(clock.now() + ms, resolve));
  }

  /** One attempt as Temporal sees it: its end, or that nothing was heard of it for too long. */
  #attempt(operation: Operation, asked: { request: CallCommand["request"]; number: number; until: number | undefined }): Promise<Ended> {
    const { clock, chance, tell, sabotage, defect } = this.#deps;
    const { request, number, until } = asked;
    const blow = this.#blow(operation);
    const unheard = chance.strikes("cut-off", 0.01);
    const skewMs = chance.strikes("clock-skew", 0.02) ? chance.random.int(-10 * MINUTE, 10 * MINUTE) : 0;
    const life = new AttemptLife(clock, { blow, skewMs });
    const stop = new AbortController();
    const attempt: Attempt = { id: `run/${++this.attempts}/${number}`, number, signal: stop.signal };
    if (blow) tell(() => `${request.key} attempt ${number}: ${blow.stopMs === undefined ? "killed" : "stands still"} ${blow.at}`);
    if (chance.strikes("shut-down", 0.005)) clock.at(clock.now() + chance.random.int(0, 500), () => stop.abort());
    const cancel = until === undefined ? undefined : clock.at(Math.max(until, clock.now()), () => stop.abort());
    const bound = this.#bind(operation.contract, life);
    const sound: ConnectorActivities = {
      [operation.id]: (one) => (one.verb === "find" ? lookUp : execute)(bound, operation, one, attempt),
    };
    const activities = sabotage?.activities?.(sound) ?? sound;
    return new Promise((resolve) => {
      const lost = () => void clock.at(clock.now() + HEARTBEAT_MS, () => resolve({ kind: "lost" }));
      life.silent = lost;
      if (unheard) lost();
      activities[operation.id]?.(request).then(
        (value) => unheard || resolve({ kind: "result", value }),
        (error: unknown) => {
          if (error instanceof CallFailure) return unheard || resolve({ kind: "not-sent", failure: error });
          defect(error);
          resolve({ kind: "lost" });
        },
      );
    }).finally(() => cancel?.()) as Promise<Ended>;
  }

  #blow(operation: Operation): Blow | undefined {
    const { chance } = this.#deps;
    const { random } = chance;
    if (operation.effect === "read") return chance.strikes("killed-before-report", 0.005) ? { at: "before-report" } : undefined;
    if (chance.strikes("zombie", 0.02))
      return { at: random.pick(points), stopMs: random.pick([random.int(1_000, MINUTE), random.int(MINUTE, 30 * MINUTE)]) };
    const killed = chance.oneOf({
      "killed-before-intent": 0.01,
      "killed-before-send": 0.01,
      "killed-after-send": 0.01,
      "killed-before-settle": 0.01,
      "killed-before-report": 0.01,
    });
    return killed && { at: killed.slice("killed-".length) as Blow["at"] };
  }

  /** The system as this attempt's process holds it: whatever it does ends with it. */
  #bind(contract: string, life: AttemptLife): BoundSystem {
    const { register, adapters, rooms, log, sabotage } = this.#deps;
    const adapter = adapters.get(contract);
    if (!adapter) throw new TypeError(`no system serves ${contract}`);
    const { effects } = register;
    const room = rooms.get(contract);
    const sound: BoundSystem = {
      contract,
      adapter,
      session: life,
      ports: {} as Ports,
      ledger: {
        rows: (key) => life.mortal(() => effects.rows(key)),
        intend: async (intent) => {
          await life.reach("before-intent");
          const mine = await life.mortal(() => effects.intend(intent));
          if (mine) await life.reach("before-send");
          return mine;
        },
        settle: async (...settled) => {
          await life.reach("before-settle");
          const verdict = await life.mortal(() => effects.settle(...settled));
          await life.reach("before-report");
          return verdict;
        },
        record: (found) => life.mortal(() => effects.record(found)),
      },
      evidence: { keep: (entry) => life.mortal(() => register.evidence.keep(entry)) },
      closeGate: async (_system, reason) => room?.misconfigured(reason),
      ...(room ? { health: room } : {}),
      log,
      time: life.time,
    };
    return sabotage?.system?.(sound, {}) ?? sound;
  }
}

/** How long, after intent and deadline, a held request may still take effect: as the executor reckons it. */
export const settleMsOf = (operation: Operation): number => Math.max(MINUTE, 2 * milliseconds(operation.deadline));

function told(ended: Ended): string {
  if (ended.kind === "lost") return "never heard of again";
  if (ended.kind === "not-sent") return `not sent (${ended.failure.detail.code})`;
  const { value } = ended;
  if (value.kind === "unknown" || value.kind === "unsure") return `${value.kind} (${value.reason})`;
  return value.kind === "rejected" || value.kind === "failed" || value.kind === "conflict" ? `${value.kind} (${value.code})` : value.kind;
}
