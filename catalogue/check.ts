/** `darsena check`: finds mistakes in services, fragments and overlays before anything runs. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import type { z } from "zod";
import { checkFragment, type FragmentSummary } from "./checks/fragments.ts";
import { checkOverlay } from "./checks/overlays.ts";
import { reportSchema, schemaFor } from "./checks/schema.ts";
import { checkService } from "./checks/service.ts";
import { checkTerm } from "./checks/terms.ts";
import type { Context } from "./checks/walk.ts";
import { Fragment, isHandWritten, Overlay, type Service } from "./definition.ts";
import { expand, FragmentError, fragmentName } from "./expand.ts";
import { type Finding, levelOf, type Report } from "./findings.ts";
import { offers } from "./overlay.ts";
import { parseSource, type Source, type SourceText } from "./source.ts";
import { innerSteps, type Step } from "./steps.ts";

export type { Finding, Report } from "./findings.ts";

export interface Checked {
  /** With their fragments expanded. */
  services: Service[];
  overlays: Overlay[];
  findings: Finding[];
}

/** Reads and checks all services, fragments and overlays below a project's root. */
export function readCatalogue(root: string): Checked {
  const files = [...yamlFiles(join(root, "municipalities")), ...yamlFiles(join(root, "services"))];
  return checkSources(files.map((file) => ({ file: relative(root, file).replaceAll(sep, "/"), text: readFileSync(file, "utf8") })));
}

/** The findings only, sorted by file and place. `only`: one file or folder. */
export function checkCatalogue(root: string, only?: string): Finding[] {
  const { findings } = readCatalogue(root);
  const wanted = only === undefined ? "" : relative(root, only).replaceAll(sep, "/");
  return findings.filter(({ file }) => wanted === "" || file === wanted || file.startsWith(`${wanted}/`));
}

function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) return yamlFiles(path);
      return name.endsWith(".yaml") && !name.endsWith(".scenarios.yaml") ? [path] : [];
    });
}

interface Read<T> {
  value: T;
  report: Report;
}

/** Checks files that may come from anywhere: `municipalities/*.yaml`, `services/fragments/*.yaml`, and other services. */
export function checkSources(texts: readonly SourceText[]): Checked {
  const findings: Finding[] = [];
  const overlays: Read<Overlay>[] = [];
  const fragments: Read<Fragment>[] = [];
  const services: Read<Service>[] = [];
  for (const source of texts) {
    const parsed = parseSource(source);
    if (source.file.startsWith("municipalities/")) overlays.push(...read(parsed, Overlay, "municipality", findings));
    else if (source.file.startsWith("services/fragments/")) fragments.push(...read(parsed, Fragment, "fragment", findings));
    else services.push(...read(parsed, schemaFor(parsed.value), "service", findings));
  }
  const expanded = checkAll({ overlays, fragments, services });
  findings.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
  return { services: expanded, overlays: overlays.map((one) => one.value), findings };
}

function read<T>(source: Source, schema: z.ZodType<T>, name: keyof T & string, findings: Finding[]): Read<T>[] {
  const report = reporter(source, findings);
  for (const { message, place } of source.errors) findings.push({ file: source.file, ...place, level: "error", code: "yaml", message });
  if (source.errors.length > 0) return [];
  const result = schema.safeParse(source.value);
  if (!result.success) {
    reportSchema(result.error, source.value, report);
    return [];
  }
  const value = result.data;
  if (value[name] !== basename(source.file, ".yaml"))
    report([name], "file-name", `the ${name} "${String(value[name])}" stands in a file of another name`, {
      expected: `the file ${String(value[name])}.yaml`,
    });
  return [{ value, report }];
}

function reporter(source: Source, findings: Finding[]): Report {
  return (path, code, message, { expected, suggestion, near } = {}) =>
    void findings.push({
      file: source.file,
      ...source.placeOf(path, near),
      level: levelOf(code),
      code,
      message,
      ...(expected === undefined ? {} : { expected }),
      ...(suggestion === undefined ? {} : { suggestion }),
    });
}

interface All {
  overlays: readonly Read<Overlay>[];
  fragments: readonly Read<Fragment>[];
  services: readonly Read<Service>[];
}

/** Checks that need more than one file; gives the services with their fragments. */
function checkAll(all: All): Service[] {
  twice(
    all.services.map(({ value, report }) => ({ name: value.service, report })),
    "service",
  );
  twice(
    all.fragments.map(({ value, report }) => ({ name: value.fragment, report })),
    "fragment",
  );
  const overlays = all.overlays.map((one) => one.value);
  const context: Omit<Context, "overlays"> = {
    fragment: summaries(all, overlays),
    fragments: all.fragments.map((one) => one.value.fragment),
    requests: new Map(all.services.map(({ value }) => [value.service, value.request])),
  };
  const expanded = all.services.flatMap(({ value, report }) => {
    checkService(value, report, { ...context, overlays: overlays.filter((one) => offers(one, value.service)) });
    const whole = withFragments(value, all.fragments);
    if (whole && !isHandWritten(whole)) checkTerm(whole, report);
    return whole ? [whole] : [];
  });
  for (const { value, report } of all.fragments) {
    context.fragment(value.fragment);
    if (!isUsed(value.fragment, all))
      report(["fragment"], "unused-fragment", `no service uses the fragment "${value.fragment}"`, {
        expected: `use: fragments/${value.fragment}`,
      });
  }
  for (const { value, report } of all.overlays) checkOverlay(value, expanded, { ...context, overlays }, report);
  return expanded;
}

function withFragments(service: Service, fragments: readonly Read<Fragment>[]): Service | undefined {
  try {
    return expand(
      service,
      fragments.map((one) => one.value),
    );
  } catch (error) {
    if (error instanceof FragmentError) return undefined;
    throw error;
  }
}

function twice(named: readonly { name: string; report: Report }[], what: string): void {
  const seen = new Set<string>();
  for (const { name, report } of named) {
    if (seen.has(name))
      report([what], "duplicate-service", `another file defines the ${what} "${name}"`, { expected: "a name of its own" });
    seen.add(name);
  }
}

/** Checks each fragment once, when it is first used; one that uses itself is reported and taken for unknown. */
function summaries({ fragments }: All, overlays: readonly Overlay[]): Context["fragment"] {
  const byName = new Map(fragments.map((one) => [one.value.fragment, one]));
  const known = new Map<string, FragmentSummary | undefined>();
  const open: string[] = [];
  const summary: Context["fragment"] = (name) => {
    if (known.has(name)) return known.get(name);
    const found = byName.get(name);
    if (!found) return undefined;
    if (open.includes(name)) {
      found.report(["steps"], "fragment-cycle", `the fragment uses itself: ${[...open.slice(open.indexOf(name)), name].join(" > ")}`, {
        expected: "fragments without a circle",
      });
      return { inputs: found.value.inputs, outputs: { kind: "any" }, decides: true, ends: false, outcomes: [] };
    }
    open.push(name);
    known.set(
      name,
      checkFragment(found.value, found.report, { fragment: summary, fragments: [...byName.keys()], overlays, requests: new Map() }),
    );
    open.pop();
    return known.get(name);
  };
  return summary;
}

function isUsed(name: string, { services, fragments }: All): boolean {
  const lists = [
    ...services.flatMap(({ value }) => (isHandWritten(value) ? [] : [value.steps, value.withdrawn])),
    ...fragments.filter(({ value }) => value.fragment !== name).map(({ value }) => value.steps),
  ];
  return lists.some((steps) => uses(steps, name));
}

const uses = (steps: readonly Step[], name: string): boolean =>
  steps.some((step) => ("use" in step && fragmentName(step.use) === name) || innerSteps(step).some((inner) => uses(inner.steps, name)));
