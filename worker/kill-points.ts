/**
 * For tests only: a worker that kills itself (SIGKILL) at named points of its calls, or stalls there, so that a test can show how each call
 * is recovered.
 *
 *   DARSENA_TEST_KILL_AT=<stop>[,<stop>...][@<file>]      with <stop> = <point>[:<operation>]
 *   DARSENA_TEST_STALL_AT=<stop>[,<stop>...]
 *
 * Each stop holds the first call that reaches it, of that operation or of any; calls after it pass. When every stop of `KILL_AT` holds a
 * call, the worker dies, with all of them: so one stop kills at once, and many recoveries are shown by one kill. Calls held by `STALL_AT`
 * go on when the process is continued (SIGCONT), as those of a machine that stood still. Held calls go on sending their heartbeats.
 * With a file, the kill happens once: the file is made just before it, and a worker that finds it stops nowhere.
 *
 * Like `sabotage.ts`, it is wrapped around the bound systems when the worker is composed: the product knows nothing of it, and both ways of
 * a call pass it. Writes and courtesy messages reach all points, reads `before-report` only.
 */
import { existsSync, writeFileSync } from "node:fs";
import type { Logger } from "pino";
import type { BoundSystem } from "../activities/system.ts";
import { operationsOf } from "../connectors/contract.ts";
import type { Ports } from "../connectors/ports.ts";
import { forTestsOnly, refused } from "./for-tests-only.ts";

const KILL = "DARSENA_TEST_KILL_AT";
const STALL = "DARSENA_TEST_STALL_AT";

/** What the log says of each call that is held, with its `point`, `operation` and `key`. */
export const HELD = "a call is held, for a test";

const points = {
  /** Checks, log-in and uploads are over; nothing of the call stands in the ledger. */
  "before-intent": true,
  /** The intent stands in the ledger; the request was not sent. */
  "after-intent": true,
  /** The system has answered; the ledger does not know it. */
  "after-send": true,
  /** The ledger holds the result; Temporal was not told. */
  "before-report": true,
} as const;

/** Where a worker can be killed. */
export type KillPoint = keyof typeof points;

/** Only for systems that demand rising ids: the id is drawn and kept with its request; nothing was sent. */
const AFTER_DRAW = "after-draw";

/** The names of all points, in the order in which a call reaches them. */
export const killPoints = Object.keys(points) as KillPoint[];

export interface KillPoints {
  /** The system whose calls stop where they are told to. */
  readonly system: (sound: BoundSystem) => BoundSystem;
}

interface Stop {
  readonly point: KillPoint | typeof AFTER_DRAW;
  readonly operation: string | undefined;
  /** Dies when all others that do so hold a call; otherwise waits for SIGCONT. */
  readonly kills: boolean;
  held: boolean;
}

/** Reports that a call is at this point; resolves when it may go on, never when it is held for a kill. */
type At = (point: Stop["point"], operation: string, key: string) => Promise<void>;

/** What the variables name, with a loud warning; undefined when there is nothing to stop at. `die` ends the process. */
export function killPointsOf(env: NodeJS.ProcessEnv, log: Pick<Logger, "error">, die: () => void = dieSoon): KillPoints | undefined {
  const [kills = "", ...file] = (forTestsOnly(env, KILL) ?? "").split("@");
  const stalls = forTestsOnly(env, STALL) ?? "";
  const marker = file.length > 0 ? file.join("@") : undefined;
  const stops = [...stopsOf(KILL, kills), ...stopsOf(STALL, stalls)];
  if (stops.length === 0 || (marker !== undefined && existsSync(marker))) return undefined;
  log.error({ kills, stalls }, "THIS WORKER KILLS ITSELF OR STALLS IN THE MIDDLE OF A CALL, FOR A TEST");
  const continued = new Promise<void>((resolve) => void process.once("SIGCONT", () => resolve()));
  const at: At = async (point, operation, key) => {
    const stop = stops.find((one) => !one.held && one.point === point && (one.operation ?? operation) === operation);
    if (!stop) return;
    stop.held = true;
    log.error({ point, operation, key }, HELD);
    if (!stop.kills) return continued;
    if (stops.every((one) => one.held || !one.kills)) {
      if (marker !== undefined) writeFileSync(marker, kills);
      die();
    }
    await new Promise<never>(() => undefined);
  };
  return { system: (sound) => stopping(sound, at) };
}

/** The log is written in the background, and what is held waits. */
const LOG_WRITTEN_MS = 300;
const dieSoon = () => void setTimeout(() => process.kill(process.pid, "SIGKILL"), LOG_WRITTEN_MS);

function stopsOf(variable: string, list: string): Stop[] {
  const named = list.split(",").filter((text) => text !== "");
  return named.map((text) => {
    const [point = "", operation] = text.split(":");
    if (!Object.hasOwn(points, point) && point !== AFTER_DRAW)
      throw refused(variable, `must name one of ${[...killPoints, AFTER_DRAW].join(", ")}, not "${point}"`);
    return { point: point as Stop["point"], operation, kills: variable === KILL, held: false };
  });
}

/** The ordered sender, whose holder may stop once it has kept a write. */
const drawing = ({ orderedSender, ...ports }: Ports, at: At): Ports => ({
  ...ports,
  orderedSender: {
    inSection: (turn, run) =>
      orderedSender.inSection(turn, (section) =>
        run({
          draw: () => section.draw(),
          renew: () => section.renew(),
          open: () => section.open(),
          mayTry: (id) => section.mayTry(id),
          ofKey: (key) => section.ofKey(key),
          close: (id, closing) => section.close(id, closing),
          keep: async (write) => {
            const id = await section.keep(write);
            await at(AFTER_DRAW, write.operation, write.key);
            return id;
          },
        }),
      ),
  },
});

function stopping(sound: BoundSystem, at: At): BoundSystem {
  const { ledger, adapter } = sound;
  /** What a settlement is of: the ledger is told the key only. */
  const intended = new Map<string, string>();
  const operations = { ...adapter.operations };
  for (const { name, id, effect } of operationsOf(adapter.contract)) {
    const run = adapter.operations[name];
    if (effect !== "read" || !run) continue;
    operations[name] = async (input, context) => {
      const result = await run(input, context);
      await at("before-report", id, (context as { key: string }).key);
      return result;
    };
  }
  return {
    ...sound,
    ports: drawing(sound.ports, at),
    adapter: { ...adapter, operations },
    ledger: {
      rows: (key) => ledger.rows(key),
      record: (found) => ledger.record(found),
      intend: async (intent) => {
        await at("before-intent", intent.operation, intent.key);
        const mine = await ledger.intend(intent);
        if (mine) {
          intended.set(intent.key, intent.operation);
          await at("after-intent", intent.operation, intent.key);
        }
        return mine;
      },
      settle: async (key, send, settlement, attempt) => {
        const operation = settlement.state === "not-sent" ? undefined : intended.get(key);
        if (operation !== undefined) await at("after-send", operation, key);
        const verdict = await ledger.settle(key, send, settlement, attempt);
        if (operation !== undefined) await at("before-report", operation, key);
        return verdict;
      },
    },
  };
}
