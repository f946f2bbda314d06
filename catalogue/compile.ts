/** Compiles services and overlays from YAML to JSON: parsing YAML is a hundred times slower, so it happens when building. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, readCatalogue } from "./check.ts";

export const CATALOGUE_FILE = "catalogue.json";

/** Writes `<folder>/catalogue.json`; services with their fragments; throws `CatalogueError` with all errors, and writes nothing, when a file has some. */
export function compileCatalogue(root: string, folder: string): void {
  const { services, overlays, findings } = readCatalogue(root);
  const errors = findings.filter((one) => one.level === "error");
  if (errors.length > 0) throw new CatalogueError(errors);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, CATALOGUE_FILE), JSON.stringify({ services, overlays }));
}

export class CatalogueError extends Error {
  override readonly name = "CatalogueError";
  readonly findings: Finding[];
  constructor(findings: Finding[]) {
    super(findings.map((one) => `${one.file}:${one.line}:${one.column} ${one.code}: ${one.message}`).join("\n"));
    this.findings = findings;
  }
}
