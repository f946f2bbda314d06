/** Every scenario in memory and on the real Temporal server with time skipping: both leave the same trace. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isHandWritten } from "../catalogue/definition.ts";
import { kindOf, kindsOfStep, stepsByPath } from "../catalogue/step-index.ts";
import { readTrialFiles, servicesWithScenarios, type TrialFiles } from "../catalogue/trial-files.ts";
import type { Scenario } from "../catalogue/scenario.ts";
import { SimulatedSystems } from "../cases/simulation/systems.ts";
import { play } from "../cases/trial/play.ts";
import { memoryStage } from "../cases/trial/stage.ts";
import { traceOf } from "../cases/trial/trace.ts";
import { written } from "../workflows/by-hand/way.ts";
import { suiteNeeding } from "./suite-needing.ts";
import { startTimeSkipping, type TimeSkipping } from "./time-skipping/stage.ts";

const roots = [".", "test"];
const trials = roots.flatMap((root) =>
  servicesWithScenarios(root).flatMap((service) => {
    const files = readTrialFiles(root, service);
    return files.scenarios.scenarios.map((scenario) => ({ name: `${service}: ${scenario.name}`, files, scenario }));
  }),
);

const trialOf = (files: TrialFiles, scenario: Scenario, caseId: string) => ({
  service: files.service,
  scenario,
  request: files.scenarios.request,
  caseId,
});

interface Options {
  /** When the scenario begins on the other stage. */
  now?: number;
  restart?: "every-step";
}

async function inMemory(files: TrialFiles, scenario: Scenario, caseId: string, options: Options = {}) {
  const systems = new SimulatedSystems();
  const stage = memoryStage({ systems, now: Date.parse(scenario.at ?? files.scenarios.at), services: files.pinned, written, ...options });
  const played = await play({ ...trialOf(files, scenario, caseId), withDates: options.now === undefined }, stage);
  const cases = [...stage.simulation.cases.values()];
  const results = Object.fromEntries(cases.map((one) => [one.state.id, one.state.steps]));
  const statuses = cases.map((one) => one.status());
  // A server tells no results but those of calls.
  const trace = traceOf(statuses, systems, played.effects, options.now === undefined ? results : {});
  return { played, trace };
}

describe("scenarios in memory", () => {
  test("are there for every kind of step", () => {
    const found = trials.flatMap(({ files }) => {
      const service = files.catalogue.service(files.service);
      return service && !isHandWritten(service) ? [...stepsByPath(service).values()].map(({ step }) => kindOf(step)) : [];
    });
    // A fragment is a block when it is in its place.
    expect([...new Set(found)].toSorted()).toEqual(kindsOfStep.filter((kind) => kind !== "use").toSorted());
  });

  test.each(trials)("$name, and the same begun anew from its state after every step", async ({ files, scenario }) => {
    const { played, trace } = await inMemory(files, scenario, "a");
    expect(played.differences).toEqual([]);
    expect((await inMemory(files, scenario, "a", { restart: "every-step" })).trace).toEqual(trace);
  });
});

suiteNeeding("java", "maven")("scenarios on the Temporal server with time skipping", () => {
  let server: TimeSkipping;
  beforeAll(async () => {
    server = await startTimeSkipping();
  }, 360_000);
  afterAll(() => server?.stop());

  async function onServer(files: TrialFiles, scenario: Scenario, caseId: string, shortWay: boolean) {
    const systems = new SimulatedSystems();
    const stage = await server.stage({ systems, catalogue: files.catalogue, shortWay });
    const now = stage.now();
    const played = await play({ ...trialOf(files, scenario, caseId), withDates: false }, stage);
    const statuses = await stage.statuses();
    const trace = traceOf(statuses, systems, played.effects);
    return { played, trace, now };
  }

  describe.each([
    ["the queued way", false],
    ["the short way", true],
  ] as const)("by %s", (way, shortWay) => {
    test.each(trials)("$name", async ({ name, files, scenario }) => {
      const caseId = `${name.replace(": ", "-")}${way.replaceAll(" ", "-")}`;
      const { played, trace, now } = await onServer(files, scenario, caseId, shortWay);
      expect(played.differences).toEqual([]);
      expect(trace).toEqual((await inMemory(files, scenario, caseId, { now })).trace);
    });
  });
});
