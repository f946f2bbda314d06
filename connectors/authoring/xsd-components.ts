/** All global components of a contract's schemas, by name. */
import type { ContractFile } from "./documents.ts";
import type { Notes } from "./notes.ts";
import { isSchema, keyOf, type QName, resolve, schemaChildren, WSDL, type XmlTree } from "./xml-tree.ts";

export interface SchemaContext {
  targetNamespace: string;
  qualifiedElements: boolean;
  qualifiedAttributes: boolean;
}

export interface Component {
  node: XmlTree;
  schema: SchemaContext;
  name: QName;
}

export type ComponentKind = "element" | "type" | "group" | "attributeGroup" | "attribute";

const KINDS: Readonly<Record<string, ComponentKind>> = {
  element: "element",
  complexType: "type",
  simpleType: "type",
  group: "group",
  attributeGroup: "attributeGroup",
  attribute: "attribute",
};

export class Components {
  readonly #found: Record<ComponentKind, Map<string, Component>> = {
    element: new Map(),
    type: new Map(),
    group: new Map(),
    attributeGroup: new Map(),
    attribute: new Map(),
  };
  readonly #seen = new Set<string>();
  readonly #byAddress: Map<string, ContractFile>;
  readonly #notes: Notes;

  constructor(files: readonly ContractFile[], notes: Notes) {
    this.#notes = notes;
    this.#byAddress = new Map(files.map((file) => [file.address, file]));
    for (const file of files) if (file.tree.uri === WSDL) this.#wsdl(file, file.tree);
    for (const file of files) if (isSchema(file.tree, "schema") && !this.#isIncluded(file, files)) this.#schema(file, file.tree);
  }

  /** A component by name; a name without namespace in a schema that took another's is looked up there too. */
  find(kind: ComponentKind, name: QName, schema?: SchemaContext): Component | undefined {
    const found = this.#found[kind].get(keyOf(name));
    if (found || name.uri !== "" || !schema) return found;
    return this.#found[kind].get(keyOf({ uri: schema.targetNamespace, local: name.local }));
  }

  all(kind: ComponentKind): Component[] {
    return [...this.#found[kind].values()];
  }

  /** The component that an attribute's value names. */
  named(kind: ComponentKind, node: XmlTree, value: string, schema: SchemaContext): Component | undefined {
    return this.find(kind, resolve(node, value), schema);
  }

  #wsdl(file: ContractFile, node: XmlTree): void {
    for (const child of node.children) {
      if (isSchema(child, "schema")) this.#schema(file, child);
      else if (child.uri === WSDL) this.#wsdl(file, child);
    }
  }

  /** A file without namespace that only others include belongs to them. */
  #isIncluded(file: ContractFile, files: readonly ContractFile[]): boolean {
    if (file.tree.attributes["targetNamespace"] !== undefined) return false;
    return files.some((other) => other !== file && other.references.some(({ address }) => address === file.address));
  }

  #schema(file: ContractFile, node: XmlTree, taken?: string): void {
    const targetNamespace = node.attributes["targetNamespace"] ?? taken ?? "";
    const key = `${file.address} ${targetNamespace} ${node === file.tree ? "" : this.#seen.size}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const schema = {
      targetNamespace,
      qualifiedElements: node.attributes["elementFormDefault"] === "qualified",
      qualifiedAttributes: node.attributes["attributeFormDefault"] === "qualified",
    };
    for (const child of schemaChildren(node, "include", "redefine", "import")) this.#refer(file, child, targetNamespace);
    for (const child of node.children) {
      const kind = isSchema(child) || child.uri === node.uri ? KINDS[child.local] : undefined;
      const local = child.attributes["name"];
      if (kind === undefined || local === undefined) continue;
      const name = { uri: targetNamespace, local };
      if (!this.#found[kind].has(keyOf(name))) this.#found[kind].set(keyOf(name), { node: child, schema, name });
    }
  }

  #refer(file: ContractFile, child: XmlTree, targetNamespace: string): void {
    if (child.local === "redefine") this.#notes.add("redefine", child.attributes["schemaLocation"] ?? "schema");
    const reference = file.references.find(({ location }) => location === child.attributes["schemaLocation"]);
    const other = reference && this.#byAddress.get(reference.address);
    if (other && isSchema(other.tree, "schema")) this.#schema(other, other.tree, child.local === "import" ? undefined : targetNamespace);
  }
}
