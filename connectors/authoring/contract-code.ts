/** The contract as TypeScript: zod schemas of all types and the operations. */
import { zodLeaf } from "./leaf-texts.ts";
import type { Attribute, ElementPart, GroupPart, Message, Model, ModelOperation, ModelType, Part, TypeRef } from "./model.ts";
import type { Notes } from "./notes.ts";
import { propertiesIn } from "./xsd-content.ts";

/** How the contract is named in code. */
export interface ContractNames {
  /** `parking-permits`, also the variable in camelCase. */
  contract: string;
  variable: string;
  title: string;
}

/** The first line of files that the generator wrote; the house's limit of lines does not bind them. */
export const GENERATED = "// Written by `darsena connector new`; yours to change.";

/** The text of `contract.ts`; imports lead to the kit at `kit`, such as `..`. */
export function contractCode(model: Model, names: ContractNames, notes: Notes, kit: string): string {
  const writer = new SchemaWriter(model, notes);
  const schemas = writer.schemas();
  const operations = model.operations.map((one) => writer.operation(one)).join("");
  const verbs = [...new Set(model.operations.map(({ effect }) => effect))].toSorted();
  const uses = [...writer.uses].toSorted();
  const imports = [
    'import { z } from "zod";',
    `import { ${["contract", ...verbs].toSorted().join(", ")} } from "${kit}/contract.ts";`,
    ...(uses.length > 0 ? [`import { ${uses.join(", ")} } from "${kit}/xsd-texts.ts";`] : []),
  ];
  return `${GENERATED}
/** ${names.title}: what it offers. Pure data, safe inside a workflow. */
${imports.join("\n")}

${schemas}export const ${names.variable} = contract("${names.contract}", {
${operations}});
`;
}

class SchemaWriter {
  readonly uses = new Set<string>();
  readonly #model: Model;
  readonly #notes: Notes;
  readonly #leaves = new Map<string, string>();
  /** Schemas that stand above the place that is being written. */
  readonly #written = new Set<string>();

  constructor(model: Model, notes: Notes) {
    this.#model = model;
    this.#notes = notes;
  }

  schemas(): string {
    const bodies = inOrder(this.#model.types).map((type) => this.#type(type));
    const leaves = [...this.#leaves].map(([name, code]) => `export const ${name} = ${code};\n`);
    return `${leaves.join("")}${leaves.length > 0 ? "\n" : ""}${bodies.join("\n")}${bodies.length > 0 ? "\n" : ""}`;
  }

  operation(one: ModelOperation): string {
    const rejections = Object.values(one.faults);
    const title = (one.documentation || one.wsdlName).replaceAll(/\s+/g, " ");
    return `  ${comment(`\`${one.wsdlName}\` of the WSDL${one.effect === "write" ? ". A write: never repeated blindly" : ""}.`)}
  ${one.name}: ${one.effect}({
    title: ${JSON.stringify(title.slice(0, 120))},
    input: ${this.#message(one.request)},
    output: ${one.answer ? this.#message(one.answer) : "z.strictObject({})"},
    deadline: "${one.effect === "read" ? "10s" : "30s"}",
${rejections.length > 0 ? `    rejections: [${rejections.map((code) => JSON.stringify(code)).join(", ")}],\n` : ""}  }),
`;
  }

  #message({ type, headers }: Message): string {
    const body = type.kind === "complex" ? type.name : `z.strictObject({ value: ${this.#ref(type, "value")}.optional() })`;
    if (headers.length === 0) return body;
    return `${body}.safeExtend({ headers: z.strictObject({ ${headers.map((one) => this.#property(one, "headers", false)).join(", ")} }).optional() })`;
  }

  #type(type: ModelType): string {
    const code = type.derived ? this.#alternatives(type.derived) : this.#object(type);
    this.#written.add(type.name);
    const said = type.documentation === "" ? "" : `${comment(type.documentation)}\n`;
    return `${said}export const ${type.name} = ${code};\n`;
  }

  #alternatives(derived: NonNullable<ModelType["derived"]>): string {
    const members = derived.map(({ kind, type }) => `${type}.safeExtend({ xsiType: z.literal(${JSON.stringify(kind)}) })`);
    return `z.discriminatedUnion("xsiType", [${members.join(", ")}])`;
  }

  #object(type: ModelType): string {
    const members = [
      ...type.attributes.map((one) => this.#attribute(one, type.name)),
      ...(type.text ? [`value: ${this.#ref(type.text, type.name)}.optional()`] : this.#members(type.parts, type.name, true)),
    ];
    return `z.strictObject({${members.length > 0 ? `\n  ${members.join(",\n  ")},\n` : ""}})${this.#choices(type.parts)}`;
  }

  #attribute({ property, required, fixed, type }: Attribute, where: string): string {
    const code = fixed === undefined ? this.#ref(type, where) : `z.literal(${JSON.stringify(fixedValue(fixed, this.#ref(type, where)))})`;
    return `${property}: ${code}${required ? "" : ".optional()"}`;
  }

  #members(parts: readonly Part[], where: string, required: boolean): string[] {
    const seen = new Set<string>();
    return this.#all(parts, where, required).flatMap(([property, code]) => {
      if (seen.has(property)) return [];
      seen.add(property);
      return [code];
    });
  }

  #all(parts: readonly Part[], where: string, required: boolean): [string, string][] {
    return parts.flatMap((part): [string, string][] => {
      if (part.kind === "element") return [[part.property, this.#property(part, where, required)]];
      if (part.kind === "any") {
        this.uses.add("XmlText");
        return [[part.property, `${part.property}: ${listOf("XmlText", part)}${required && part.min > 0 ? "" : ".optional()"}`]];
      }
      if (part.property === undefined) return this.#all(part.of, where, required && part.min > 0 && part.group !== "choice");
      const inner = this.#members(part.of, `${where}.${part.property}`, part.group !== "choice");
      const object = `z.strictObject({ ${inner.join(", ")} })${this.#choices(part.group === "choice" ? [{ ...part, min: 1, max: 1, property: undefined }] : part.of)}`;
      const code = `${listOf(object, part)}${required && part.min > 0 ? "" : ".optional()"}`;
      return [[part.property, this.#lazy(part.property, code, this.#refersBelow(part.of))]];
    });
  }

  #property(part: ElementPart, where: string, required: boolean): string {
    const code = this.#ref(part.type, `${where}.${part.property}`);
    const listed = part.max > 1 ? listOf(code, part) : code;
    const said = part.documentation === "" ? "" : `${comment(part.documentation)}\n  `;
    const whole = `${listed}${required && part.min > 0 && !part.nillable ? "" : ".optional()"}`;
    const below = part.type.kind === "complex" && !this.#written.has(part.type.name);
    return `${said}${this.#lazy(part.property, whole, below)}`;
  }

  /** What refers to a schema further down is a getter, as zod wants it for types that hold themselves. */
  #lazy(property: string, code: string, below: boolean): string {
    return below ? `get ${property}(): ${typeOfCode(code)} {\n    return ${code};\n  }` : `${property}: ${code}`;
  }

  #refersBelow(parts: readonly Part[]): boolean {
    return parts.some((part) =>
      part.kind === "group"
        ? this.#refersBelow(part.of)
        : part.kind === "element" && part.type.kind === "complex" && !this.#written.has(part.type.name),
    );
  }

  #ref(type: TypeRef, where: string): string {
    if (type.kind === "complex") return type.name;
    if (type.kind === "xml") {
      this.uses.add("XmlText");
      return "XmlText";
    }
    if (type.name === undefined) return zodLeaf(type.leaf, this.uses, this.#notes, where);
    if (!this.#leaves.has(type.name)) this.#leaves.set(type.name, zodLeaf(type.leaf, this.uses, this.#notes, type.name));
    return type.name;
  }

  /** Checks of the choices and optional sequences that do not repeat. */
  #choices(parts: readonly Part[]): string {
    return checksOf(parts, true)
      .map(({ required, branches }) => {
        this.uses.add("oneOf");
        return `.refine(...oneOf(${[required ? '"required"' : '"optional"', ...branches.map((one) => JSON.stringify(one))].join(", ")}))`;
      })
      .join("");
  }
}

interface ChoiceCheck {
  required: boolean;
  branches: string[][];
}

function checksOf(parts: readonly Part[], required: boolean): ChoiceCheck[] {
  return parts.flatMap((part) => {
    if (part.kind !== "group" || part.property !== undefined) return [];
    const must = required && part.min > 0;
    if (part.group !== "choice") {
      const together = must
        ? []
        : [{ required: false, branches: [namesOf(part)] }].filter(({ branches }) => (branches[0]?.length ?? 0) > 1);
      return [...together, ...checksOf(part.of, must)];
    }
    const branches = part.of.map((one) => namesOf(one));
    const canBeEmpty = part.of.some((one) => one.min === 0);
    return [
      { required: must && !canBeEmpty, branches },
      ...part.of.flatMap((one) =>
        one.kind === "group" ? checksOf(one.property === undefined && one.group !== "choice" ? one.of : [one], false) : [],
      ),
    ];
  });
}

/** Properties of a branch; those that may be absent from it are marked. */
function namesOf(part: Part, nested = false): string[] {
  if (part.kind !== "group" || part.property !== undefined) {
    const optional = part.min === 0 || (part.kind === "element" && part.nillable);
    return [`${part.property ?? ""}${optional ? "?" : ""}`];
  }
  if (part.group === "choice") return propertiesIn(part.of).map((name) => `${name}?`);
  const names = part.of.flatMap((one) => namesOf(one, true));
  return nested && part.min === 0 ? names.map((name) => (name.endsWith("?") ? name : `${name}?`)) : names;
}

function listOf(code: string, { min, max }: { min: number; max: number }): string {
  if (max <= 1) return code;
  return `z.array(${code})${min > 0 ? `.min(${min})` : ""}${Number.isFinite(max) ? `.max(${max})` : ""}`;
}

/** The declared type of a getter: TypeScript cannot infer one that refers to itself. */
function typeOfCode(code: string): string {
  const optional = code.endsWith(".optional()");
  const inner = optional ? code.slice(0, -".optional()".length) : code;
  const array = /^z\.array\(([A-Za-z_]\w*)\)/.exec(inner)?.[1];
  const type = array === undefined ? (/^[A-Za-z_]\w*$/.test(inner) ? `typeof ${inner}` : "z.ZodType") : `z.ZodArray<typeof ${array}>`;
  return optional ? `z.ZodOptional<${type}>` : type;
}

function fixedValue(fixed: string, code: string): string | number | boolean {
  if (code.startsWith("z.boolean")) return fixed === "true" || fixed === "1";
  return /^z\.(int|number|literal)\(/.test(code) && Number.isFinite(Number(fixed)) ? Number(fixed) : fixed;
}

const comment = (text: string): string => `/** ${text.replaceAll("*/", "* /")} */`;

/** Types after those that they hold, as far as no type holds itself. */
function inOrder(types: readonly ModelType[]): ModelType[] {
  const byName = new Map(types.map((type) => [type.name, type]));
  const done = new Set<string>();
  const ordered: ModelType[] = [];
  const visit = (type: ModelType): void => {
    if (done.has(type.name)) return;
    done.add(type.name);
    for (const name of heldBy(type)) {
      const inner = byName.get(name);
      if (inner) visit(inner);
    }
    ordered.push(type);
  };
  for (const type of types) visit(type);
  return ordered;
}

/** Names of the complex types that a type refers to. */
export function heldBy(type: ModelType): string[] {
  const inParts = (parts: readonly Part[]): string[] =>
    parts.flatMap((part) =>
      part.kind === "group"
        ? inParts((part satisfies GroupPart).of)
        : part.kind === "element" && part.type.kind === "complex"
          ? [part.type.name]
          : [],
    );
  return [...inParts(type.parts), ...(type.derived ?? []).map((one) => one.type)];
}
