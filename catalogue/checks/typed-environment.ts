/**
 * The environment that checks expressions and never evaluates. What a service's paths hold is known from its own schemas
 * (`infer.ts`): their types are written on the nodes of the parsed expression, and CEL's checker does the rest.
 */
import { type ASTNode, Environment, type ParseResult } from "@marcbachmann/cel-js";
import { functions } from "../expressions.ts";
import type { ValueType } from "./value-type.ts";

/** A node as CEL's checker sees it: a type that is there already is taken as it is. */
export interface CheckedNode {
  checkedType?: { name: string };
}

const limits = { maxAstNodes: 2_000, maxDepth: 60, maxListElements: 1_000, maxMapEntries: 1_000 };
const environment = new Environment({
  unlistedVariablesAreDyn: true,
  homogeneousAggregateLiterals: false,
  enableOptionalTypes: true,
  limits,
});
const never = (): never => {
  throw new TypeError("this environment only checks");
};
for (const sign of ["+", "-", "*", "/"])
  for (const pair of [`double ${sign} int`, `int ${sign} double`]) environment.registerOperator(pair, never);
environment.registerOperator("double == int", never);
for (const signature of Object.keys(functions)) environment.registerFunction(signature, never);
environment.registerVariable("sampleText", "string");
environment.registerVariable("sampleNumber", "double");
environment.registerVariable("sampleBoolean", "bool");
environment.registerVariable("sampleMap", "map<string, dyn>");

/** Parses without keeping: the nodes take the types of one place. */
export const parse = (source: string): ParseResult => environment.parse(source);

const declarations = new Map<string, { name: string }>();

/** Writes the type on a node, so that the checker believes it. */
export function declare(node: ASTNode, type: ValueType, optional: boolean): void {
  const sample = optional ? `optional.of(${sampleOf(type)})` : sampleOf(type);
  let declaration = declarations.get(sample);
  if (!declaration) {
    const program = environment.parse(sample);
    program.check();
    declaration = (program.ast as CheckedNode).checkedType as { name: string };
    declarations.set(sample, declaration);
  }
  (node as CheckedNode).checkedType = declaration;
}

function sampleOf(type: ValueType): string {
  if (type.kind === "text") return "sampleText";
  if (type.kind === "number") return "sampleNumber";
  if (type.kind === "boolean") return "sampleBoolean";
  if (type.kind === "object") return "sampleMap";
  return type.kind === "list" ? `[${sampleOf(type.of)}]` : "dyn(sampleText)";
}
