/** Simple types of XSD with all facets of their derivation. */
import type { LeafFacets } from "./model.ts";
import type { Notes } from "./notes.ts";
import type { Components, SchemaContext } from "./xsd-components.ts";
import { isSchema, resolve, SCHEMA, schemaChildren, type XmlTree } from "./xml-tree.ts";

const NUMERIC = ["length", "minLength", "maxLength", "totalDigits", "fractionDigits"] as const;
const BOUNDS = ["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"] as const;
const SOAP_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/";

/** The facets of a built-in type by its name. */
export const builtIn = (base: string): LeafFacets => ({ base });

/** The leaf that a type's name means; undefined when it is no simple type. */
export function namedLeaf(
  components: Components,
  notes: Notes,
  node: XmlTree,
  value: string,
  schema: SchemaContext,
): LeafFacets | undefined {
  const name = resolve(node, value);
  if (name.uri === SCHEMA) return name.local === "anyType" ? undefined : builtIn(name.local);
  const found = components.find("type", name, schema);
  if (found) return isSchema(found.node, "simpleType") ? simpleType(components, notes, found.node, found.schema) : undefined;
  // SOAP encoding has a type of its own for each built-in one.
  return name.uri === SOAP_ENCODING && name.local !== "Array" && name.local !== "Struct"
    ? builtIn(name.local === "base64" ? "base64Binary" : name.local)
    : undefined;
}

/** The facets of a `simpleType`. */
export function simpleType(components: Components, notes: Notes, node: XmlTree, schema: SchemaContext): LeafFacets {
  const [inner] = schemaChildren(node, "restriction", "list", "union");
  if (!inner) return builtIn("string");
  if (inner.local === "restriction") return restricted(components, notes, inner, schema);
  const named = (inner.attributes[inner.local === "list" ? "itemType" : "memberTypes"] ?? "").split(/\s+/).filter(Boolean);
  const of = [
    ...named.map((name) => namedLeaf(components, notes, inner, name, schema) ?? builtIn("string")),
    ...schemaChildren(inner, "simpleType").map((one) => simpleType(components, notes, one, schema)),
  ];
  return { base: inner.local, of };
}

/** The base's facets with those of a `restriction` (of a simple type, or of simple content). */
export function restricted(components: Components, notes: Notes, node: XmlTree, schema: SchemaContext, from?: LeafFacets): LeafFacets {
  const [inline] = schemaChildren(node, "simpleType");
  const base =
    (inline && simpleType(components, notes, inline, schema)) ??
    from ??
    (node.attributes["base"] === undefined ? undefined : namedLeaf(components, notes, node, node.attributes["base"], schema)) ??
    builtIn("string");
  const facets: LeafFacets = { ...base };
  const values = (name: string) => schemaChildren(node, name).map((one) => one.attributes["value"] ?? "");
  for (const name of NUMERIC) for (const value of values(name)) if (/^\d+$/.test(value.trim())) facets[name] = Number(value);
  for (const name of BOUNDS) for (const value of values(name)) facets[name] = value.trim();
  if (values("enumeration").length > 0) facets.enumeration = values("enumeration");
  if (values("pattern").length > 0) facets.patterns = [...(base.patterns ?? []), values("pattern")];
  if (schemaChildren(node, "assertion").length > 0) notes.add("assertion", node.attributes["base"] ?? "a simple type");
  return facets;
}
