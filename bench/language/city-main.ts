/** A process that loads a city's catalogue, says what that cost, and runs cases of its first services. Prints one line of JSON. */
import { openCatalogue } from "../../catalogue/catalogue.ts";
import { runCase } from "./city.ts";

const [folder = "", services = "0", cases = "0"] = process.argv.slice(2);
/** The same services are used, however many there are. */
const USED = 50;

const heap = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
};
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

const empty = heap();
const began = performance.now();
const catalogue = openCatalogue(folder, "milano");
const openMs = performance.now() - began;
const bytes = heap() - empty;

for (let round = 0; round < 6; round++) for (let n = 0; n < USED; n++) await runCase(catalogue, n);
const before = { cpu: cpuMs(), wall: performance.now() };
for (let n = 0; n < Number(cases); n++) await runCase(catalogue, n % USED);
const caseCpuMs = (cpuMs() - before.cpu) / Number(cases);
const caseMs = (performance.now() - before.wall) / Number(cases);
process.stdout.write(`${JSON.stringify({ services: Number(services), openMs, megabytes: bytes / 1_048_576, caseCpuMs, caseMs })}\n`);
