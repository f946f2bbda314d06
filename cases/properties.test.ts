/**
 * Random services, lived with random answers, messages and faults. DARSENA_PROPERTY_SEED repeats one seed, DARSENA_PROPERTY_RUNS asks
 * for more of them; by default as many as fit in about half a minute.
 */
import { describe, expect, test } from "@jest/globals";
import { isHandWritten, YamlService } from "../catalogue/definition.ts";
import { operationById } from "../connectors/contracts.ts";
import { type Lived, liveRandomly, randomAnswer } from "./simulation/random-life.ts";
import { Random } from "./simulation/random.ts";
import { randomService } from "./simulation/random-service.ts";
import { SimulatedSystems, type SystemsOptions } from "./simulation/systems.ts";
import { withSamples } from "./simulation/sample-values.ts";
import { MONDAY, Simulation } from "./simulate.ts";
import { overlay } from "./testing.ts";
import { type Trace, traceOf } from "./trial/trace.ts";

const RUNS = Number(process.env["DARSENA_PROPERTY_RUNS"] ?? 1_500);
const BUDGET_MS = process.env["DARSENA_PROPERTY_RUNS"] ? Number.POSITIVE_INFINITY : 40_000;
const only = process.env["DARSENA_PROPERTY_SEED"];

const child = YamlService.parse({
  darsena: 1,
  service: "random-child",
  title: { en: "Child", it: "Figlia" },
  area: "trial",
  office: "culture",
  legal: { term: "P30D" },
  request: { applicant: "Person" },
  applicant: "request.applicant.taxCode",
  steps: [{ id: "choice", decide: { office: "culture", outcomes: { yes: { title: { en: "Yes", it: "Si" } } } } }],
  outcome: '"granted"',
});

interface Life {
  service: YamlService;
  lived: Lived;
  trace: Trace;
  simulation: Simulation;
}

/** One life of the seed's service. */
async function life(seed: string, how: { restart?: "every-step"; crash?: boolean } = {}): Promise<Life> {
  const random = new Random(seed);
  const service = randomService(random.of("service"));
  const calm = /"(parallel|forEach)":/.test(JSON.stringify(service));
  const policy: SystemsOptions["policy"] = (command, chance) => randomAnswer(command, chance, calm);
  const systems = new SimulatedSystems({ seed, latencyMs: 0, parts: "any", policy });
  const version = "0".repeat(64);
  const services = (id: string) =>
    id === service.service ? { service, overlay, version } : id === child.service ? { service: child, overlay, version } : undefined;
  const simulation = new Simulation({ systems, services, now: MONDAY, ...(how.restart ? { restart: how.restart } : {}) });
  const draw = random.of("request");
  const items = ["uno", "due", "tre"].slice(0, draw.int(0, 3));
  const request = { applicant: "@person", kind: draw.pick(["a", "b"]), flag: draw.chance(0.5), items };
  const one = simulation.open("case", service.service, { request: withSamples(request, MONDAY), channel: "random" });
  const lived = await liveRandomly(simulation, one, { random: random.of("life"), calm, crash: how.crash ?? false });
  const cases = [...simulation.cases.values()];
  const results = Object.fromEntries(cases.map((each) => [each.state.id, each.state.steps]));
  const trace = traceOf(
    cases.map((each) => each.status()),
    systems,
    [],
    results,
  );
  return { service, lived, trace, simulation };
}

/** What holds at the end of every life. */
function expectPromisesKept({ lived, simulation }: Life): void {
  const { systems } = simulation;
  for (const { key, operation, effects } of systems.ledger())
    expect({ key, effects: effects <= (operationById(operation)?.effect === "courtesy" ? 2 : 1) }).toEqual({ key, effects: true });
  expect(systems.calls.filter((call) => call.outcome.kind === "conflict")).toEqual([]);
  const { state } = simulation.cases.get("case") ?? {};
  const status = simulation.cases.get("case")?.status();
  if (lived.ending !== "closed") expect(status).toMatchObject({ waitingFor: expect.any(String), waitingText: expect.anything() });
  if (!state || isHandWritten(state.service)) return;
  if (state.outcome === "withdrawn" || state.outcome === "cancelled") {
    expect(state.undo).toEqual([]);
    for (const key of lived.promised) {
      const path = key.slice("case/".length, -".undo".length).replace(/~\d+$/, "");
      const calls = systems.calls.filter((call) => call.key === key || call.key.startsWith(`${key}~`));
      const undone = systems.ledger().some((entry) => entry.key === key || entry.key.startsWith(`${key}~`));
      const rescued = calls.some((call) => call.outcome.kind === "rejected");
      expect({ key, kept: undone || rescued || lived.settledByHand.has(`${path}/undo`) }).toEqual({ key, kept: true });
    }
  }
}

async function check(seed: string): Promise<Life> {
  const plain = await life(seed);
  expectPromisesKept(plain);
  const others = { again: {}, restarted: { restart: "every-step" as const }, crashed: { crash: true } };
  for (const [how, options] of Object.entries(others)) {
    const other = await life(seed, options);
    expectPromisesKept(other);
    expect({ how, trace: other.trace }).toEqual({ how, trace: plain.trace });
  }
  return plain;
}

describe("random services", () => {
  test("end, park or ask; leave the same trace again, restarted and crashed; keep what was promised, and do nothing twice", async () => {
    const seeds = only === undefined ? Array.from({ length: RUNS }, (_, index) => `service-${index}`) : [only];
    const endings: Record<string, number> = {};
    const kinds = new Set<string>();
    const end = Date.now() + BUDGET_MS;
    for (const seed of seeds) {
      if (Date.now() > end) break;
      try {
        const { lived, service, simulation } = await check(seed);
        const outcome = simulation.cases.get("case")?.state.outcome;
        endings[outcome ?? lived.ending] = (endings[outcome ?? lived.ending] ?? 0) + 1;
        for (const [, kind] of JSON.stringify(service.steps).matchAll(
          /"(call|decide|ask|wait|choose|parallel|forEach|block|open|run|set|end)":/g,
        ))
          kinds.add(kind as string);
      } catch (error) {
        throw new Error(`with DARSENA_PROPERTY_SEED=${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
    if (only !== undefined) return;
    expect([...kinds].toSorted()).toEqual("ask block call choose decide end forEach open parallel run set wait".split(" "));
    const wanted = ["completed", "granted", "inadmissible", "withdrawn", "cancelled", "parked", "asks"];
    expect(wanted.filter((ending) => !endings[ending])).toEqual([]);
  }, 600_000);
});
