/** Where a scenario is played: in memory, or on a real server that skips time. */
import type { CaseStart, Message, MessageAnswer, Repair } from "../message.ts";
import type { CaseStatus } from "../status.ts";
import { Simulation, type SimulationOptions } from "../simulate.ts";
import type { SimulatedSystems } from "../simulation/systems.ts";

/** After each act the case has come to rest, or waits for a system that is away. Refusals are thrown with their `code`. */
export interface Stage {
  readonly systems: SimulatedSystems;
  now(): number;
  open(caseId: string, service: string, start: CaseStart): Promise<void>;
  status(caseId: string): Promise<CaseStatus>;
  send(caseId: string, message: Message): Promise<MessageAnswer>;
  repair(caseId: string, repair: Repair): Promise<MessageAnswer>;
  pass(ms: number): Promise<void>;
  /** Throws the case away and goes on from its state; a real server does that by itself. */
  crash(caseId: string): Promise<void>;
  /** Calls `hear` at every publication of every case. */
  listen(hear: (status: CaseStatus) => void): void;
}

/** A stage in memory. */
export function memoryStage(options: Omit<SimulationOptions, "published">): Stage & { simulation: Simulation } {
  const hearers: ((status: CaseStatus) => void)[] = [];
  const simulation = new Simulation({ ...options, published: (status) => hearers.forEach((hear) => void hear(status)) });
  const caseOf = (id: string) => {
    const found = simulation.cases.get(id);
    if (!found) throw new TypeError(`there is no case ${id}`);
    return found;
  };
  const settled = async <T>(value: T): Promise<T> => {
    await simulation.settle();
    for (const one of simulation.cases.values()) if (one.defect) throw one.defect;
    return value;
  };
  return {
    simulation,
    systems: simulation.systems,
    now: () => simulation.now(),
    open: async (id, service, start) => {
      simulation.open(id, service, start);
      await settled(undefined);
    },
    status: async (id) => caseOf(id).status(),
    send: async (id, message) => settled(caseOf(id).send(message)),
    repair: async (id, repair) => settled(caseOf(id).repair(repair)),
    pass: async (ms) => settled(await simulation.pass(ms)),
    crash: async (id) => {
      caseOf(id).crash();
      await settled(undefined);
    },
    listen: (hear) => void hearers.push(hear),
  };
}
