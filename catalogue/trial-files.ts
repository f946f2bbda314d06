/** What a trial needs from files: the service as its municipality offers it, and the scenarios that stand beside it. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { Catalogue, type PinnedService } from "./catalogue.ts";
import { readCatalogue } from "./check.ts";
import { parseSource, type Place } from "./source.ts";
import { ScenarioFile } from "./scenario.ts";

export interface TrialFiles {
  service: string;
  municipality: string;
  /** Relative to the project. */
  serviceFile: string;
  scenarioFile: string;
  scenarios: ScenarioFile;
  /** The place in the scenario file of a path such as `["scenarios", 0, "expect", "due"]`. */
  placeOf(path: readonly (string | number)[]): Place;
  /** The services of the municipality. */
  catalogue: Catalogue;
  /** One of them as a case pins it. */
  pinned(id: string): PinnedService | undefined;
  /** Folders whose files may change what a trial gives. */
  folders: readonly string[];
}

/** A mistake in a file: nothing could be tried. */
export interface FileMistake extends Place {
  file: string;
  message: string;
}

export class TrialFilesError extends Error {
  override readonly name = "TrialFilesError";
  readonly mistakes: readonly FileMistake[];
  constructor(mistakes: readonly FileMistake[]) {
    super(mistakes.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join("\n"));
    this.mistakes = mistakes;
  }
}

/** Reads the trial of a service: its id, or the path of its file. Throws `TrialFilesError`. */
export function readTrialFiles(root: string, wanted: string): TrialFiles {
  const file = serviceFileOf(root, wanted);
  const service = basename(file, ".yaml");
  const scenarioFile = join(dirname(file), `${service}.scenarios.yaml`);
  const short = (path: string) => relative(root, path);
  if (!existsSync(scenarioFile))
    throw new TrialFilesError([{ file: short(scenarioFile), line: 1, column: 1, message: `${service} has no scenarios: write this file` }]);
  const { scenarios, placeOf } = readScenarios(root, scenarioFile);
  if (scenarios.service !== service)
    throw mistake(short(scenarioFile), placeOf(["service"]), `these are scenarios of "${scenarios.service}", beside "${service}"`);
  const { services, overlays, findings } = readCatalogue(root);
  const wrong = findings.filter((finding) => finding.level === "error" && finding.file === short(file));
  if (wrong.length > 0 || !services.some((one) => one.service === service))
    throw new TrialFilesError(wrong.length > 0 ? wrong : [{ file: short(file), line: 1, column: 1, message: "could not be read" }]);
  const municipality = scenarios.municipality ?? "milano";
  const overlay = overlays.find((one) => one.municipality === municipality);
  if (!overlay) throw mistake(short(scenarioFile), placeOf(["municipality"]), `there is no municipality "${municipality}"`);
  const catalogue = new Catalogue(services, { ...overlay, durations: { ...overlay.durations, ...scenarios.durations } });
  if (!catalogue.service(service)) throw mistake(short(scenarioFile), placeOf(["service"]), `${municipality} does not offer ${service}`);
  return {
    service,
    municipality,
    serviceFile: short(file),
    scenarioFile: short(scenarioFile),
    scenarios,
    placeOf,
    catalogue,
    pinned: (id) => catalogue.pinned(id),
    folders: [join(root, "services"), join(root, "municipalities")].filter((folder) => existsSync(folder)),
  };
}

/** The services below a project's root that have scenarios, by id. */
export function servicesWithScenarios(root: string): string[] {
  return filesBelow(join(root, "services"))
    .filter((file) => file.endsWith(".scenarios.yaml"))
    .map((file) => basename(file, ".scenarios.yaml"));
}

function readScenarios(root: string, file: string): Pick<TrialFiles, "scenarios" | "placeOf"> {
  const source = parseSource({ file, text: readFileSync(file, "utf8") });
  if (source.errors.length > 0)
    throw new TrialFilesError(source.errors.map(({ message, place }) => ({ file: relative(root, file), ...place, message })));
  const parsed = ScenarioFile.safeParse(source.value);
  if (parsed.success) return { scenarios: parsed.data, placeOf: (path) => source.placeOf(path) };
  throw new TrialFilesError(
    parsed.error.issues.map((issue) => {
      const { path, message } = nearest(issue as Issue);
      return { file: relative(root, file), ...source.placeOf(path), message: `${path.map(String).join(".")}: ${message}` };
    }),
  );
}

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
  errors?: Issue[][];
  keys?: string[];
}

/** Of the kinds of act that a step of the timeline is not, the one that came nearest says what is wrong. */
function nearest(issue: Issue): { path: PropertyKey[]; message: string } {
  if (issue.code !== "invalid_union") return issue;
  const branches = (issue.errors ?? []).filter((branch) => branch.length > 0);
  const known = (branch: Issue[]) =>
    branch.reduce((sum, one) => sum + (one.code === "unrecognized_keys" ? 10 * (one.keys?.length ?? 1) : one.path.length > 1 ? 1 : 5), 0);
  const best = branches.toSorted((a, b) => known(a) - known(b))[0]?.[0];
  if (!best) return issue;
  const inner = nearest(best);
  return { path: [...issue.path, ...inner.path], message: inner.message };
}

const mistake = (file: string, place: Place, message: string): TrialFilesError => new TrialFilesError([{ file, ...place, message }]);

/** A path, or the file that has the service's name. */
function serviceFileOf(root: string, wanted: string): string {
  if (wanted.endsWith(".yaml")) {
    const path = resolve(root, wanted.replace(/\.scenarios\.yaml$/, ".yaml"));
    if (existsSync(path)) return path;
  }
  const found = filesBelow(join(root, "services")).find((file) => basename(file) === `${wanted}.yaml`);
  if (found) return found;
  const known = servicesWithScenarios(root).join(", ") || "none";
  throw new TrialFilesError([
    { file: "services", line: 1, column: 1, message: `there is no service "${wanted}"; with scenarios: ${known}` },
  ]);
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}
