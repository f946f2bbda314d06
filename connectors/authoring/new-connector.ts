/** `darsena connector new`: from a contract's file to the files of a connector. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { ConnectorNames } from "./connector-names.ts";
import { type ContractFile, loadDocuments } from "./documents.ts";
import { NoOperations } from "./no-operations.ts";
import { type Note, Notes } from "./notes.ts";
import { type GeneratedFile, INSIDE, type KitPaths, type SoapAuth, soapFiles } from "./soap-files.ts";
import { soapModel, soapOperations } from "./soap-model.ts";

/** A contract that was read and can be looked at before anything is chosen. */
export interface OpenedContract {
  files: ContractFile[];
  notes: Notes;
  operations: { name: string; documentation: string }[];
}

/** Reads a WSDL by path or URL; throws `FileRefused` when it is none. */
export async function openWsdl(address: string, port?: string): Promise<OpenedContract> {
  const notes = new Notes();
  const files = await loadDocuments(address, notes);
  return { files, notes, operations: soapOperations(files, new Notes(), port) };
}

export interface SoapWish {
  names: ConnectorNames;
  /** Names in the WSDL; all when absent. */
  operations?: readonly string[];
  reads?: readonly string[];
  auth?: SoapAuth;
  port?: string;
  kit?: KitPaths;
}

export interface Generated {
  files: GeneratedFile[];
  notes: Note[];
  operations: { name: string; wsdlName: string; effect: string }[];
}

/** The files of a connector for the chosen operations; throws `NoOperations` when there are none. */
export function soapConnector({ files, notes }: OpenedContract, wish: SoapWish): Generated {
  const { names, operations, reads, port, auth = "none", kit = INSIDE } = wish;
  const model = soapModel(files, { ...(operations ? { operations } : {}), ...(reads ? { reads } : {}), ...(port ? { port } : {}) }, notes);
  if (model.operations.length === 0) throw new NoOperations();
  const generated = soapFiles(model, files, names, auth, notes, kit);
  return {
    files: generated,
    notes: notes.list(),
    operations: model.operations.map(({ name, wsdlName, effect }) => ({ name, wsdlName, effect })),
  };
}

/** Where a connector outside the project finds the kit. */
export function kitFrom(out: string, names: ConnectorNames, connectors: string): KitPaths {
  const way = (folder: string) => relative(folder, connectors).replaceAll("\\", "/");
  return { fromContract: way(join(out, names.folder)), fromAdapter: way(join(out, names.folder, names.adapter)) };
}

/** Writes the files below a folder, and gives their paths. Nothing is written when one of them exists, unless `force`. */
export function writeFiles(out: string, files: readonly GeneratedFile[], force = false): { written: string[]; inTheWay: string[] } {
  const inTheWay = force ? [] : files.map(({ path }) => join(out, path)).filter((path) => existsSync(path));
  if (inTheWay.length > 0) return { written: [], inTheWay };
  for (const { path, text } of files) {
    const target = resolve(out, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  return { written: files.map(({ path }) => join(out, path)), inTheWay };
}

/** Formats TypeScript with the project's Biome, where it is installed. */
export function format(root: string, paths: readonly string[]): boolean {
  const biome = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const code = paths.filter((path) => /\.(ts|json)$/.test(path) && !path.includes("/golden/"));
  if (!existsSync(biome) || code.length === 0) return false;
  try {
    execFileSync(process.execPath, [biome, "format", "--write", ...code], { cwd: root, stdio: "ignore" });
    return true;
  } catch {
    // Unformatted code is still right, and `npm run format` says so.
    return false;
  }
}
