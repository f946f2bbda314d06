/** What the parser of imports must see; read by test/architecture.test.ts, never run. */
import { join } from "node:path";
import type { Import } from "./imports.ts";

export { crossings } from "./borders.ts";

/** A type by its place. */
export type Schema = import("zod").ZodType;

export const load = async (one: Import): Promise<string> => join((await import("node:os")).tmpdir(), one.to);
