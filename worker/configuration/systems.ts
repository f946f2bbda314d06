/** Settings of an adapter, read from variables such as `DARSENA_PROTOCOL_MAX_DOCUMENT_BYTES`. */
import { z } from "zod";
import { problemsOf, type SettingProblem, SettingsError } from "./problems.ts";

/** What is needed of an adapter: its name and the schema of its settings. */
export interface Configurable {
  readonly name: string;
  readonly config: z.ZodObject;
}

/** The variable of a field: `maxDocumentBytes` of the contract `protocol` is `DARSENA_PROTOCOL_MAX_DOCUMENT_BYTES`. */
export const systemVariable = (contractName: string, field: string): string => `DARSENA_${upperSnake(contractName)}_${upperSnake(field)}`;

/** All variables of an adapter, for documentation and checks. */
export const systemVariables = (adapter: Configurable, contractName: string): string[] =>
  Object.keys(adapter.config.shape).map((field) => systemVariable(contractName, field));

/**
 * The adapter's parsed settings. Text becomes a number, a boolean, a list (by commas) or an object (JSON) where the field wants one; an empty variable counts as absent.
 * Throws one `SettingsError` that lists every missing or wrong setting by its variable, with the reason and never the value.
 */
export function systemSettings(adapter: Configurable, contractName: string, env: NodeJS.ProcessEnv = process.env): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [field, schema] of Object.entries(adapter.config.shape)) {
    const text = env[systemVariable(contractName, field)];
    if (text !== undefined && text !== "") given[field] = fromText(text, kindOf(schema as z.ZodType));
  }
  const { success, data, error } = adapter.config.safeParse(given);
  if (success) return data;
  const problems = problemsOf(
    error,
    ([field]) => (field === undefined ? `DARSENA_${upperSnake(contractName)}_*` : systemVariable(contractName, String(field))),
    (variable) => (variable.endsWith("*") ? "set" : env[variable]),
  );
  const unknown = unknownVariables(adapter, contractName, env).map((variable) => ({
    variable,
    reason: `is not a setting of ${adapter.name}`,
  }));
  throw new SettingsError(`The settings of the system ${contractName} (${adapter.name}) are not right`, [...problems, ...unknown]);
}

/**
 * Settings of the executor that every system has: `DARSENA_<CONTRACT>_DEADLINE_MS` shortens the contract's deadline,
 * `DARSENA_<CONTRACT>_SETTLE_MS` says how long after it a held request may still take effect.
 */
export function executionSettings(contractName: string, env: NodeJS.ProcessEnv = process.env): { deadlineMs?: number; settleMs?: number } {
  const problems: SettingProblem[] = [];
  const read = (field: string): number | undefined => {
    const variable = systemVariable(contractName, field);
    const text = env[variable];
    if (text === undefined || text === "") return undefined;
    if (!/^[1-9]\d{0,8}$/.test(text.trim())) problems.push({ variable, reason: "must be a positive number of milliseconds" });
    return Number(text);
  };
  const deadlineMs = read("deadlineMs");
  const settleMs = read("settleMs");
  if (problems.length > 0) throw new SettingsError(`The settings of the system ${contractName} are not right`, problems);
  return { ...(deadlineMs === undefined ? {} : { deadlineMs }), ...(settleMs === undefined ? {} : { settleMs }) };
}

/** Settings of `executionSettings`, which no adapter declares. */
const executionFields = ["deadlineMs", "settleMs"];

/** Variables that look like this system's and are not: mostly a slip of the pen. */
function unknownVariables(adapter: Configurable, contractName: string, env: NodeJS.ProcessEnv): string[] {
  const known = new Set([
    ...systemVariables(adapter, contractName),
    ...executionFields.map((field) => systemVariable(contractName, field)),
  ]);
  return Object.keys(env).filter((name) => name.startsWith(`DARSENA_${upperSnake(contractName)}_`) && !known.has(name));
}

const upperSnake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toUpperCase();

/** What a field holds once its wrappers (optional, default ...) are taken off. */
function kindOf(schema: z.core.$ZodType): string {
  const { def } = schema._zod as { def: { type: string; innerType?: z.core.$ZodType; in?: z.core.$ZodType; coerce?: boolean } };
  if (def.innerType) return kindOf(def.innerType);
  if (def.type === "pipe" && def.in) return kindOf(def.in);
  return def.type;
}

/** Text that cannot be read as the kind is left as it is: the schema then says what it expected. */
function fromText(text: string, kind: string): unknown {
  switch (kind) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text;
    case "boolean":
      return z.stringbool().safeParse(text).data ?? text;
    case "array":
      return text.split(",").map((one) => one.trim());
    case "object":
    case "record":
      return fromJson(text);
    default:
      return text;
  }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
