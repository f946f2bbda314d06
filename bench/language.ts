/**
 * What does the language cost? Pinning a definition, one step, one expression; memory and start with 200 and 2,000 services loaded, and
 * whether a case costs the same in both; how many simulated cases run in a second.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Catalogue } from "../catalogue/catalogue.ts";
import { checkSources, type Checked } from "../catalogue/check.ts";
import { CATALOGUE_FILE } from "../catalogue/compile.ts";
import { YamlService } from "../catalogue/definition.ts";
import { compile, evaluate } from "../catalogue/expressions.ts";
import { Simulation } from "../cases/simulate.ts";
import { SimulatedSystems } from "../cases/simulation/systems.ts";
import { withSamples } from "../cases/simulation/sample-values.ts";
import { helpText, readArguments } from "./measure/arguments.ts";
import { generatedServices, sharedSources } from "./measure/generated-services.ts";
import { runCase, stepsOf } from "./language/city.ts";
import { type City, cityTable, costTable, growthOf, type LanguageResult } from "./page/language.ts";
import { inWords, thisMachine } from "./page/machine.ts";
import { keepResult } from "./page/sections.ts";

const numbers = {
  rounds: { usual: 9, help: "rounds; medians count" },
  cases: { usual: 400, help: "simulated cases per round and city" },
  small: { usual: 200, help: "services of the small city" },
  large: { usual: 2_000, help: "services of the large city" },
};
const about = "What pinning, a step and an expression cost, and whether a case costs the same however many services are loaded.";
/** A case in the large city may cost so much more than in the small one. */
const FLAT = 0.1;

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** CPU time of this process, in microseconds: other work on the machine does not count. */
const cpuUs = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Median CPU time of one of `times`, in microseconds. */
function microseconds(rounds: number, times: number, run: (n: number) => void): number {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const since = cpuUs();
    for (let n = 0; n < times; n++) run(n);
    taken.push((cpuUs() - since) / times);
  }
  return median(taken);
}

/** Writes a compiled catalogue of so many services, and gives its folder. */
function compiled(folder: string, services: number): { folder: string; checked: Checked } {
  const checked = checkSources([...sharedSources(), ...generatedServices(services)]);
  const errors = checked.findings.filter((finding) => finding.level === "error");
  if (errors.length > 0) throw new Error(`the generated services have mistakes: ${errors[0]?.message}`);
  const target = join(folder, String(services));
  mkdirSync(target);
  writeFileSync(join(target, CATALOGUE_FILE), JSON.stringify({ services: checked.services, overlays: checked.overlays }));
  return { folder: target, checked };
}

function city(folder: string, services: number, cases: number): City {
  const script = fileURLToPath(new URL("./language/city-main.js", import.meta.url));
  const out = execFileSync(process.execPath, ["--expose-gc", script, folder, String(services), String(cases)], { encoding: "utf8" });
  return JSON.parse(out) as City;
}

const middle = (cities: readonly City[]): City => ({
  services: cities[0]?.services ?? 0,
  openMs: median(cities.map((one) => one.openMs)),
  megabytes: median(cities.map((one) => one.megabytes)),
  caseCpuMs: median(cities.map((one) => one.caseCpuMs)),
  caseMs: median(cities.map((one) => one.caseMs)),
});

/** What one step costs: the difference of two services that differ in the number of their steps only. */
async function stepCost(rounds: number, template: YamlService, catalogue: Catalogue, step: (n: number) => object): Promise<number> {
  const service = (steps: number) =>
    YamlService.parse({
      ...template,
      steps: Array.from({ length: steps }, (_, n) => ({ id: `s${n}`, ...step(n) })),
      outcome: '"completed"',
    });
  const [few, many] = [service(20), service(120)];
  const request = withSamples({ applicant: "@person", kind0: "new", medicalCertificate: "@file" }, 0);
  const time = async (one: YamlService): Promise<number> => {
    const since = cpuUs();
    for (let n = 0; n < 20; n++) {
      const pinned = { service: one, overlay: catalogue.overlay, version: "0".repeat(64) };
      const simulation = new Simulation({ systems: new SimulatedSystems({ latencyMs: 0 }), services: () => pinned });
      const run = simulation.open("case", one.service, { request, channel: "bench" });
      await simulation.settle();
      if (run.state.outcome !== "completed") throw new Error(`ended ${run.state.outcome ?? run.status().problem?.title}`);
    }
    return (cpuUs() - since) / 20;
  };
  const differences: number[] = [];
  for (let round = 0; round <= rounds; round++) differences.push(((await time(many)) - (await time(few))) / 100);
  return median(differences.slice(1));
}

async function measure({ rounds, cases, small, large }: Record<keyof typeof numbers, number>): Promise<LanguageResult> {
  const machine = thisMachine();
  const folder = mkdtempSync(join(tmpdir(), "darsena-bench-"));
  try {
    const cities = { small: compiled(folder, small), large: compiled(folder, large) };
    const measured = { small: [] as City[], large: [] as City[] };
    for (let round = 0; round < rounds; round++)
      for (const size of round % 2 === 0 ? (["small", "large"] as const) : (["large", "small"] as const))
        measured[size].push(city(cities[size].folder, size === "small" ? small : large, cases));
    const { services, overlays } = cities.small.checked;
    const catalogue = new Catalogue(services, overlays[0] as (typeof overlays)[number]);
    const template = catalogue.service("service-0") as YamlService;
    const resolve = microseconds(
      rounds,
      50,
      (n) => void new Catalogue([services[n % small] as YamlService], catalogue.overlay).pinned(`service-${n % small}`),
    );
    const scope = { request: withSamples({ applicant: "@person", kind: "duplicate" }, 0), steps: { decision: { outcome: "grant" } } };
    const source = 'steps.decision.outcome == "grant" && request.kind == "duplicate"';
    const expression = microseconds(rounds, 20_000, () => void evaluate(source, scope));
    let fresh = 0;
    const compiling = microseconds(rounds, 500, () => void compile(`${source} && ${(fresh += 1)} > 0`));
    const set = await stepCost(rounds, template, catalogue, (n) => ({ set: { [`v${n}`]: "${request.kind0}" } }));
    const call = await stepCost(rounds, template, catalogue, () => ({
      call: "tax.openFines",
      with: { taxCode: "${request.applicant.taxCode}" },
    }));
    await runCase(catalogue, 0);
    const middles = { small: middle(measured.small), large: middle(measured.large) };
    const growth = middles.large.caseCpuMs / middles.small.caseCpuMs - 1;
    const steps = stepsOf(catalogue, "service-0");
    return { machine, rounds, cases, resolve, expression, compiling, set, call, steps, ...middles, growth, flat: growth <= FLAT };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asked = readArguments(numbers, {});
if (asked.help) process.stdout.write(`${helpText("language", about, numbers, {})}\n`);
else {
  const result = await measure(asked.numbers);
  const text = [
    costTable(result),
    cityTable(result),
    `per case: ${growthOf(result)} (goal: at most +${FLAT * 100}%)`,
    inWords(result.machine),
  ];
  (asked.json ? process.stderr : process.stdout).write(`${text.join("\n\n")}\n`);
  if (asked.json) process.stdout.write(`${JSON.stringify({ bench: "language", ...result })}\n`);
  if (asked.write) keepResult("language", result);
  if (!result.flat) process.exitCode = 1;
}
