/** The import graph of the project's own code, as a parser sees it. */
import { parseSync } from "@swc/core";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folders that hold the project's TypeScript. */
export const codeFolders = ["catalogue", "cases", "workflows", "activities", "connectors", "register", "worker", "client", "test", "bench"];

/** One import, export-from or dynamic import. */
export interface Import {
  /** The importing file, relative to the project. */
  from: string;
  /** A file of the project, relative to it; `node:fs` for Node's own modules; the package's name for others. */
  to: string;
  /** Erased by the compiler (`import type`). */
  typeOnly: boolean;
}

/** Every file below the code folders with this ending, relative to the project. */
export function filesOf(ending: string, folders: readonly string[] = codeFolders): string[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** All TypeScript that is no test. */
export const sources = (): string[] => filesOf(".ts").filter((file) => !file.endsWith(".test.ts"));

interface Found {
  text: string;
  typeOnly: boolean;
}

/** The imports of one file. */
export function importsOf(file: string): Import[] {
  const tree = parseSync(readFileSync(join(root, file), "utf8"), { syntax: "typescript", target: "es2023" });
  const found: Found[] = [];
  visit(tree.body, found);
  return found.map(({ text, typeOnly }) => ({ from: file, to: targetOf(file, text), typeOnly }));
}

/** `import { type A }` keeps its side effects under `verbatimModuleSyntax`; only `import type` is erased. */
function visit(node: unknown, found: Found[]): void {
  if (Array.isArray(node)) return node.forEach((one) => visit(one, found));
  if (node === null || typeof node !== "object") return;
  const { type, source, typeOnly, callee, argument } = node as Record<string, unknown>;
  const args = (node as { arguments?: { expression?: unknown }[] }).arguments;
  if (type === "ImportDeclaration" || type === "ExportNamedDeclaration" || type === "ExportAllDeclaration")
    add(source, typeOnly === true, found);
  if (type === "CallExpression" && (callee as { type?: string }).type === "Import") add(args?.[0]?.expression, false, found);
  if (type === "TsImportType") add(argument, true, found);
  for (const value of Object.values(node)) if (typeof value === "object") visit(value, found);
}

function add(source: unknown, typeOnly: boolean, found: Found[]): void {
  const text = (source as { value?: unknown } | null | undefined)?.value;
  if (typeof text === "string") found.push({ text, typeOnly });
}

function targetOf(file: string, text: string): string {
  if (text.startsWith(".")) return relative(root, join(root, dirname(file), text));
  if (text.startsWith("node:")) return text;
  return text
    .split("/")
    .slice(0, text.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Everything that these files reach at run time, with the way that leads there: `["a.ts", "b.ts", "pg"]`. */
export function reachedFrom(starts: readonly string[]): Map<string, string[]> {
  const ways = new Map<string, string[]>(starts.map((start) => [start, [start]]));
  const open = [...starts];
  for (let file = open.shift(); file !== undefined; file = open.shift()) {
    if (!file.endsWith(".ts") || !existsSync(join(root, file))) continue;
    for (const { to, typeOnly } of importsOf(file)) {
      if (typeOnly || ways.has(to)) continue;
      ways.set(to, [...(ways.get(file) ?? []), to]);
      open.push(to);
    }
  }
  return ways;
}
