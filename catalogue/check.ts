/** `darsena check`: finds mistakes in services and overlays before anything runs. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { checkExpressions } from "./check-expressions.ts";
import { checkSteps } from "./check-steps.ts";
import { HandWrittenService, isHandWritten, Overlay, Service, YamlService } from "./definition.ts";
import { schemaOfFields } from "./fields.ts";
import { readSource, type Source } from "./source.ts";
import { isContractName } from "../connectors/contracts.ts";
import type { z } from "zod";

export interface Finding {
  /** Relative to the folder that was checked. */
  file: string;
  line: number;
  column: number;
  code: string;
  message: string;
}

export type Report = (path: readonly PropertyKey[], code: string, message: string) => void;

export interface Checked {
  services: Service[];
  overlays: Overlay[];
  findings: Finding[];
}

/** Reads and checks all services and overlays below a project's root. */
export function readCatalogue(root: string): Checked {
  const findings: Finding[] = [];
  const overlays = yamlFiles(join(root, "municipalities")).flatMap((file) => checkedOverlay(root, readSource(file), findings));
  const services = yamlFiles(join(root, "services")).flatMap((file) => checkedService(root, readSource(file), overlays, findings));
  return { services, overlays, findings };
}

/** The findings only, sorted by file and place. `only`: one file or folder. */
export function checkCatalogue(root: string, only?: string): Finding[] {
  const { findings } = readCatalogue(root);
  const wanted = only === undefined ? "" : relative(root, only);
  return findings
    .filter((finding) => finding.file.startsWith(wanted))
    .toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column);
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

function reporter(root: string, source: Source, findings: Finding[]): Report {
  return (path, code, message) => void findings.push({ file: relative(root, source.file), ...source.placeOf(path), code, message });
}

function parsed<T>(root: string, source: Source, schema: z.ZodType<T>, findings: Finding[]): T | undefined {
  for (const { message, place } of source.errors) findings.push({ file: relative(root, source.file), ...place, code: "yaml", message });
  if (source.errors.length > 0) return undefined;
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  const report = reporter(root, source, findings);
  for (const issue of result.error.issues.flatMap(deepest))
    report(issue.path, "schema", `${issue.path.map(String).join(".")}: ${issue.message}`);
  return undefined;
}

/** Of a union that fits nowhere, the branch that came furthest says most. */
function deepest(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const branches = issue.errors.map((branch) => branch.flatMap(deepest));
  const best = branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}
const depth = (issues: z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length));

function checkedOverlay(root: string, source: Source, findings: Finding[]): Overlay[] {
  const overlay = parsed(root, source, Overlay, findings);
  if (!overlay) return [];
  const report = reporter(root, source, findings);
  if (overlay.municipality !== basename(source.file, ".yaml"))
    report(["municipality"], "file-name", `municipality "${overlay.municipality}" stands in a file of another name`);
  for (const part of ["adapters", "systems"] as const)
    for (const contract of Object.keys(overlay[part] ?? {}))
      if (!isContractName(contract)) report([part, contract], "unknown-contract", `there is no contract "${contract}"`);
  return [overlay];
}

function checkedService(root: string, source: Source, overlays: Overlay[], findings: Finding[]): Service[] {
  const written = source.value !== null && typeof source.value === "object" && "workflow" in source.value;
  const service = written ? parsed(root, source, HandWrittenService, findings) : parsed(root, source, YamlService, findings);
  if (!service) return [];
  const report = reporter(root, source, findings);
  if (service.service !== basename(source.file, ".yaml"))
    report(["service"], "file-name", `service "${service.service}" stands in a file of another name`);
  checkFields(["request"], service.request, report);
  checkExpressions(service, report);
  if (!isHandWritten(service)) checkSteps(service, overlays, report);
  return [service];
}

/** Types of fields that do not exist. */
export function checkFields(path: readonly PropertyKey[], fields: Record<string, string>, report: Report): void {
  for (const [name, type] of Object.entries(fields)) {
    try {
      schemaOfFields({ [name]: type });
    } catch (error) {
      report([...path, name], "unknown-type", error instanceof Error ? error.message : String(error));
    }
  }
}
