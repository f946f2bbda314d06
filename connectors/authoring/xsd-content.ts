/** The content of a complex type: sequences, choices, groups, elements, wildcards, and the property that holds each. */
import type { AnyPart, ElementPart, GroupPart, Part } from "./model.ts";
import { isInherited, propertyName, Unique } from "./names.ts";
import type { TypeBuilder } from "./xsd-types.ts";
import type { Component, SchemaContext } from "./xsd-components.ts";
import { documentationOf, isSchema, keyOf, resolve, schemaChildren, type XmlTree } from "./xml-tree.ts";

/** The branches of choices that lead to a place: `[choice, branch]`. */
type Path = readonly (readonly [choice: number, branch: number])[];

/** Properties of one object. An element may come again in another branch of a choice and then shares its property. */
export class Scope {
  readonly #names: Unique;
  readonly #held = new Map<string, { element: string; paths: Path[] }>();

  constructor(parts: readonly Part[] = []) {
    this.#names = new Unique(propertiesIn(parts));
  }

  property(wanted: string, element: string, path: Path): string {
    for (const [name, held] of this.#held)
      if (held.element === element && held.paths.every((other) => areExclusive(other, path))) {
        held.paths.push(path);
        return name;
      }
    const name = this.#names.take(wanted);
    this.#held.set(name, { element, paths: [path] });
    return name;
  }
}

/** All properties that parts bring to their object. */
export const propertiesIn = (parts: readonly Part[]): string[] =>
  parts.flatMap((part) => (part.kind === "group" && part.property === undefined ? propertiesIn(part.of) : [part.property ?? ""]));

const areExclusive = (a: Path, b: Path): boolean =>
  a.some(([choice, branch]) => b.some(([other, way]) => choice === other && branch !== way));

let choices = 0;

export class ContentBuilder {
  readonly #builder: TypeBuilder;
  readonly #owner: string;

  constructor(builder: TypeBuilder, owner: string) {
    this.#builder = builder;
    this.#owner = owner;
  }

  /** The parts of a `complexType`, `extension`, `restriction` or `group`. */
  content(node: XmlTree, schema: SchemaContext, scope: Scope, path: Path = []): Part[] {
    return schemaChildren(node, "sequence", "choice", "all", "group").flatMap((one) => this.#part(one, schema, scope, path));
  }

  #part(node: XmlTree, schema: SchemaContext, scope: Scope, path: Path, within = ""): Part[] {
    if (isSchema(node, "element")) return this.#element(node, schema, scope, path, within);
    if (isSchema(node, "any")) return [this.#any(node, scope, path)];
    if (isSchema(node, "group")) {
      const component = this.#builder.components.named("group", node, node.attributes["ref"] ?? "", schema);
      const [inner] = component ? schemaChildren(component.node, "sequence", "choice", "all") : [];
      if (component && inner) return this.#group(inner, component.schema, scope, path, occurrence(node));
      this.#builder.notes.add("unknown-component", this.#owner, node.attributes["ref"]);
      return [];
    }
    return isSchema(node, "sequence", "choice", "all") ? this.#group(node, schema, scope, path) : [];
  }

  #group(node: XmlTree, schema: SchemaContext, scope: Scope, path: Path, occurs = occurrence(node)): Part[] {
    if (occurs.max === 0) return [];
    const group = node.local as GroupPart["group"];
    const repeated = occurs.max > 1;
    const property = repeated ? scope.property("items", `(${String(choices)})`, path) : undefined;
    const inner = repeated ? new Scope() : scope;
    const choice = (choices += 1);
    const of = node.children.flatMap((child, branch) => {
      const here: Path = group === "choice" ? [...(repeated ? [] : path), [choice, branch]] : repeated ? [] : path;
      return this.#part(child, schema, inner, here, group);
    });
    if (of.length === 0) return [];
    return [{ kind: "group", group, of, ...occurs, ...(property === undefined ? {} : { property }) }];
  }

  #any(node: XmlTree, scope: Scope, path: Path): AnyPart {
    this.#builder.notes.add("any-element", this.#owner);
    return { kind: "any", property: scope.property("any", `any${String((choices += 1))}`, path), ...occurrence(node) };
  }

  #element(node: XmlTree, schema: SchemaContext, scope: Scope, path: Path, within: string): Part[] {
    const occurs = occurrence(node);
    if (occurs.max === 0) return [];
    const ref = node.attributes["ref"];
    if (ref === undefined) return [this.declared(node, schema, scope, path, occurs, node.attributes["form"])];
    const component = this.#builder.components.named("element", node, ref, schema);
    if (component) return this.referred(component, scope, path, occurs, within);
    this.#builder.notes.add("unknown-component", this.#owner, ref);
    const name = this.#builder.prefixed(resolve(node, ref));
    const property = scope.property(propertyName(resolve(node, ref).local), name, path);
    return [{ kind: "element", name, property, ...occurs, nillable: false, type: { kind: "xml" }, documentation: "" }];
  }

  /** A global element, or a choice among those that stand in its place. */
  referred(component: Component, scope: Scope, path: Path, occurs: { min: number; max: number }, within = ""): Part[] {
    const members = [...(component.node.attributes["abstract"] === "true" ? [] : [component]), ...this.#substitutes(component)];
    if (members.length <= 1) {
      const [only = component] = members;
      return [this.declared(only.node, only.schema, scope, path, occurs, "qualified")];
    }
    const repeated = occurs.max > 1;
    const inner = repeated ? new Scope() : scope;
    const choice = (choices += 1);
    const of = members.map((one, branch) =>
      this.declared(one.node, one.schema, inner, [...(repeated ? [] : path), [choice, branch]], { min: 1, max: 1 }, "qualified"),
    );
    // Within a choice the members are branches of it.
    if (within === "choice" && !repeated && occurs.min > 0) return of;
    const property = repeated ? scope.property(propertyName(component.name.local), `<${keyOf(component.name)}`, path) : undefined;
    return [{ kind: "group", group: "choice", of, ...occurs, ...(property === undefined ? {} : { property }) }];
  }

  #substitutes(head: Component): Component[] {
    const direct = this.#builder.components.all("element").filter(({ node, schema, name }) => {
      const group = node.attributes["substitutionGroup"];
      return (
        group !== undefined && keyOf(name) !== keyOf(head.name) && this.#builder.components.named("element", node, group, schema) === head
      );
    });
    return direct.flatMap((one) => [...(one.node.attributes["abstract"] === "true" ? [] : [one]), ...this.#substitutes(one)]);
  }

  declared(
    node: XmlTree,
    schema: SchemaContext,
    scope: Scope,
    path: Path,
    occurs: { min: number; max: number },
    form = schema.qualifiedElements ? "qualified" : "unqualified",
  ): ElementPart {
    const local = node.attributes["name"] ?? "";
    const name = this.#builder.prefixed({ uri: form === "qualified" ? schema.targetNamespace : "", local });
    const wanted = propertyName(local);
    const property = scope.property(wanted, name + (occurs.max > 1 ? "[]" : ""), path);
    if (isInherited(local)) this.#builder.notes.add("refused-name", `${this.#owner}.${local}`);
    if (property !== local) this.#builder.notes.add("renamed", `${this.#owner}.${local}`, property);
    if (schemaChildren(node, "key", "unique", "keyref").length > 0) this.#builder.notes.add("identity-constraint", local);
    const nillable = node.attributes["nillable"] === "true";
    if (nillable && occurs.max > 1) this.#builder.notes.add("nil-in-list", `${this.#owner}.${local}`);
    const type = this.#builder.ofElement(node, schema, `${this.#owner}-${local}`);
    return { kind: "element", name, property, ...occurs, nillable, type, documentation: documentationOf(node) };
  }
}

function occurrence({ attributes }: XmlTree): { min: number; max: number } {
  const max = attributes["maxOccurs"] ?? "1";
  return { min: Number(attributes["minOccurs"] ?? 1), max: max === "unbounded" ? Number.POSITIVE_INFINITY : Number(max) };
}
