/**
 * For tests only: breaks one guarantee of the worker on purpose, so that a test can show that it would notice (`test/sabotage.test.ts`).
 * The product knows nothing of it: what is broken is wrapped around the bound systems and their activities when the worker is composed.
 */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { ConnectorActivities } from "../activities/connector-activities.ts";
import type { BoundSystem } from "../activities/system.ts";
import type { CallContext } from "../connectors/adapter.ts";
import { CallFailure, notSent } from "../connectors/failure.ts";
import type { CallRequest, Found, Outcome } from "../connectors/outcome.ts";
import { SettingsError } from "./configuration/problems.ts";

const VARIABLE = "DARSENA_TEST_SABOTAGE";

/** A broken worker: each part replaces the sound one. */
export interface Sabotage {
  /** The guarantee, and how it is broken. */
  readonly breaks: string;
  readonly system?: (sound: BoundSystem) => BoundSystem;
  readonly activities?: (sound: ConnectorActivities) => ConnectorActivities;
}

const sabotages = {
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
      changed(sound, (outcome) => (outcome.kind === "unknown" ? { ...outcome, settleUntil: new Date(0).toISOString() } : outcome)),
  },
} as const satisfies Record<string, Sabotage>;

/** Names of the guarantees that can be broken. */
export type SabotageName = keyof typeof sabotages;

/** What `DARSENA_TEST_SABOTAGE` names, with a loud warning; undefined in production, where a worker that is told so refuses to start. */
export function sabotageOf(env: NodeJS.ProcessEnv, log: Pick<Logger, "error">): Sabotage | undefined {
  const name = env[VARIABLE];
  if (name === undefined || name === "") return undefined;
  const refuse = (reason: string) => new SettingsError("The worker cannot start", [{ variable: VARIABLE, reason }]);
  if (env["NODE_ENV"] !== "test" && env["DARSENA_TEST"] !== "1") throw refuse("breaks a guarantee on purpose and is for tests only");
  if (!Object.hasOwn(sabotages, name)) throw refuse(`must be one of ${Object.keys(sabotages).join(", ")}`);
  const found: Sabotage = sabotages[name as SabotageName];
  log.error({ sabotage: name }, `THIS WORKER BREAKS A GUARANTEE ON PURPOSE, FOR A TEST: ${found.breaks}`);
  return found;
}

type Run = BoundSystem["adapter"]["operations"][string];

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

const each = <T>(all: Readonly<Record<string, T>>, change: (one: T) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, change(one)]));
