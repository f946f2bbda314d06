/** The supervisor of one system: a workflow that lives as long as the installation. It decides by `gate.ts`, and its activities set the queue's rate. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from "@temporalio/workflow";
import { ApplicationFailure } from "@temporalio/common";
import type { GateControl } from "./control.ts";
import { close, decide, type GateState, heard, misconfigured, newGate, open } from "./gate.ts";
import {
  type CloseGate,
  CONTROL_QUEUE,
  type Desired,
  GATE_MEMO,
  GATE_QUERY,
  type GateSettings,
  gateSignals,
  gateUpdates,
  type GateView,
  type HealthReport,
  type OpenGate,
} from "./messages.ts";
import { spoken } from "./words.ts";

const control = proxyActivities<GateControl>({
  taskQueue: CONTROL_QUEUE,
  startToCloseTimeout: "15s",
  retry: { initialInterval: "500ms", backoffCoefficient: 2, maximumInterval: "10s" },
  summary: "set the gate",
});

/** After this time the register is told again, when it could not be reached. */
const PUBLISH_AGAIN_MS = 5_000;

/** What a run hands to the next one. */
interface Kept {
  darsenaGate: 1;
  gate: GateState;
  applied?: Holding;
  number: number;
}

/** What holds now, and where. */
interface Holding {
  desired: Desired;
  enforcedBy: GateView["enforcedBy"];
  published: boolean;
  since?: string;
}

const settingsSignal = defineSignal<[GateSettings]>(gateSignals.settings);
const healthSignal = defineSignal<[HealthReport]>(gateSignals.health);
const closeUpdate = defineUpdate<GateView, [CloseGate]>(gateUpdates.close);
const openUpdate = defineUpdate<GateView, [OpenGate]>(gateUpdates.open);
const misconfiguredUpdate = defineUpdate<GateView, [string]>(gateUpdates.misconfigured);
const gateQuery = defineQuery<GateView>(GATE_QUERY);

/** Type `darsena-gate`, id `gate.<contract>`, on the queue `control`. */
export async function gateSupervisor(argument: GateSettings | Kept): Promise<never> {
  const kept: Kept = "darsenaGate" in argument ? argument : { darsenaGate: 1, gate: newGate(argument), number: 0 };
  const supervisor = new Supervisor(kept);
  supervisor.listen();
  if (!("darsenaGate" in argument)) await supervisor.adopt();
  await supervisor.run();
  return continueAsNew<typeof gateSupervisor>(kept);
}

class Supervisor {
  readonly #kept: Kept;
  /** How many events were heard, and up to which of them the gate has been set. */
  #heard = 0;
  #settled = -1;
  /** An operator's word is carried out even when it changes nothing: somebody may have changed the queue beside us. */
  #forced = false;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  listen(): void {
    setHandler(gateQuery, () => this.#view());
    setHandler(settingsSignal, (settings) => this.#take({ ...this.#kept.gate, ...settings }));
    setHandler(healthSignal, (report) => {
      const after = heard(this.#kept.gate, report, Date.now());
      if (after !== this.#kept.gate) this.#take(after);
    });
    setHandler(closeUpdate, (command) => this.#carryOut(close(this.#kept.gate, command, Date.now())), {
      description: "Hold the system's calls: {reason, by} and, when it is to end by itself, {until} as an instant. Calls in flight finish.",
      validator: ({ reason, until, by }) => {
        if (!by || !reason) throw invalid("a closing needs a reason and a name");
        if (until !== undefined && !(Date.parse(until) > Date.now())) throw invalid("until lies in the past, or is no instant");
      },
    });
    setHandler(openUpdate, (command) => this.#carryOut(open(this.#kept.gate, command, Date.now())), {
      description: "Let calls pass again: {by}, and if wanted {rate} in calls a second, {ramp: true} to begin slowly, {reason}.",
      validator: ({ rate, by }) => {
        if (!by) throw invalid("an opening needs a name");
        if (rate !== undefined && !(rate > 0)) throw invalid("the rate is not above zero");
      },
    });
    setHandler(misconfiguredUpdate, (reason) => this.#carryOut(misconfigured(this.#kept.gate, reason, Date.now())));
  }

  /** A gate that was closed for wrong settings while no supervisor ran stays closed; other limits are not ours. */
  async adopt(): Promise<void> {
    const found = await control["gate.find"](this.#kept.gate.system);
    this.#kept.number = found.number;
    if (found.misconfigured !== undefined) this.#kept.gate = misconfigured(this.#kept.gate, found.misconfigured, Date.now());
    if (!found.limited) this.#kept.applied = { desired: { gate: "open" }, enforcedBy: "queue", published: true };
  }

  /** Sets the gate at each event and each due moment, until the history has grown long. */
  async run(): Promise<void> {
    for (;;) {
      const seen = this.#heard;
      const decision = decide(this.#kept.gate, Date.now());
      this.#kept.gate = decision.state;
      if (this.#mustApply(decision.desired)) await this.#apply(decision.desired);
      this.#settled = seen;
      if (workflowInfo().continueAsNewSuggested && this.#heard === seen) {
        await condition(allHandlersFinished);
        if (this.#heard === seen) return;
      }
      const dueAt = [decision.nextAt, ...(this.#kept.applied?.published === false ? [Date.now() + PUBLISH_AGAIN_MS] : [])];
      await this.#next(seen, Math.min(...dueAt.filter((instant) => instant !== undefined)));
    }
  }

  async #next(seen: number, dueAt: number): Promise<void> {
    const changed = () => this.#heard !== seen;
    if (Number.isFinite(dueAt)) await condition(changed, Math.max(1, dueAt - Date.now()), { summary: "until the gate is looked at again" });
    else await condition(changed);
  }

  #mustApply(desired: Desired): boolean {
    const { applied } = this.#kept;
    return this.#forced || applied === undefined || !applied.published || JSON.stringify(applied.desired) !== JSON.stringify(desired);
  }

  async #apply(desired: Desired): Promise<void> {
    const { gate, applied } = this.#kept;
    const same = applied !== undefined && JSON.stringify(applied.desired) === JSON.stringify(desired);
    const since = (same && applied.since) || new Date().toISOString();
    const told = spoken(desired, gate.calendar.timeZone);
    this.#forced = false;
    const wanted = { system: gate.system, desired, told, since, number: ++this.#kept.number };
    const result = await control["gate.apply"].executeWithOptions({ summary: told || "open, without a limit" }, [wanted]);
    this.#kept.applied = { desired, since, ...result };
    this.#show(told);
  }

  /** Read from the workflow's description, which needs no worker and no query. */
  #show(told: string): void {
    const { gate, applied } = this.#kept;
    const { gate: state } = applied?.desired ?? { gate: "open" };
    upsertMemo({ [GATE_MEMO]: this.#view() });
    setCurrentDetails(`**${gate.system}**: ${state}${told ? `, ${told}` : ""}`);
  }

  #take(state: GateState): void {
    this.#kept.gate = state;
    this.#heard += 1;
  }

  /** Answers once the gate is set. */
  async #carryOut(state: GateState): Promise<GateView> {
    this.#forced = true;
    this.#take(state);
    const mine = this.#heard;
    await condition(() => this.#settled >= mine);
    return this.#view();
  }

  #view(): GateView {
    const { gate, applied } = this.#kept;
    return {
      system: gate.system,
      ...(applied?.desired ?? { gate: "open" }),
      enforcedBy: applied?.enforcedBy ?? "queue",
      ...(applied?.since === undefined ? {} : { since: applied.since }),
    };
  }
}

const invalid = (message: string) => ApplicationFailure.create({ type: "INVALID_BODY", message, nonRetryable: true });
