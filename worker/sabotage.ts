/**
 * For tests only: breaks one guarantee of the worker on purpose, so that a test can show that it would notice (`test/sabotage.test.ts`).
 * The product knows nothing of it: what is broken is wrapped around the bound systems and their activities when the worker is composed.
 */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { ConnectorActivities } from "../activities/connector-activities.ts";
import type { Admission, BoundSystem } from "../activities/system.ts";
import type { CallContext } from "../connectors/adapter.ts";
import { CallFailure, notSent } from "../connectors/failure.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import { Connection } from "../register/connection.ts";
import { forTestsOnly, refused } from "./for-tests-only.ts";
import type { QueueLimit, QueueLimits } from "./queue-limit.ts";

const VARIABLE = "DARSENA_TEST_SABOTAGE";

/** One guarantee that can be broken: each part replaces the sound one. */
export interface Sabotage {
  /** The guarantee, and how it is broken. */
  readonly breaks: string;
  readonly system?: (sound: BoundSystem, env: NodeJS.ProcessEnv) => BoundSystem;
  readonly activities?: (sound: ConnectorActivities) => ConnectorActivities;
  readonly limits?: (sound: QueueLimits) => QueueLimits;
  readonly admission?: (sound: Admission) => Admission;
}

/** By name. */
export const workerSabotages = {
  "blind-retry": {
    breaks: "a write whose outcome is unknown is taken for not sent, and sent again",
    system: (sound) => ({ ...sound, adapter: { ...sound.adapter, operations: each(sound.adapter.operations, forgetful) } }),
  },
  "random-key": {
    breaks: "every attempt has a key of its own",
    activities: (sound) => each(sound, (run) => (request) => run({ ...request, key: `${request.key}-${randomUUID().slice(0, 8)}` })),
  },
  "ledger-skipped": {
    breaks: "a request is sent without asking the effect ledger",
    system: (sound) => ({
      ...sound,
      ledger: { rows: async () => [], intend: async () => true, settle: async () => "written", record: async () => "written" },
    }),
  },
  "gate-ignored": {
    breaks: "a refused password does not close the gate",
    system: (sound) => ({ ...sound, closeGate: async () => {} }),
  },
  "hasty-withdrawal": {
    breaks: "a withdrawal does not wait for an outcome that is unknown",
    activities: (sound) => changed(sound, (outcome) => (outcome.kind === "unknown" ? verified(outcome.reason) : outcome)),
  },
  "early-retry": {
    breaks: "an operator may confirm that nothing was done while the request may still arrive",
    activities: (sound) =>
      changed(sound, (outcome) =>
        outcome.kind === "unknown" ? { ...outcome, settleUntil: new Date(0).toISOString(), settleMs: 0 } : outcome,
      ),
  },
  "late-overwrites": {
    breaks: "a result that arrives late is written over the one that stands",
    system: (sound, env) => ({ ...sound, ledger: { ...bound(sound.ledger), settle: overwriting(sound.ledger, env) } }),
  },
  "duplicate-adopted": {
    breaks: "what stands under the key of a refused duplicate is adopted without being compared",
    system: (sound) => ({ ...sound, adapter: { ...sound.adapter, operations: each(sound.adapter.operations, credulous) } }),
  },
  "resend-after-restart": {
    breaks: "an attempt that finds the intent of a lost one sends again",
    system: (sound) => ({
      ...sound,
      ledger: {
        ...bound(sound.ledger),
        rows: async (key) => (await sound.ledger.rows(key)).filter(({ state }) => state !== "intended"),
        intend: async (intent) => (await sound.ledger.intend(intent)) || true,
      },
    }),
  },
  "closing-ignored": {
    breaks: "a closed gate holds no call",
    limits: (sound) => pretending(sound, (rate) => rate === 0),
    admission: letIn,
  },
  "rate-ignored": {
    breaks: "a system's rate is not kept",
    limits: (sound) => pretending(sound, (rate) => rate >= 1),
    admission: letIn,
  },
  "permit-shared": {
    breaks: "a call goes without a permit of its own",
    admission: letIn,
  },
  "canary-flood": {
    breaks: "a system that fails is met by every call",
    limits: (sound) => pretending(sound, (rate) => rate > 0 && rate < 1),
    admission: letIn,
  },
} as const satisfies Record<string, Sabotage>;

/** Names of the guarantees that can be broken. */
export type SabotageName = keyof typeof workerSabotages;

/** A broken worker, as it is composed. */
export interface Broken extends Pick<Sabotage, "activities" | "limits" | "admission"> {
  readonly system?: (sound: BoundSystem) => BoundSystem;
}

/** What `DARSENA_TEST_SABOTAGE` names, with a loud warning; undefined in production, where a worker that is told so refuses to start. */
export function sabotageOf(env: NodeJS.ProcessEnv, log: Pick<Logger, "error">): Broken | undefined {
  const name = forTestsOnly(env, VARIABLE);
  if (name === undefined) return undefined;
  if (!Object.hasOwn(workerSabotages, name)) throw refused(VARIABLE, `must be one of ${Object.keys(workerSabotages).join(", ")}`);
  const found: Sabotage = workerSabotages[name as SabotageName];
  log.error({ sabotage: name }, `THIS WORKER BREAKS A GUARANTEE ON PURPOSE, FOR A TEST: ${found.breaks}`);
  const { system, ...broken } = found;
  return system ? { ...broken, system: (sound) => system(sound, env) } : broken;
}

/** Nobody is asked: no gate, no pace, no permit. */
function letIn(): Admission {
  return { enter: async () => async () => undefined };
}

/** Some rates are said to be set, and are not. */
function pretending(sound: QueueLimits, ignored: (rate: number) => boolean): QueueLimits {
  const said = new Map<string, QueueLimit>();
  return {
    set: async (contract, limit) => {
      said.set(contract, limit);
      const { rate, ...without } = limit;
      await sound.set(contract, rate !== undefined && ignored(rate) ? without : limit);
    },
    get: async (contract) => said.get(contract) ?? (await sound.get(contract)),
  };
}

type Run = BoundSystem["adapter"]["operations"][string];

/** Any other effect's rejection stays; this one says that something else stands under our key. */
const credulous =
  (run: Run): Run =>
  (input, context) => {
    const { effect } = context as CallContext<unknown>;
    const adopting: CallContext<unknown>["effect"] = (send) => effect(() => send().catch(adopt));
    return run(input, { ...(context as CallContext<unknown>), effect: adopting } as CallContext<never>);
  };

function adopt(error: unknown): never {
  if (error instanceof CallFailure && error.detail.code === "DEBT_CONFLICT") return undefined as never;
  throw error;
}

const OVERWRITE = "update effects set state = 'done', output = $2::json, conflict = null where key = $1";

/** Past the ledger's own statement, which refuses it. */
function overwriting(ledger: BoundSystem["ledger"], env: NodeJS.ProcessEnv): BoundSystem["ledger"]["settle"] {
  const connection = new Connection(env["DATABASE_URL"] ?? "");
  return async (key, send, settlement, attempt) => {
    const verdict = await ledger.settle(key, send, settlement, attempt);
    if (verdict === "written" || settlement.state !== "done") return verdict;
    await connection.run("sabotage.overwrite", OVERWRITE, [key, JSON.stringify(settlement.output)]);
    return "written";
  };
}

/** A ledger's methods without their object. */
const bound = (ledger: BoundSystem["ledger"]): BoundSystem["ledger"] => ({
  rows: (key) => ledger.rows(key),
  intend: (intent) => ledger.intend(intent),
  settle: (key, send, settlement, attempt) => ledger.settle(key, send, settlement, attempt),
  record: (found) => ledger.record(found),
});

/** The one request with the effect is said not to have been sent when nobody knows. */
const forgetful =
  (run: Run): Run =>
  (input, context) => {
    const { effect } = context as CallContext<unknown>;
    const forgetting: CallContext<unknown>["effect"] = (send) => effect(() => send().catch(forget));
    return run(input, { ...(context as CallContext<unknown>), effect: forgetting } as CallContext<never>);
  };

function forget(error: unknown): never {
  if (error instanceof CallFailure && (error.kind === "unknown" || error.kind === "contract-broken"))
    throw notSent(error.detail.code, error.message);
  throw error;
}

/** As if somebody had looked and nothing stood open. */
const verified = (reason: string): Outcome => ({ kind: "failed", code: "OUTCOME_UNKNOWN", message: reason });

const changed = (sound: ConnectorActivities, change: (outcome: Outcome) => Outcome): ConnectorActivities =>
  each(sound, (run) => async (request: CallRequest): Promise<Outcome | Found> => {
    const result = await run(request);
    return request.verb === "find" ? result : change(result as Outcome);
  });

/** The same change to every member. */
export const each = <T>(all: Readonly<Record<string, T>>, change: (one: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));
