/** The waiting room of a simulated system: its gate is decided by the supervisor's own function, and holds calls in order. */
import type { Calendar } from "../../cases/calendar.ts";
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import { SystemSettings } from "../../catalogue/systems.ts";
import type { HealthMeter, Meeting } from "../../activities/health.ts";
import { close, type Decision, decide, type GateState, heard, misconfigured, newGate, open } from "../../workflows/gates/gate.ts";
import type { Chance } from "./chance.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const AN_OPERATOR = "Operatore Inventato";

/** Careful after few failures, so that a weekend without a system is not thousands of attempts. */
const careful = SystemSettings.parse({ trickle: { after: 4, every: "PT20M" } });
const officeHours = { hours: [{ days: "mon-fri", from: "08:00", to: "20:00" }] };

interface Waiter {
  enter: () => void;
}

export class WaitingRoom implements HealthMeter {
  readonly #clock: VirtualClock;
  readonly #waiting: Waiter[] = [];
  #gate: GateState;
  #decision: Decision | undefined;
  #failures = 0;
  #lastEntry = Number.NEGATIVE_INFINITY;
  #cancelLook: (() => void) | undefined;

  constructor(system: string, calendar: Calendar, clock: VirtualClock, chance: Chance) {
    this.#clock = clock;
    const { random } = chance;
    const hours = chance.strikes("gate-closed", 0.02) ? officeHours : {};
    const rate = chance.strikes("gate-rate", 0.03) ? { rate: random.pick([0.02, 0.5, 5]) } : {};
    this.#gate = newGate({ system, calendar, settings: { ...careful, ...hours, ...rate } });
    if (!chance.strikes("gate-closed", 0.01)) return;
    const until = new Date(clock.now() + random.int(MINUTE, 20 * HOUR)).toISOString();
    this.#gate = close(this.#gate, { until, reason: "maintenance", by: AN_OPERATOR }, clock.now());
  }

  /** Resolves with true when a call may go; with false when its time is over first. */
  enter(until: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      let forget: (() => void) | undefined;
      const waiter: Waiter = { enter: () => (forget?.(), resolve(true)) };
      this.#waiting.push(waiter);
      if (until !== undefined)
        forget = this.#clock.at(until, () => {
          this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
          resolve(false);
        });
      this.#look();
    });
  }

  /** A system that refuses our credentials is not called again before an operator opens. */
  misconfigured(reason: string): void {
    this.#gate = misconfigured(this.#gate, reason, this.#clock.now());
  }

  open(): void {
    this.#gate = open(this.#gate, { by: AN_OPERATOR }, this.#clock.now());
    this.#failures = 0;
    this.#look();
  }

  count(meeting: Meeting, code?: string): void {
    this.#failures = meeting === "done" ? 0 : this.#failures + 1;
    const failing = this.#failures >= this.#gate.settings.trickle.after;
    this.#gate = heard(this.#gate, { worker: "w", failing, failures: this.#failures, ...(code ? { code } : {}) }, this.#clock.now());
    this.#look();
  }

  /** Lets in who may go now, and looks again when something is due. */
  #look(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    const now = this.#clock.now();
    while (this.#waiting.length > 0) {
      const { desired, nextAt } = this.#decided(now);
      const next =
        desired.rate === undefined ? now : desired.rate === 0 ? Number.POSITIVE_INFINITY : this.#lastEntry + 1_000 / desired.rate;
      if (next > now) {
        const again = Math.min(next, nextAt ?? Number.POSITIVE_INFINITY);
        if (again < Number.POSITIVE_INFINITY) this.#cancelLook = this.#clock.at(Math.ceil(again), () => this.#look());
        return;
      }
      this.#lastEntry = now;
      this.#waiting.shift()?.enter();
    }
  }

  /** Decides anew when the gate was changed or something is due. */
  #decided(now: number): Decision {
    const last = this.#decision;
    if (last && last.state === this.#gate && now < (last.nextAt ?? Number.POSITIVE_INFINITY)) return last;
    this.#decision = decide(this.#gate, now);
    this.#gate = this.#decision.state;
    return this.#decision;
  }
}
