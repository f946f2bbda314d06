/** Complex types of XSD as types of the model. Each named type is built once; a type may refer to itself. */
import type { Attribute, LeafFacets, ModelType, TypeRef } from "./model.ts";
import { propertyName, typeName, Unique } from "./names.ts";
import type { Notes } from "./notes.ts";
import type { Component, Components, SchemaContext } from "./xsd-components.ts";
import { builtIn, namedLeaf, restricted, simpleType } from "./xsd-leaf.ts";
import { ContentBuilder, Scope } from "./xsd-content.ts";
import { documentationOf, isSchema, keyOf, type QName, resolve, SCHEMA, schemaChildren, type XmlTree } from "./xml-tree.ts";

const SOAP_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/";
const XML = "http://www.w3.org/XML/1998/namespace";
const TEXTLESS = { base: "string" } satisfies LeafFacets;

export class TypeBuilder {
  readonly types: ModelType[] = [];
  readonly namespaces: Record<string, string> = {};
  readonly components: Components;
  readonly notes: Notes;
  readonly #names = new Unique();
  readonly #named = new Map<string, ModelType>();
  /** Types without a name, by the place where they are declared: an element may be referred to from within itself. */
  readonly #inline = new Map<XmlTree, ModelType>();
  readonly #leafNames = new Map<string, string>();

  constructor(components: Components, notes: Notes) {
    this.components = components;
    this.notes = notes;
  }

  /** A name as the wire table writes it; the namespace gets a prefix at its first use. */
  prefixed({ uri, local }: QName): string {
    if (uri === "") return local;
    if (uri === XML) return `xml:${local}`;
    let prefix = Object.entries(this.namespaces).find(([, of]) => of === uri)?.[0];
    if (prefix === undefined) {
      prefix = `n${Object.keys(this.namespaces).length + 1}`;
      this.namespaces[prefix] = uri;
    }
    return `${prefix}:${local}`;
  }

  /** The type of an element: named, inline, or anything. */
  ofElement(node: XmlTree, schema: SchemaContext, hint: string): TypeRef {
    const value = node.attributes["type"];
    if (value !== undefined) return this.ofName(node, value, schema, hint);
    const [inline] = schemaChildren(node, "complexType", "simpleType");
    if (inline?.local === "simpleType") return { kind: "leaf", leaf: simpleType(this.components, this.notes, inline, schema) };
    if (inline) return { kind: "complex", name: (this.#inline.get(inline) ?? this.#complex(inline, schema, typeName(hint))).name };
    const head = node.attributes["substitutionGroup"];
    const component = head === undefined ? undefined : this.components.named("element", node, head, schema);
    if (component) return this.ofElement(component.node, component.schema, hint);
    this.notes.add("any-type", hint);
    return { kind: "xml" };
  }

  /** The type that a name means. */
  ofName(node: XmlTree, value: string, schema: SchemaContext, hint: string): TypeRef {
    const leaf = namedLeaf(this.components, this.notes, node, value, schema);
    const name = resolve(node, value);
    if (leaf) return { kind: "leaf", leaf, ...(name.uri === SCHEMA ? {} : { name: this.#leafName(name) }) };
    const component = this.components.find("type", name, schema);
    if (component) return this.#ofComponent(component);
    this.notes.add(name.uri === SCHEMA || name.uri === SOAP_ENCODING ? "any-type" : "unknown-component", hint, name.local);
    return { kind: "xml" };
  }

  #leafName(name: QName): string {
    const key = keyOf(name);
    const known = this.#leafNames.get(key);
    if (known !== undefined) return known;
    const made = this.#names.take(typeName(name.local));
    this.#leafNames.set(key, made);
    return made;
  }

  #ofComponent(component: Component): TypeRef {
    const known = this.#named.get(keyOf(component.name));
    const isAbstract = component.node.attributes["abstract"] === "true";
    const derived = known ? [] : this.#derivedFrom(component);
    if (!known && isAbstract && derived.length === 0) {
      this.notes.add("abstract-without-types", component.name.local);
      return { kind: "xml" };
    }
    const type = known ?? this.#complex(component.node, component.schema, typeName(component.name.local), component.name);
    if (!known && derived.length > 0) {
      if (isAbstract) type.derived = derived.map((one) => this.#alternative(one));
      else this.notes.add("derived-types", component.name.local, derived.map(({ name }) => name.local).join(", "));
    }
    return { kind: "complex", name: type.name };
  }

  #alternative(component: Component): { kind: string; xsi: string; type: string } {
    const type =
      this.#named.get(keyOf(component.name)) ??
      this.#complex(component.node, component.schema, typeName(component.name.local), component.name);
    return { kind: component.name.local, xsi: this.prefixed(component.name), type: type.name };
  }

  /** Concrete types that are derived from it, over any number of steps. */
  #derivedFrom(base: Component): Component[] {
    const direct = this.components.all("type").filter(({ node, schema, name }) => {
      const [content] = schemaChildren(node, "complexContent", "simpleContent");
      const [step] = content ? schemaChildren(content, "extension", "restriction") : [];
      const of = step?.attributes["base"];
      return of !== undefined && step && keyOf(name) !== keyOf(base.name) && this.components.named("type", step, of, schema) === base;
    });
    return direct.flatMap((one) => [...(one.node.attributes["abstract"] === "true" ? [] : [one]), ...this.#derivedFrom(one)]);
  }

  #complex(node: XmlTree, schema: SchemaContext, wanted: string, qname?: QName): ModelType {
    const type: ModelType = {
      name: this.#names.take(wanted),
      ...(qname ? { qname } : {}),
      documentation: documentationOf(node),
      parts: [],
      attributes: [],
    };
    // Kept before it is filled, for types that hold themselves.
    if (qname) this.#named.set(keyOf(qname), type);
    else this.#inline.set(node, type);
    this.types.push(type);
    this.#fill(type, node, schema, new Scope());
    return type;
  }

  /** An operation's message of rpc style, as a type of its own. */
  synthetic(name: string, parts: (content: ContentBuilder, scope: Scope) => ModelType["parts"]): ModelType {
    const type: ModelType = { name: this.#names.take(typeName(name)), documentation: "", parts: [], attributes: [] };
    this.types.push(type);
    type.parts = parts(new ContentBuilder(this, type.name), new Scope());
    return type;
  }

  #fill(type: ModelType, node: XmlTree, schema: SchemaContext, scope: Scope): void {
    if (node.attributes["mixed"] === "true") this.notes.add("mixed-content", type.name);
    if (schemaChildren(node, "assert").length > 0) this.notes.add("assertion", type.name);
    const [content] = schemaChildren(node, "simpleContent", "complexContent");
    if (content?.attributes["mixed"] === "true") this.notes.add("mixed-content", type.name);
    const [step] = content ? schemaChildren(content, "extension", "restriction") : [];
    if (!content || !step) return this.#own(type, node, schema, scope);
    if (content.local === "simpleContent") return this.#simpleContent(type, step, schema, scope);
    const base = resolve(step, step.attributes["base"] ?? "");
    if (base.uri === SOAP_ENCODING && base.local === "Array") return this.#array(type, step, schema);
    const component = this.components.find("type", base, schema);
    // A restriction repeats what it keeps; its attributes are inherited.
    if (component && step.local === "extension") this.#fill(type, component.node, component.schema, scope);
    this.#own(type, step, schema, scope);
    if (component && step.local === "restriction") this.#inheritAttributes(type, component);
  }

  #inheritAttributes(type: ModelType, { node, schema }: Component): void {
    const [content] = schemaChildren(node, "simpleContent", "complexContent");
    const [step] = content ? schemaChildren(content, "extension", "restriction") : [];
    this.#attributes(type, step ?? node, schema);
    const base = step?.attributes["base"];
    const next = step && base !== undefined ? this.components.named("type", step, base, schema) : undefined;
    if (next) this.#inheritAttributes(type, next);
  }

  #own(type: ModelType, node: XmlTree, schema: SchemaContext, scope: Scope): void {
    type.parts.push(...new ContentBuilder(this, type.name).content(node, schema, scope));
    this.#attributes(type, node, schema, scope);
  }

  #simpleContent(type: ModelType, step: XmlTree, schema: SchemaContext, scope: Scope): void {
    const value = step.attributes["base"] ?? "xs:string";
    const leaf = namedLeaf(this.components, this.notes, step, value, schema);
    const base = leaf ? undefined : this.components.named("type", step, value, schema);
    if (base) this.#fill(type, base.node, base.schema, scope);
    const from = leaf ?? type.text?.leaf ?? TEXTLESS;
    type.text = { kind: "leaf", leaf: step.local === "restriction" ? restricted(this.components, this.notes, step, schema, from) : from };
    this.#attributes(type, step, schema, scope);
  }

  /** `soapenc:Array`: the member's type stands in `wsdl:arrayType`, or in the restriction's own content. */
  #array(type: ModelType, step: XmlTree, schema: SchemaContext): void {
    const attribute = schemaChildren(step, "attribute").find(
      (one) => one.attributes["{http://schemas.xmlsoap.org/wsdl/}arrayType"] !== undefined,
    );
    const of = (attribute?.attributes["{http://schemas.xmlsoap.org/wsdl/}arrayType"] ?? "").replace(/\[[\d,]*\]$/, "");
    if (!attribute || of === "" || /\[/.test(of)) {
      this.#own(type, step, schema, new Scope());
      type.arrayOf = "xsd:anyType";
      return;
    }
    const member = this.ofName(attribute, of, schema, `${type.name}Item`);
    const name = resolve(attribute, of);
    type.arrayOf = name.uri === SCHEMA ? `xsd:${name.local}` : this.prefixed(name);
    type.parts = [
      {
        kind: "element",
        name: "item",
        property: "item",
        min: 0,
        max: Number.POSITIVE_INFINITY,
        nillable: false,
        type: member,
        documentation: "",
      },
    ];
  }

  #attributes(type: ModelType, node: XmlTree, schema: SchemaContext, scope = new Scope(type.parts)): void {
    for (const child of node.children) {
      if (isSchema(child, "anyAttribute")) this.notes.add("any-attribute", type.name);
      if (isSchema(child, "attributeGroup")) {
        const group = this.components.named("attributeGroup", child, child.attributes["ref"] ?? "", schema);
        if (group) this.#attributes(type, group.node, group.schema, scope);
      }
      if (isSchema(child, "attribute")) this.#attribute(type, child, schema, scope);
    }
  }

  #attribute(type: ModelType, node: XmlTree, schema: SchemaContext, scope: Scope): void {
    const ref = node.attributes["ref"];
    const component = ref === undefined ? undefined : this.components.named("attribute", node, ref, schema);
    const declared = component?.node ?? node;
    const from = component?.schema ?? schema;
    const local = ref === undefined ? (node.attributes["name"] ?? "") : resolve(node, ref).local;
    const qualified = node.attributes["form"] === undefined ? schema.qualifiedAttributes : node.attributes["form"] === "qualified";
    const uri = ref === undefined ? (qualified ? schema.targetNamespace : "") : resolve(node, ref).uri;
    const name = this.prefixed({ uri, local });
    if (uri === SOAP_ENCODING || type.attributes.some((one) => one.name === name)) return;
    if (node.attributes["use"] === "prohibited") return;
    const value = declared.attributes["type"];
    const [inline] = schemaChildren(declared, "simpleType");
    const leaf = inline
      ? simpleType(this.components, this.notes, inline, from)
      : ((value === undefined ? undefined : namedLeaf(this.components, this.notes, declared, value, from)) ?? builtIn("string"));
    const fixed = node.attributes["fixed"] ?? declared.attributes["fixed"];
    const attribute: Attribute = {
      name,
      property: scope.property(propertyName(type.text && local === "value" ? "valueAttribute" : local), `@${name}`, []),
      required: node.attributes["use"] === "required" && fixed === undefined,
      ...(fixed === undefined ? {} : { fixed }),
      type: { kind: "leaf", leaf },
    };
    type.attributes.push(attribute);
  }
}
