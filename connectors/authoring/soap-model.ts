/** From a WSDL's operations to the model: their messages as types, their names, and whether they change anything. */
import type { ContractFile } from "./documents.ts";
import type { ElementPart, Message, Model, ModelOperation, TypeRef } from "./model.ts";
import { codeName, operationName, propertyName, Unique } from "./names.ts";
import type { Notes } from "./notes.ts";
import { readService, type WsdlMessage, type WsdlOperation, type WsdlPart } from "./wsdl.ts";
import { Components, type SchemaContext } from "./xsd-components.ts";
import { ContentBuilder, Scope } from "./xsd-content.ts";
import { TypeBuilder } from "./xsd-types.ts";
import { resolve } from "./xml-tree.ts";

/** Names by which a read is recognised, in English and Italian; everything else is taken for a write. */
const READS =
  /^(get|find|search|list|read|query|check|verify|lookup|fetch|retrieve|count|exists|status|show|view|ping|echo|test|interroga|consulta|cerca|ricerca|leggi|lettura|elenco|lista|verifica|visualizza|richiesta_?stato|stato|dettaglio|estrai|estrazione|ottieni|recupera|scarico|paverify|mprocessingstatus)/i;

/** Whether the name of an operation says that it changes nothing. */
export const looksLikeRead = (name: string): boolean => READS.test(name);

export interface SoapChoice {
  /** Names in the WSDL; all when absent. */
  operations?: readonly string[];
  /** Operations known to be reads, by their name in the WSDL. */
  reads?: readonly string[];
  port?: string;
}

/** The operations that can be chosen, as the WSDL names them. */
export function soapOperations(
  files: readonly ContractFile[],
  notes: Notes,
  port?: string,
): { name: string; documentation: string; port: string }[] {
  return readService(files, notes, port).operations.map(({ name, documentation, port: of }) => ({ name, documentation, port: of }));
}

const UNQUALIFIED: SchemaContext = { targetNamespace: "", qualifiedElements: false, qualifiedAttributes: false };

/** The model of the chosen operations with all types that they need. */
export function soapModel(files: readonly ContractFile[], choice: SoapChoice, notes: Notes): Model {
  const service = readService(files, notes, choice.port);
  const builder = new TypeBuilder(new Components(files, notes), notes);
  const names = new Unique();
  const chosen = service.operations.filter(({ name }) => choice.operations?.includes(name) ?? true);
  const operations = chosen.map((one) => operationOf(one, builder, names, choice.reads ?? []));
  return { version: service.version, namespaces: builder.namespaces, types: builder.types, operations };
}

function operationOf(one: WsdlOperation, builder: TypeBuilder, names: Unique, reads: readonly string[]): ModelOperation {
  const { notes } = builder;
  const known = reads.includes(one.name);
  const effect = known || looksLikeRead(one.name) ? "read" : "write";
  if (!known) notes.add("assumed-effect", one.name, effect);
  if (one.encoded) notes.add("encoded", one.name);
  const wanted = operationName(one.name);
  const name = names.take(wanted);
  if (one.output?.headers.length) notes.add("header", one.name, one.output.headers.map((part) => part.name).join(", "));
  if (!one.output) notes.add("one-way", one.name);
  const taken = new Unique();
  const faults = one.faults.flatMap((part) => {
    if (part.element === undefined) return [];
    const { uri, local } = resolve(part.node, part.element);
    return [[builder.prefixed({ uri, local }), taken.take(codeName(local))] as const];
  });
  return {
    name,
    wsdlName: one.name,
    documentation: one.documentation,
    effect,
    action: one.action,
    request: messageOf(one, one.input, one.name, builder),
    ...(one.output ? { answer: messageOf(one, one.output, `${one.name}Response`, builder) } : {}),
    faults: Object.fromEntries(faults),
    encoded: one.encoded,
  };
}

function messageOf(one: WsdlOperation, message: WsdlMessage, wrapper: string, builder: TypeBuilder): Message {
  const scope = new Scope();
  const isRequest = message === one.input;
  const headers = isRequest ? message.headers.flatMap((part) => headerOf(part, builder, scope)) : [];
  if (headers.length > 0) builder.notes.add("header-input", one.name, headers.map(({ property }) => property).join(", "));
  if (one.style === "rpc") {
    const type = builder.synthetic(`${one.name}-${isRequest ? "input" : "output"}`, (_content, own) =>
      message.parts.map((part) => rpcPart(part, builder, own)),
    );
    return { element: builder.prefixed({ uri: message.namespace, local: wrapper }), type: { kind: "complex", name: type.name }, headers };
  }
  if (message.parts.length > 1) builder.notes.add("several-parts", one.name, message.parts.map(({ name }) => name).join(", "));
  const [part] = message.parts;
  const component = part?.element === undefined ? undefined : builder.components.named("element", part.node, part.element, UNQUALIFIED);
  if (part && component) {
    const type = builder.ofElement(component.node, component.schema, component.name.local);
    return { element: builder.prefixed(component.name), type, headers };
  }
  if (part?.type !== undefined) return { element: part.name, type: builder.ofName(part.node, part.type, UNQUALIFIED, wrapper), headers };
  if (part) builder.notes.add("unknown-component", one.name, part.element ?? part.name);
  return { element: part?.element ? builder.prefixed(resolve(part.node, part.element)) : wrapper, type: { kind: "xml" }, headers };
}

/** Parts of rpc style are elements without namespace, named as the part. */
function rpcPart(part: WsdlPart, builder: TypeBuilder, scope: Scope): ElementPart {
  const component = part.element === undefined ? undefined : builder.components.named("element", part.node, part.element, UNQUALIFIED);
  const type: TypeRef = component
    ? builder.ofElement(component.node, component.schema, component.name.local)
    : builder.ofName(part.node, part.type ?? "string", UNQUALIFIED, part.name);
  const name = component ? builder.prefixed(component.name) : part.name;
  return {
    kind: "element",
    name,
    property: scope.property(propertyName(part.name), name, []),
    min: 1,
    max: 1,
    nillable: false,
    type,
    documentation: "",
  };
}

function headerOf(part: WsdlPart, builder: TypeBuilder, scope: Scope): ElementPart[] {
  const component = part.element === undefined ? undefined : builder.components.named("element", part.node, part.element, UNQUALIFIED);
  if (!component) return [];
  // A header is optional in the contract: whether the system insists on it, the WSDL does not say.
  return [new ContentBuilder(builder, "header").declared(component.node, component.schema, scope, [], { min: 0, max: 1 }, "qualified")];
}
