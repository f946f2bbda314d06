/** Where a connector's WSDL and XSD lie: beside the source, in the TypeScript tree as well as in `dist/`. */
import { existsSync } from "node:fs";
import { sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Absolute path of a file beside the calling module: `asset(import.meta.url, "anpr.wsdl")`.
 * Compiled code whose asset was not copied finds it in the source tree that `dist/` was built from.
 */
export function asset(moduleUrl: string, name: string): string {
  const beside = fileURLToPath(new URL(name, moduleUrl));
  if (existsSync(beside)) return beside;
  const source = beside.replace(`${sep}dist${sep}`, sep);
  if (existsSync(source)) return source;
  throw new Error(`the file ${name} is missing beside ${fileURLToPath(moduleUrl)}; the build copies *.wsdl and *.xsd`);
}
