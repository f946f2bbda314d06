/** The model as the wire table that the transport reads (`transport/typed-xml.ts`), and that table as TypeScript. */
import type { Wire, WireAttribute, WireElement, WireMessage, WireOperation, WirePart, WireType } from "../transport/typed-xml.ts";
import { splitName } from "../transport/typed-xml.ts";
import { wireLeaf } from "./leaf-texts.ts";
import type { ElementPart, Message, Model, ModelOperation, ModelType, Part, TypeRef } from "./model.ts";

/** The wire table of a model. */
export function wireOf(model: Model): Wire {
  const encoded = model.operations.some((one) => one.encoded);
  const byName = new Map(model.types.map((type) => [type.name, type]));
  const prefixes = new Map(Object.entries(model.namespaces).map(([prefix, uri]) => [uri, prefix]));
  const xsiOf = (ref: TypeRef): string | undefined => {
    if (!encoded || ref.kind === "xml") return undefined;
    if (ref.kind === "leaf") return ref.leaf.base === "list" || ref.leaf.base === "union" ? undefined : `xsd:${ref.leaf.base}`;
    const qname = byName.get(ref.name)?.qname;
    const prefix = qname && prefixes.get(qname.uri);
    return qname && prefix !== undefined && !byName.get(ref.name)?.arrayOf ? `${prefix}:${qname.local}` : undefined;
  };
  return {
    version: model.version,
    namespaces: { ...model.namespaces },
    operations: Object.fromEntries(model.operations.map((one) => [one.name, operationOf(one, xsiOf)])),
    types: Object.fromEntries(model.types.map((type) => [type.name, typeOf(type, xsiOf)])),
  };
}

type XsiOf = (ref: TypeRef) => string | undefined;

const typeText = (ref: TypeRef): string => (ref.kind === "complex" ? ref.name : ref.kind === "xml" ? "xml" : wireLeaf(ref.leaf));

function operationOf(one: ModelOperation, xsiOf: XsiOf): WireOperation {
  const message = ({ element, type, headers }: Message): WireMessage => ({
    element,
    type: typeText(type),
    ...(headers.length > 0 ? { headers: headers.map((header) => elementOf(header, xsiOf)) } : {}),
  });
  return {
    action: one.action,
    request: message(one.request),
    ...(one.answer ? { answer: message(one.answer) } : {}),
    ...(Object.keys(one.faults).length > 0 ? { faults: one.faults } : {}),
    ...(one.encoded ? { encoded: true as const } : {}),
  };
}

function typeOf(type: ModelType, xsiOf: XsiOf): WireType {
  const attributes = type.attributes.map(
    (one): WireAttribute => ({
      attribute: one.name,
      type: wireLeaf(one.type.leaf),
      ...(one.property === splitName(one.name).local ? {} : { as: one.property }),
      ...(one.required ? { required: true as const } : {}),
      ...(one.fixed === undefined ? {} : { fixed: one.fixed }),
    }),
  );
  const derived = type.derived?.map(({ kind, xsi, type: name }) => [kind, { xsi, type: name }] as const);
  return {
    ...(attributes.length > 0 ? { attributes } : {}),
    ...(type.text ? { text: wireLeaf(type.text.leaf) } : {}),
    ...(!type.text && type.parts.length > 0 ? { content: type.parts.map((part) => partOf(part, xsiOf)) } : {}),
    ...(derived ? { derived: Object.fromEntries(derived) } : {}),
    ...(type.arrayOf === undefined ? {} : { arrayOf: type.arrayOf }),
  };
}

const occurs = ({ min, max }: { min: number; max: number }) => ({
  ...(min === 1 ? {} : { min }),
  ...(max === 1 ? {} : { max: Number.isFinite(max) ? max : ("many" as const) }),
});

function partOf(part: Part, xsiOf: XsiOf): WirePart {
  if (part.kind === "element") return elementOf(part, xsiOf);
  if (part.kind === "any") return { any: true, as: part.property, ...occurs(part) };
  return {
    group: part.group,
    ...occurs(part),
    ...(part.property === undefined ? {} : { as: part.property }),
    of: part.of.map((one) => partOf(one, xsiOf)),
  };
}

function elementOf(part: ElementPart, xsiOf: XsiOf): WireElement {
  const xsi = xsiOf(part.type);
  return {
    element: part.name,
    type: typeText(part.type),
    ...(part.property === splitName(part.name).local ? {} : { as: part.property }),
    ...occurs(part),
    ...(part.nillable ? { nillable: true as const } : {}),
    ...(xsi === undefined ? {} : { xsi }),
  };
}

/** A value as TypeScript, with two blanks per level and quotes only where they are needed. */
export function literal(value: unknown, indent = ""): string {
  const next = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((one) => `${next}${literal(one, next)},\n`).join("")}${indent}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value);
  const flat = `{ ${entries.map(([key, inner]) => `${keyText(key)}: ${typeof inner === "object" ? "{}" : JSON.stringify(inner)}`).join(", ")} }`;
  if (entries.length > 0 && flat.length + indent.length < 130 && entries.every(([, inner]) => typeof inner !== "object")) return flat;
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([key, inner]) => `${next}${keyText(key)}: ${literal(inner, next)},\n`).join("")}${indent}}`;
}

const keyText = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));
