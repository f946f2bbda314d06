/**
 * Cases in memory, with a virtual clock and simulated systems: the second runtime of `cases/`. A term of 60 days passes in milliseconds,
 * faults come as the script or the seed says, and the same seed leaves the same trace.
 */
import type { Overlay, Service } from "../catalogue/definition.ts";
import { evaluate, fill } from "../catalogue/expressions.ts";
import { issuesOf } from "../catalogue/fields.ts";
import type { JsonObject } from "../connectors/json.ts";
import type { Way } from "./life.ts";
import type { CaseStart } from "./message.ts";
import { newState } from "./new-state.ts";
import { Refusal } from "./refusal.ts";
import type { OpenChild } from "./runtime.ts";
import { SimulatedCase, type World } from "./simulation/simulated-case.ts";
import { type Systems, SimulatedSystems } from "./simulation/systems.ts";
import { VirtualClock } from "./simulation/virtual-clock.ts";
import type { CaseState } from "./state.ts";
import type { CaseStatus } from "./status.ts";
import { CHILD_REPORT } from "./steps/open.ts";
import type { Strand } from "./strand.ts";

/** A service as a case pins it. */
export interface PinnedDefinition {
  service: Service;
  overlay: Overlay;
  version: string;
}

export interface SimulationOptions<S extends Systems = SimulatedSystems> {
  systems: S;
  /** The services that may be started, or opened by a case. */
  services?: (id: string) => PinnedDefinition | undefined;
  /** When it begins, in ms; the clock goes on from there. */
  now?: number;
  /** The clock itself, where others live by it too. */
  clock?: VirtualClock;
  /** Every case is thrown away and begun anew from its state after each step. */
  restart?: "every-step";
  /** Hears of every publication. */
  published?: (status: CaseStatus) => void | Promise<void>;
  /** How a case that another one opens comes to life; by itself, at once, unless told. */
  openChild?: (child: OpenChild) => Promise<void>;
  /** How a service written by hand runs. */
  written?: (strand: Strand) => Way | undefined;
}

/** An instant of an ordinary Monday morning, where no other is given. */
export const MONDAY = Date.parse("2026-03-02T10:00:00Z");

export class Simulation<S extends Systems = SimulatedSystems> {
  readonly clock: VirtualClock;
  readonly systems: S;
  readonly cases = new Map<string, SimulatedCase>();
  readonly children: OpenChild[] = [];
  readonly #options: SimulationOptions<S>;
  readonly #world: World;
  #receipts = 0;

  constructor(options: SimulationOptions<S>) {
    this.#options = options;
    this.clock = options.clock ?? new VirtualClock(options.now ?? MONDAY);
    this.systems = options.systems;
    this.#world = {
      clock: this.clock,
      systems: options.systems,
      openChild: (child) => (options.openChild ? options.openChild(child) : this.#openChild(child)),
      published: options.published ?? (() => undefined),
      closed: (of) => this.#report(of.state, this.#reportOf(of)),
      written: options.written ?? (() => undefined),
    };
  }

  now(): number {
    return this.clock.now();
  }

  /** Opens a case as the first activity does: the request is checked, the definition pinned, the receipt drawn. Throws `Refusal`. */
  open(caseId: string, service: string, start: CaseStart): SimulatedCase {
    const pinned = this.#options.services?.(service);
    if (!pinned) throw new Refusal("UNKNOWN_SERVICE", `there is no service "${service}"`);
    const errors = issuesOf(pinned.service.request, start.request);
    if (errors.length > 0)
      throw new Refusal("INVALID_REQUEST", errors.map(({ field, en }) => `${field}: ${en}`).join("; "), {
        errors: errors.map((one) => ({ ...one })),
      });
    const scope = { request: start.request, overlay: { ...pinned.overlay } as JsonObject };
    const office = String(fill(pinned.service.office, scope) ?? pinned.service.office);
    evaluate(pinned.service.applicant, scope);
    this.#receipts += 1;
    const at = new Date(this.now()).toISOString();
    const number = `${pinned.overlay.municipality.toUpperCase()}-${at.slice(0, 4)}-${String(this.#receipts).padStart(6, "0")}`;
    const { restart } = this.#options;
    const opened = { ...pinned, office, receipt: { number, at: start.presentedAt ?? at }, ...(restart ? { restart } : {}) };
    return this.begin(newState(caseId, start, opened));
  }

  /** Lets a case live from a state. */
  begin(state: CaseState): SimulatedCase {
    const one = new SimulatedCase(state, this.#world);
    this.cases.set(state.id, one);
    return one;
  }

  /** Lets whatever is due next happen, and all that follows from it at once; false when nothing will ever happen by itself. */
  async step(): Promise<boolean> {
    await settled();
    while (this.#wake()) await settled();
    if (this.clock.next === undefined) return false;
    this.clock.step();
    return true;
  }

  #wake(): boolean {
    let woken = false;
    for (const one of this.cases.values()) woken = one.wake() || woken;
    return woken;
  }

  /** Lets everything happen that needs no time but that of answers on their way. */
  async settle(): Promise<void> {
    for (;;) {
      await idle();
      if (this.#wake()) continue;
      if (!this.clock.busy) return;
      this.clock.step();
    }
  }

  /** Passes time; whatever falls due on the way happens at its instant. */
  async pass(ms: number): Promise<void> {
    const end = this.now() + ms;
    for (;;) {
      await this.settle();
      const next = this.clock.next;
      if (next === undefined || next > end) break;
      this.clock.step();
    }
    this.clock.advanceTo(end);
    await this.settle();
  }

  #reportOf({ state }: SimulatedCase): JsonObject {
    const { outcome, protocolNumber, result } = state;
    return {
      outcome: outcome ?? "",
      ...(protocolNumber === undefined ? {} : { protocolNumber }),
      ...(result === undefined ? {} : { result }),
    };
  }

  /** A case that another one opened tells it how it ended; one that no longer waits is left alone. */
  #report({ id, parent }: Pick<CaseState, "id" | "parent">, body: JsonObject): void {
    const opener = parent && this.cases.get(parent.case);
    if (!parent || !opener) return;
    const at = new Date(this.now()).toISOString();
    try {
      opener.send({ id: `child-${id}`, for: parent.question, name: CHILD_REPORT, body, from: `case:${id}`, at });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  async #openChild(child: OpenChild): Promise<void> {
    this.children.push(child);
    if (this.cases.has(child.caseId) || !this.#options.services) return;
    try {
      this.open(child.caseId, child.service, child.start);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { parent } = child.start;
      this.#report({ id: child.caseId, ...(parent ? { parent } : {}) }, { refused: error.code });
    }
  }
}

/** Resolves when no promise is left that could go on by itself; unlike `idle`, it lets no timer and no socket of the process have a turn. */
const settled = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
/** Resolves when no promise is left that could go on by itself. */
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
