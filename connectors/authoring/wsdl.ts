/** WSDL 1.1: which operations a port offers, in which style, with which messages. */
import type { ContractFile } from "./documents.ts";
import type { Notes } from "./notes.ts";
import { documentationOf, keyOf, type QName, resolve, WSDL, wsdlChildren, type XmlTree } from "./xml-tree.ts";

export interface WsdlPart {
  name: string;
  node: XmlTree;
  element?: string;
  type?: string;
}

export interface WsdlMessage {
  parts: WsdlPart[];
  headers: WsdlPart[];
  /** Namespace of the wrapper in rpc style. */
  namespace: string;
}

export interface WsdlOperation {
  name: string;
  port: string;
  documentation: string;
  style: "document" | "rpc";
  encoded: boolean;
  action: string;
  input: WsdlMessage;
  output?: WsdlMessage;
  faults: WsdlPart[];
}

export interface WsdlService {
  version: "1.1" | "1.2";
  operations: WsdlOperation[];
  /** All ports with their SOAP version. */
  ports: { name: string; version: string }[];
}

const SOAP: Readonly<Record<string, "1.1" | "1.2">> = {
  "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
  "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
};
const MIME = "http://schemas.xmlsoap.org/wsdl/mime/";

const soapChild = (node: XmlTree | undefined, name: string): XmlTree | undefined =>
  node?.children.find((one) => SOAP[one.uri] !== undefined && one.local === name);

interface Named {
  node: XmlTree;
  name: QName;
}

/** Components of all WSDL files of the contract by their names. */
class Definitions {
  readonly services: XmlTree[] = [];
  readonly #found = new Map<string, Named>();

  constructor(files: readonly ContractFile[]) {
    for (const { tree } of files) {
      if (tree.uri !== WSDL || tree.local !== "definitions") continue;
      this.services.push(...wsdlChildren(tree, "service"));
      for (const kind of ["message", "portType", "binding"])
        for (const node of wsdlChildren(tree, kind)) {
          const name = { uri: tree.attributes["targetNamespace"] ?? "", local: node.attributes["name"] ?? "" };
          this.#found.set(`${kind} ${keyOf(name)}`, { node, name });
        }
    }
  }

  all(kind: string): Named[] {
    return [...this.#found].filter(([key]) => key.startsWith(`${kind} `)).map(([, one]) => one);
  }

  /** Some tools write names without their prefix: those are found by the local name. */
  find(kind: string, node: XmlTree, attribute: string): Named | undefined {
    const value = node.attributes[attribute] ?? "";
    const exact = this.#found.get(`${kind} ${keyOf(resolve(node, value))}`);
    return exact ?? this.all(kind).find(({ name }) => name.local === resolve(node, value).local);
  }
}

/** The operations that the ports offer by SOAP, each once; `port` limits them to one port. */
export function readService(files: readonly ContractFile[], notes: Notes, port?: string): WsdlService {
  const definitions = new Definitions(files);
  const ports = definitions.services.flatMap((service) => portsOf(service, definitions, notes));
  const wanted = port === undefined ? ports : ports.filter(({ name }) => name === port);
  const version = wanted.some((one) => one.version === "1.1") || wanted.length === 0 ? "1.1" : "1.2";
  const chosen = wanted.filter((one) => one.version === version);
  if (ports.length === 0) return { version, operations: abstractOperations(definitions, notes), ports: [] };
  const operations: WsdlOperation[] = [];
  const seen = new Set<string>();
  for (const { name, binding } of chosen) {
    const key = keyOf(definitions.find("portType", binding.node, "type")?.name ?? binding.name);
    if (seen.has(key)) notes.add("same-operation", name);
    else operations.push(...operationsOf(definitions, binding.node, name, notes));
    seen.add(key);
  }
  for (const { name } of wanted.filter((one) => one.version !== version)) notes.add("same-operation", name);
  return { version, operations, ports: ports.map((one) => ({ name: one.name, version: one.version })) };
}

function portsOf(service: XmlTree, definitions: Definitions, notes: Notes) {
  return wsdlChildren(service, "port").flatMap((node) => {
    const name = node.attributes["name"] ?? "";
    const binding = definitions.find("binding", node, "binding");
    const soap = soapChild(binding?.node, "binding");
    const version = soap && SOAP[soap.uri];
    if (binding && version) return [{ name, binding, version }];
    notes.add(binding ? "other-binding" : "unknown-component", name);
    return [];
  });
}

/** A WSDL without a service: by its bindings, or, without these, by its port types in the usual style. */
function abstractOperations(definitions: Definitions, notes: Notes): WsdlOperation[] {
  notes.add("abstract-wsdl", "service", "document/literal over SOAP 1.1 is assumed where no binding says otherwise");
  const bindings = definitions.all("binding").filter(({ node }) => soapChild(node, "binding"));
  if (bindings.length > 0) return bindings.flatMap(({ node, name }) => operationsOf(definitions, node, name.local, notes));
  return definitions
    .all("portType")
    .flatMap(({ node, name }) =>
      wsdlChildren(node, "operation").flatMap((one) =>
        operation(definitions, { abstract: one, bound: undefined, style: "document", port: name.local }, notes),
      ),
    );
}

function operationsOf(definitions: Definitions, binding: XmlTree, port: string, notes: Notes): WsdlOperation[] {
  const type = definitions.find("portType", binding, "type");
  const style = soapChild(binding, "binding")?.attributes["style"] === "rpc" ? "rpc" : "document";
  const offered = type ? wsdlChildren(type.node, "operation") : [];
  const used = new Set<XmlTree>();
  return wsdlChildren(binding, "operation").flatMap((bound) => {
    const name = bound.attributes["name"];
    const inputName = wsdlChildren(bound, "input")[0]?.attributes["name"];
    const same = offered.filter((one) => one.attributes["name"] === name && !used.has(one));
    const abstract =
      same.find((one) => inputName !== undefined && wsdlChildren(one, "input")[0]?.attributes["name"] === inputName) ?? same[0];
    if (!abstract) return [];
    if (used.size > 0 && [...used].some((one) => one.attributes["name"] === name)) notes.add("overloaded-operation", name ?? "");
    used.add(abstract);
    return operation(definitions, { abstract, bound, style, port }, notes);
  });
}

interface Offered {
  abstract: XmlTree;
  bound: XmlTree | undefined;
  style: "document" | "rpc";
  port: string;
}

function operation(definitions: Definitions, { abstract, bound, style, port }: Offered, notes: Notes): WsdlOperation[] {
  const name = abstract.attributes["name"] ?? "";
  const [input, output] = [wsdlChildren(abstract, "input")[0], wsdlChildren(abstract, "output")[0]];
  if (!input || (output && abstract.children.indexOf(output) < abstract.children.indexOf(input))) {
    notes.add("not-request-response", name);
    return [];
  }
  const soap = soapChild(bound, "operation");
  const own = soap?.attributes["style"];
  const boundInput = bound && wsdlChildren(bound, "input")[0];
  const boundOutput = bound && wsdlChildren(bound, "output")[0];
  const found: WsdlOperation = {
    name,
    port,
    documentation: documentationOf(abstract),
    style: own === "rpc" || own === "document" ? own : style,
    encoded: bodyIn(boundInput, name, notes)?.attributes["use"] === "encoded",
    action: soap?.attributes["soapAction"] ?? "",
    input: messageOf(definitions, input, boundInput, name, notes),
    faults: wsdlChildren(abstract, "fault").flatMap((one) => partsOf(definitions, one).slice(0, 1)),
  };
  if (output) found.output = messageOf(definitions, output, boundOutput, name, notes);
  return [found];
}

/** `soap:body`, which may stand within MIME parts. */
function bodyIn(bound: XmlTree | undefined, name: string, notes: Notes): XmlTree | undefined {
  const direct = soapChild(bound, "body");
  const related = bound?.children.find((one) => one.uri === MIME && one.local === "multipartRelated");
  if (direct || !related) return direct;
  notes.add("attachment", name);
  return related.children.map((part) => soapChild(part, "body")).find((one) => one !== undefined);
}

function messageOf(definitions: Definitions, abstract: XmlTree, bound: XmlTree | undefined, name: string, notes: Notes): WsdlMessage {
  const all = partsOf(definitions, abstract);
  const body = bodyIn(bound, name, notes);
  const headers = (bound?.children ?? [])
    .filter((one) => SOAP[one.uri] !== undefined && one.local === "header")
    .flatMap((one) => {
      const message = definitions.find("message", one, "message");
      const parts = message ? partsIn(message.node) : all;
      return parts.filter((part) => part.name === one.attributes["part"]);
    });
  const named = body?.attributes["parts"]?.split(/\s+/).filter(Boolean);
  const isHeader = (part: WsdlPart) => headers.some((header) => header.node === part.node);
  const parts = all.filter((part) => (named ? named.includes(part.name) : !isHeader(part)));
  return { parts, headers, namespace: body?.attributes["namespace"] ?? "" };
}

function partsOf(definitions: Definitions, node: XmlTree): WsdlPart[] {
  const message = definitions.find("message", node, "message");
  return message ? partsIn(message.node) : [];
}

const partsIn = (message: XmlTree): WsdlPart[] =>
  wsdlChildren(message, "part").map((node) => ({
    name: node.attributes["name"] ?? "",
    node,
    ...(node.attributes["element"] === undefined ? {} : { element: node.attributes["element"] }),
    ...(node.attributes["type"] === undefined ? {} : { type: node.attributes["type"] }),
  }));
