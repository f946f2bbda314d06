/** Temporal as a simulated town has it: workflows that were started, opened by the first activity that is shipped, published, restarted and reset. */
import type { CaseActivities } from "../../activities/cases.ts";
import type { CaseStart } from "../../cases/message.ts";
import { newState } from "../../cases/new-state.ts";
import type { SimulatedCase } from "../../cases/simulation/simulated-case.ts";
import type { Simulation } from "../../cases/simulate.ts";
import type { CaseState } from "../../cases/state.ts";
import type { CaseStatus } from "../../cases/status.ts";
import { isUnreachable } from "../../register/errors.ts";
import type { Chance } from "./chance.ts";
import type { Sabotage } from "./sabotage.ts";
import type { Workers } from "./workers.ts";

/** What it stands on. */
export interface TemporalDeps {
  chance: Chance;
  sabotage: Sabotage | undefined;
  activities: CaseActivities;
  simulation(): Simulation<Workers>;
  /** A status stands in the register. */
  shown(caseId: string): void;
  opened(one: SimulatedCase, pseudonym: string | undefined): void;
  /** A case went back to an earlier state. */
  reset(caseId: string): void;
  defect(what: string): void;
  tell(line: () => string): void;
}

export class SimulatedTemporal {
  /** Ids of all workflows that were ever started. */
  readonly workflows = new Set<string>();
  readonly #deps: TemporalDeps;
  /** Earlier states, as text, by case. */
  readonly #earlier = new Map<string, string>();

  constructor(deps: TemporalDeps) {
    this.#deps = deps;
  }

  /** Starts a workflow; a second start of the same id is the same one. */
  start(caseId: string, service: string, start: CaseStart): void {
    if (this.workflows.has(caseId) || this.#deps.sabotage?.forgetsStart) return;
    this.workflows.add(caseId);
    void this.#open(caseId, service, JSON.parse(JSON.stringify(start)) as CaseStart);
  }

  async #open(caseId: string, service: string, start: CaseStart): Promise<void> {
    const { activities, chance, simulation, defect, opened, tell } = this.#deps;
    const asked = { caseId, firstRunId: `run-${caseId}`, service, start };
    const twice = chance.strikes("opened-twice", 0.03);
    if (twice) await this.#insistently(() => activities["case.open"](asked));
    const result = await this.#insistently(() => activities["case.open"](asked));
    if (!result) return;
    if (result.kind === "refused") return defect(`${caseId} was accepted and then refused: ${result.code}`);
    if (chance.strikes("restart-from-state", 0.05)) result.restart = "every-step";
    tell(() => `${caseId}: opened, receipt ${result.receipt.number}`);
    opened(simulation().begin(newState(caseId, start, result)), result.applicant);
  }

  /** A local activity: tried until the register is there. What is not the register's absence is a defect. */
  async #insistently<T>(act: () => Promise<T>): Promise<T | undefined> {
    const { clock } = this.#deps.simulation();
    for (let pauseMs = 100; ; pauseMs = Math.min(2 * pauseMs, 5_000)) {
      try {
        return await act();
      } catch (error) {
        if (!isUnreachable(error)) {
          this.#deps.defect(`an activity of the register threw ${String(error)}`);
          return undefined;
        }
        await new Promise<void>((resolve) => void clock.at(clock.now() + pauseMs, resolve));
      }
    }
  }

  /** Publishes; what was published may arrive once more, or much later. */
  async publish(status: CaseStatus): Promise<void> {
    const { activities, chance, sabotage, shown, simulation, tell } = this.#deps;
    if (sabotage?.publishes?.(status) === false) return;
    const publish = () => activities["case.publish"](status);
    await this.#insistently(publish);
    tell(() => `${status.case}: ${inWords(status)}`);
    if (chance.strikes("publication-twice", 0.01)) await this.#insistently(publish);
    const { clock } = simulation();
    if (chance.strikes("publication-late", 0.02))
      clock.at(clock.now() + chance.random.int(1, 3_600_000), () => void publish().catch(() => undefined));
    this.#disturb(status.case);
    shown(status.case);
  }

  /** Once in a while the case is thrown away a little later, or goes back to where it was. */
  #disturb(caseId: string): void {
    const { chance, simulation } = this.#deps;
    const { clock, cases } = simulation();
    const later = (act: (one: SimulatedCase) => void) =>
      clock.at(clock.now() + chance.random.pick([0, chance.random.int(0, 60_000), chance.random.int(0, 86_400_000)]), () => {
        const one = cases.get(caseId);
        if (one && !one.isClosed && one.restartable) act(one);
      });
    if (chance.strikes("restart-from-state", 0.03)) later((one) => one.isAtRest && one.crash());
    if (chance.mayStrike("reset") && chance.random.chance(0.04))
      later((one) => one.isAtRest && void this.#earlier.set(caseId, JSON.stringify({ ...one.state, service: null, overlay: null })));
    if (this.#earlier.has(caseId) && chance.strikes("reset", 0.03)) later((one) => this.#reset(one));
  }

  #reset(one: SimulatedCase): void {
    const { reset, simulation, tell } = this.#deps;
    const { id, number, service, overlay } = one.state;
    // Numbers of publications follow the clock: nobody resets a case within the millisecond of the last one.
    if (number >= simulation().now()) return;
    tell(() => `${id}: goes back to an earlier state`);
    one.reset({ ...(JSON.parse(this.#earlier.get(id) ?? "null") as CaseState), service, overlay });
    reset(id);
  }
}

const inWords = ({ number, state, waitingFor, step, outcome, problem }: CaseStatus): string =>
  [`status ${number}: ${state}`, waitingFor && `waits for ${waitingFor}`, step && `at ${step}`, outcome, problem?.code]
    .filter(Boolean)
    .join(", ");
