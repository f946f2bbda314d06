/** The stage of the tests of gates: a rig whose protocol stands behind a front that can go away, and workers whose overlay says what a test needs. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CATALOGUE_FILE } from "../catalogue/compile.ts";
import type { Overlay } from "../catalogue/definition.ts";
import { connectLazily } from "../client/connection.ts";
import { type SystemGate, type Systems, systemsOf } from "../client/systems.ts";
import { type Front, startFront } from "./front.ts";
import { passRequest } from "./people.ts";
import { type Rig, type RunningProcess, startRig, type TestCase } from "./rig.ts";

/** Who closes and opens. */
export const by = "A. Bianchi";

/** What the overlay says of the protocol unless a test says otherwise. */
export const usual = { holidays: "closed", maintenance: [], trickle: { after: 5, every: "PT2S", rampFrom: 4, step: "PT2S" } };

/** An effect in the protocol: whose it is, and when it was. */
export interface Registered {
  caseId: string;
  at: number;
}

/** Everything that runs. */
export interface GateStage {
  readonly rig: Rig;
  readonly front: Front;
  readonly systems: Systems;
  /** Adds a worker of a municipality whose overlay says this of the protocol and of other systems. */
  startWorker(protocol?: object, env?: Record<string, string>, others?: Record<string, object>): Promise<RunningProcess>;
  /** Kills all workers. */
  killWorkers(): Promise<void>;
  gateOf(system: string): Promise<SystemGate>;
  /** Starts cases, a few at a time; each calls the protocol first. */
  startCases(count: number, presentedAt?: string): Promise<TestCase[]>;
  /** The registrations of these cases, in the order of the protocol's own ledger. */
  registered(cases: readonly TestCase[]): Registered[];
  stop(): Promise<void>;
}

/** Starts all but workers. */
export async function startGateStage(): Promise<GateStage> {
  const rig = await startRig();
  const front = await startFront(rig.simulators.protocol.url);
  const endpoint = rig.env["DARSENA_PROTOCOL_ENDPOINT"] as string;
  rig.env["DARSENA_PROTOCOL_ENDPOINT"] = `${front.url}${new URL(endpoint).pathname}`;
  const connection = connectLazily({ address: rig.temporal.address });
  const systems = systemsOf(connection, "default", { protocol: "docarea" });
  let workers: RunningProcess[] = [];
  return {
    rig,
    front,
    systems,
    startWorker: async (protocol = {}, env = {}, others = {}) => {
      const worker = await rig.startWorker({
        DARSENA_CATALOGUE: catalogueFolder(rig, { protocol: { ...usual, ...protocol }, ...others }),
        ...env,
      });
      workers.push(worker);
      return worker;
    },
    killWorkers: async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      workers = [];
    },
    gateOf: async (name) => (await systems.list()).find(({ system }) => system === name) as SystemGate,
    startCases: async (count, presentedAt) => {
      const request = await passRequest(rig.register);
      const cases: TestCase[] = [];
      for (let begun = 0; begun < count; begun += AT_ONCE)
        cases.push(
          ...(await Promise.all(
            Array.from({ length: Math.min(AT_ONCE, count - begun) }, () =>
              rig.start("disabled-parking-pass", request, presentedAt === undefined ? {} : { presentedAt }),
            ),
          )),
        );
      return cases;
    },
    registered: (cases) => {
      const ids = new Set(cases.map(({ id }) => id));
      return rig.simulators.protocol
        .ledger()
        .map(({ key, at }) => ({ caseId: key.slice(0, key.indexOf("/")), at: Date.parse(at) }))
        .filter(({ caseId }) => ids.has(caseId));
    },
    stop: async () => {
      await connection.close();
      await rig.stop();
      await front.down();
    },
  };
}

const AT_ONCE = 8;

/** A compiled catalogue whose overlays say this of their systems. */
export function catalogueFolder(rig: Rig, systems: Record<string, object>): string {
  const compiled = JSON.parse(readFileSync(join("dist", "catalogue-compiled", CATALOGUE_FILE), "utf8")) as { overlays: Overlay[] };
  for (const overlay of compiled.overlays) Object.assign(overlay, { systems });
  const folder = join(rig.folder, `catalogue-${Math.random().toString(36).slice(2)}`);
  mkdirSync(folder);
  writeFileSync(join(folder, CATALOGUE_FILE), JSON.stringify(compiled));
  return folder;
}

/** Reads until it holds; fails with what was read last. */
export async function until<T>(what: string, read: () => Promise<T> | T, holds: (value: T) => boolean, timeoutMs = 60_000): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  let last = await read();
  for (; !holds(last); last = await read()) {
    if (Date.now() > giveUpAt) throw new Error(`it never came to "${what}"; last: ${String(JSON.stringify(last)).slice(0, 2_000)}`);
    await pause(100);
  }
  return last;
}

/** How often the server has given the waiting calls of these cases to a worker. */
export async function attempts(cases: readonly TestCase[]): Promise<number> {
  const described = await Promise.all(cases.map(({ handle }) => handle.describe()));
  const pending = described.flatMap(({ raw }) => raw.pendingActivities ?? []);
  // A task that waits between two attempts names the next one.
  return pending.reduce((sum, { attempt, state }) => sum + (attempt ?? 1) - (state === 1 ? 1 : 0), 0);
}
