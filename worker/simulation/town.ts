/**
 * One simulated case with the world around it: a channel that sends the request, the core that is shipped, workers, systems, a register,
 * people and a clock of its own. The seed decides everything that happens.
 */
import type { Logger } from "pino";
import { caseActivities } from "../../activities/open-case.ts";
import { sample } from "../../cases/simulation/sample.ts";
import { Simulation } from "../../cases/simulate.ts";
import { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import { adapterFor } from "../../connectors/adapters.ts";
import type { Adapter } from "../../connectors/adapter.ts";
import { nameOf, operationsOf } from "../../connectors/contract.ts";
import { contracts } from "../../connectors/contracts.ts";
import type { Json, JsonObject } from "../../connectors/json.ts";
import type { Recovery } from "../../connectors/outcome.ts";
import { written } from "../../workflows/by-hand/way.ts";
import { Channels } from "./channels.ts";
import { Chance } from "./chance.ts";
import { City } from "./city.ts";
import type { FaultName } from "./faults.ts";
import { FrailRegister } from "./frail-register.ts";
import type { Breach, InvariantName } from "./invariants.ts";
import type { Offer } from "./offers.ts";
import { People } from "./people.ts";
import type { Sabotage } from "./sabotage.ts";
import { simulatedAdapter } from "./simulated-adapter.ts";
import { SimulatedTemporal } from "./simulated-temporal.ts";
import { WaitingRoom } from "./waiting-room.ts";
import { settleMsOf, Workers } from "./workers.ts";

const DAY = 86_400_000;
/** A world that does so much never comes to rest. */
const MOST_EVENTS = 30_000;
const LAST_ROUNDS = 80;

/** Nights and days on which clocks and calendars are odd. */
const odd = ["2026-03-29T00:30:00Z", "2026-10-25T00:30:00Z", "2028-02-28T22:50:00Z", "2026-12-31T22:58:00Z", "2026-04-03T16:00:00Z"];
const FIRST_DAY = Date.parse("2026-03-02T10:00:00Z");

/** What makes a town. */
export interface TownOptions {
  seed: string;
  offers: readonly Offer[];
  faults: ReadonlySet<FaultName>;
  sabotage?: Sabotage | undefined;
  /** Told of everything that happens, with its instant in ms. */
  tell?: ((at: number, line: string) => void) | undefined;
}

export class Town {
  readonly chance: Chance;
  readonly city: City;
  readonly register: FrailRegister;
  readonly temporal: SimulatedTemporal;
  readonly channels: Channels;
  readonly people: People;
  readonly simulation: Simulation<Workers>;
  readonly workers: Workers;
  /** When it began, in ms. */
  readonly began: number;
  readonly breaches: Breach[] = [];
  /** What workers logged, and pseudonyms of applicants. */
  readonly logged: string[] = [];
  readonly pseudonyms: string[] = [];
  readonly offer: Offer;
  readonly request: JsonObject;

  constructor({ seed, offers, faults, sabotage, tell: listener }: TownOptions) {
    const chance = new Chance(seed, faults);
    const { random } = chance;
    this.chance = chance;
    this.offer = random.pick(offers);
    const oddly = chance.strikes("odd-calendar", 0.2);
    const clock = new VirtualClock(oddly ? Date.parse(random.pick(odd)) : FIRST_DAY + random.int(0, 300 * DAY));
    this.began = clock.now();
    const tell = (line: () => string) => listener?.(clock.now(), line());
    chance.heard = (fault) => tell(() => `fault: ${fault}`);
    const breach = (invariant: InvariantName, what: string) => void this.breaches.push({ invariant, what });
    const defect = (what: unknown) =>
      breach("not-silent", what instanceof Error ? `${what.name}: ${what.message}${listener ? what.stack : ""}` : String(what));
    this.request = this.#makeRequest(clock.now());
    this.register = new FrailRegister(clock, chance, sabotage?.ledger);
    this.city = new City(clock, chance);
    const { overlay } = this.offer.catalogue;
    const { timeZone, municipality } = overlay;
    const names = contracts.map(nameOf);
    const rooms = new Map(names.map((name) => [name, new WaitingRoom(name, { timeZone }, clock, chance)]));
    this.city.mended = (contract) => rooms.get(contract)?.open();
    const activities = caseActivities({
      catalogue: this.offer.services,
      cases: this.register.cases,
      report: async () => undefined,
      effects: this.register.effects,
      municipality,
      secret: "the simulation's own",
    });
    const log = this.#log();
    const record = activities["case.record"];
    const adapters = this.#adapters();
    this.workers = new Workers({ clock, chance, register: this.register, log, sabotage, adapters, rooms, record, defect, tell });
    this.simulation = new Simulation({
      systems: this.workers,
      clock,
      written,
      published: (status) => this.temporal.publish(status),
      openChild: async ({ caseId, service, start }) => this.temporal.start(caseId, service, start),
    });
    const { cases } = this.simulation;
    const shown = (caseId: string) => this.register.held.cases.status(caseId);
    const sentAt = (key: string) => this.register.held.effects.lastIntent(key);
    this.people = new People({ clock, chance, city: this.city, sabotage, cases, sentAt, shown, breach, tell });
    this.temporal = new SimulatedTemporal({
      chance,
      sabotage,
      activities,
      simulation: () => this.simulation,
      shown: (caseId) => void this.people.look(caseId),
      opened: (one, pseudonym) => {
        if (pseudonym !== undefined) this.pseudonyms.push(pseudonym);
        this.people.meet(one);
      },
      reset: (caseId) => this.people.forget(caseId),
      defect,
      tell,
    });
    let ids = 0;
    this.channels = new Channels({
      clock,
      chance,
      register: { cases: sabotage?.cases?.(this.register.cases) ?? this.register.cases },
      catalogue: this.offer.services,
      municipality,
      newId: (service) => sabotage?.newId?.(service, this.request) ?? `${service}-${++ids}`,
      begin: (caseId, service, start) => this.temporal.start(caseId, service, start),
      breach,
      tell,
    });
  }

  /** Lets the case live until nothing more happens. */
  async live(): Promise<void> {
    const { chance, channels, offer, request, simulation, people } = this;
    const { clock } = simulation;
    channels.submit({ channel: "portal", key: "key-1", service: offer.service, request });
    if (chance.strikes("clock-jump", 0.1))
      clock.at(clock.now() + chance.random.pick([chance.random.int(0, 5_000), chance.random.int(0, 30 * DAY)]), () =>
        clock.advanceTo(clock.now() + chance.random.pick([600_000, chance.random.int(1_000, DAY / 4)])),
      );
    let rounds = 0;
    for (let events = 0; events < MOST_EVENTS; events++) {
      if (await simulation.step()) continue;
      if (++rounds > LAST_ROUNDS || !(await people.lastRound())) return;
    }
    this.breaches.push({ invariant: "not-silent", what: `after ${MOST_EVENTS} events the case has not come to rest` });
  }

  /** A request that the service takes, of a person that does not exist. */
  #makeRequest(now: number): JsonObject {
    const today = new Date(now).toISOString().slice(0, 10);
    return sample(this.offer.request, this.chance.random, { parts: "any", today }) as JsonObject;
  }

  /** The municipality's own adapters keep their promises here; in some towns others stand in their place. */
  #adapters(): Map<string, Adapter> {
    const { chance, city, offer } = this;
    const { random } = chance;
    const shipped = random.chance(0.5);
    return new Map(
      contracts.map((contract) => {
        const name = nameOf(contract);
        const own = adapterFor(name, offer.catalogue.overlay.adapters[name] ?? "");
        const drawn = () => Object.fromEntries(operationsOf(contract).map((operation) => [operation.name, anyRecovery(random.int(0, 3))]));
        const recovery = own && shipped ? own.recovery : drawn();
        return [name, simulatedAdapter({ contract, name: own?.name ?? name, recovery, city, chance, settleMs: settleMsOf })];
      }),
    );
  }

  #log(): Logger {
    const line = (...said: unknown[]) => void this.logged.push(JSON.stringify(said as Json));
    return { error: line, warn: line, info: line, debug: line } as unknown as Logger;
  }
}

function anyRecovery(which: number): Recovery {
  if (which === 0) return { by: "key" };
  if (which === 1) return { by: "find" };
  return which === 2 ? { by: "find", resend: "one hop, bounded" } : { by: "person" };
}
