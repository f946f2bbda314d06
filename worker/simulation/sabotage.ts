/**
 * For tests only: breaks one guarantee of the simulated town on purpose, so that a test can show that its invariant notices
 * (`broken-on-purpose.test.ts`). Those of the workers are the same as for real ones (`worker/sabotage.ts`).
 */
import type { Message } from "../../cases/message.ts";
import type { CaseState } from "../../cases/state.ts";
import type { CaseStatus } from "../../cases/status.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { type Columns, MemoryEffects, type Row } from "../../register/memory-effects.ts";
import { forTestsOnly, refused } from "../for-tests-only.ts";
import { each, type Sabotage as WorkerSabotage, workerSabotages } from "../sabotage.ts";
import type { FrailRegister } from "./frail-register.ts";
import type { InvariantName } from "./invariants.ts";

const VARIABLE = "DARSENA_TEST_SABOTAGE";

/** A broken town: each part replaces the sound one. */
export interface Sabotage extends WorkerSabotage {
  readonly ledger?: (now: () => number) => MemoryEffects;
  readonly cases?: (sound: FrailRegister["cases"]) => FrailRegister["cases"];
  /** False for a status that is never published. */
  readonly publishes?: (status: CaseStatus) => boolean;
  readonly newId?: (service: string, request: JsonObject) => string;
  /** True for a start that Temporal accepts and forgets. */
  readonly forgetsStart?: true;
  readonly beforeMessage?: (state: CaseState, message: Message) => void;
}

/** Whatever comes last counts. */
class OverwritingEffects extends MemoryEffects {
  protected override judged(row: Row, state: Columns[0], hash: string | null, attempt: string | undefined) {
    return row.state === "done" || row.state === "rejected" ? "write" : super.judged(row, state, hash, attempt);
  }
}

const { "blind-retry": blindRetry, "random-key": randomKey, "ledger-skipped": ledgerSkipped } = workerSabotages;
const { "gate-ignored": gateIgnored, "hasty-withdrawal": hastyWithdrawal, "early-retry": earlyRetry } = workerSabotages;

let others = 0;

/** By name, each with an invariant that has to notice. */
export const sabotages = {
  "blind-retry": { ...blindRetry, noticedBy: "one-effect" },
  "random-key": { ...randomKey, noticedBy: "one-effect" },
  "ledger-skipped": { ...ledgerSkipped, noticedBy: "one-effect" },
  "early-retry": { ...earlyRetry, noticedBy: "one-effect" },
  "gate-ignored": { ...gateIgnored, noticedBy: "gate-holds" },
  "hasty-withdrawal": { ...hastyWithdrawal, noticedBy: "nothing-unverified" },
  "late-result-overwrites": {
    breaks: "a late answer replaces the result that stands in the effect ledger",
    ledger: (now) => new OverwritingEffects(now),
    noticedBy: "first-result-stands",
  },
  "audit-skipped": {
    breaks: "an effect is remembered by its worker, and not entered in the ledger",
    system: (sound) => ({ ...sound, ledger: { ...sound.ledger, intend: async () => true, settle: async () => "written" } }),
    noticedBy: "audit",
  },
  "same-key-two-cases": {
    breaks: "the register forgets the keys of starts",
    cases: (sound) => ({ ...sound, reserve: (row) => sound.reserve({ ...row, keyHash: `${row.keyHash}-${++others}` }) }),
    noticedBy: "same-key-same-case",
  },
  "start-forgotten": { breaks: "a start is accepted and no case begins", forgetsStart: true, noticedBy: "one-case" },
  "silent-parking": {
    breaks: "a case parks and its status is not published",
    publishes: ({ state }) => state !== "parked",
    noticedBy: "not-silent",
  },
  "forgetful-mailbox": {
    breaks: "a message that was seen before is taken for a new one",
    beforeMessage: (state, { id }) => void delete state.seen[id],
    noticedBy: "message-once",
  },
  "personal-data-in-id": {
    breaks: "the id of a case tells whose it is",
    newId: (service, request) =>
      `${service}-${/[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]/.exec(JSON.stringify(request))?.[0] ?? "nobody"}-${++others}`,
    noticedBy: "no-personal-data",
  },
  "personal-data-in-log": {
    breaks: "a worker logs what it sends",
    system: (sound) => ({
      ...sound,
      adapter: {
        ...sound.adapter,
        operations: each(sound.adapter.operations, (run) => (input, context) => {
          sound.log.info({ input }, "sending");
          return run(input, context);
        }),
      },
    }),
    noticedBy: "no-personal-data",
  },
} as const satisfies Record<string, Sabotage & { noticedBy: InvariantName }>;

/** Names of the guarantees that can be broken. */
export type SabotageName = keyof typeof sabotages;

/** What `DARSENA_TEST_SABOTAGE` names; undefined in production, where naming one is refused. Throws `SettingsError`. */
export function simulationSabotage(env: NodeJS.ProcessEnv): SabotageName | undefined {
  const name = forTestsOnly(env, VARIABLE);
  if (name === undefined) return undefined;
  if (!Object.hasOwn(sabotages, name)) throw refused(VARIABLE, `must be one of ${Object.keys(sabotages).join(", ")}`);
  return name as SabotageName;
}
