/** What we read of a WSDL through the library: operations with the shapes of their answers. */
import { readFile } from "node:fs/promises";
import type { WSDL } from "soap";
import { ENVELOPE_NAMESPACES } from "./check-envelope.ts";
import { readStrictly } from "./strict-xml.ts";
import type { Shape } from "./soap-value.ts";

/** A part of an rpc message: the name of a simple type, or a type that has a description. */
export type Part = string | { description(definitions: unknown): Shape };

/** What we read of the library's description of a message. */
export interface SoapMessage {
  $name: string;
  targetNamespace?: string;
  parts?: Readonly<Record<string, Part>> | null;
  /** Set when the message is one element of a schema. */
  element?: unknown;
  description(definitions: unknown): Shape;
}

/** What we read of the library's description of an operation. */
export interface SoapMethod {
  style?: string;
  input: SoapMessage;
  /** Null for a one-way operation. */
  output?: SoapMessage | null;
  inputSoap?: { use?: string } | null;
  outputSoap?: { use?: string } | null;
}

/** An operation of our WSDL. */
export interface SoapOperation {
  name: string;
  service: string;
  port: string;
  method: SoapMethod;
  rpc: boolean;
  /** SOAP encoding, of the request or of the answer. */
  encoded: boolean;
  /** Of an rpc wrapper: `soap:body`'s own, else that of the WSDL. */
  namespace: string;
  /** Of the answer's element; computed once. */
  shape: Shape;
}

type Services = Record<string, { ports: Record<string, { binding: { style?: string; methods: Record<string, SoapMethod> } }> }>;

/** The operation's entry, or a TypeError. */
export function operationOf(wsdl: WSDL, name: string, bodyNamespaces: ReadonlyMap<string, string>): SoapOperation {
  const services = wsdl.definitions.services as unknown as Services;
  for (const [service, { ports }] of Object.entries(services))
    for (const [port, { binding }] of Object.entries(ports)) {
      const method = Object.hasOwn(binding.methods, name) ? binding.methods[name] : undefined;
      if (!method) continue;
      const rpc = (method.style ?? binding.style) === "rpc";
      const encoded = method.inputSoap?.use === "encoded" || method.outputSoap?.use === "encoded";
      const namespace = bodyNamespaces.get(name) ?? (wsdl.definitions as unknown as { $targetNamespace: string }).$targetNamespace;
      return { name, service, port, method, rpc, encoded, namespace, shape: shapeOf(wsdl, method, rpc) };
    }
  throw new TypeError(`the WSDL has no operation ${name}`);
}

function shapeOf(wsdl: WSDL, { output }: SoapMethod, rpc: boolean): Shape {
  if (!output) return undefined;
  if (rpc && output.parts && !output.element)
    return Object.fromEntries(
      Object.entries(output.parts).map(([name, part]) => [name, typeof part === "string" ? part : part?.description(wsdl.definitions)]),
    );
  const described = output.description(wsdl.definitions);
  return typeof described === "object" ? Object.values(described)[0] : described;
}

/** The shape of a named complex type. */
export function typeShape(wsdl: WSDL, uri: string | undefined, local: string): Shape {
  const found = (
    wsdl as unknown as { findSchemaObject(uri: string | undefined, name: string): { description?: unknown } | null }
  ).findSchemaObject(uri, local);
  if (typeof found?.description !== "function") return undefined;
  return (found as { description(definitions: unknown): Shape }).description(wsdl.definitions);
}

const SOAP_BINDINGS = new Set(["http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/"]);
const WSDL_NAMESPACE = "http://schemas.xmlsoap.org/wsdl/";

/** Operation to the `namespace` of its input's `soap:body`, which soap 1.13 forgets. */
export async function bodyNamespaces(file: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const path: string[] = [];
  let operation = "";
  readStrictly("wsdl", await readFile(file, "utf8"), {
    open: ({ local, uri, attributes }) => {
      path.push(local);
      if (uri === WSDL_NAMESPACE && local === "operation") operation = attributes["name"]?.value ?? "";
      const namespace = attributes["namespace"]?.value;
      if (local === "body" && SOAP_BINDINGS.has(uri) && path.at(-2) === "input" && namespace !== undefined) found.set(operation, namespace);
    },
    text: () => undefined,
    close: () => void path.pop(),
  });
  return found;
}

/** Content type and action of a request; in SOAP 1.2 an empty action is left out. */
export function actionHeaders(version: keyof typeof ENVELOPE_NAMESPACES, action: string): Record<string, string> {
  if (version === "1.1") return { "Content-Type": "text/xml; charset=utf-8", SOAPAction: `"${action}"` };
  return { "Content-Type": `application/soap+xml; charset=utf-8${action === "" ? "" : `; action="${action}"`}` };
}
