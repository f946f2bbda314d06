/**
 * The body of an rpc request, literal or encoded. In place of the library's own, which takes the order of parts from the arguments, forgets
 * the wrapper's namespace, fails on null, and writes no types where SOAP encoding wants them.
 */
import type { WSDL } from "soap";
import type { SoapArguments, SoapValue } from "./soap-arguments.ts";
import type { SoapOperation } from "./soap-contract.ts";
import { escapeXml } from "./xml-text.ts";

const XSD = "http://www.w3.org/2001/XMLSchema";
const ENCODING = { "1.1": "http://schemas.xmlsoap.org/soap/encoding/", "1.2": "http://www.w3.org/2003/05/soap-encoding" } as const;

/** What we read of the library's elements of a schema. */
interface SchemaElement {
  name?: string;
  $name?: string;
  $type?: string;
  $base?: string;
  $form?: string;
  prefix?: string;
  xmlns?: Readonly<Record<string, string>> | string;
  schemaXmlns?: Readonly<Record<string, string>>;
  children?: readonly SchemaElement[];
  [attribute: `$${string}`]: string | undefined;
}

interface Schema {
  $elementFormDefault?: string;
  xmlns?: Readonly<Record<string, string>>;
  complexTypes: Readonly<Record<string, SchemaElement | undefined>>;
}

/** A type by namespace and name, as a part or a member declares it. */
interface TypeName {
  uri: string;
  local: string;
}

/** Writes the wrapper with its parts in the WSDL's order. `undefined` is left out, null is nil. A value for no part is a TypeError. */
export function writeRpc(wsdl: WSDL, operation: SoapOperation, args: SoapArguments, version: "1.1" | "1.2"): string {
  const parts = operation.method.input.parts ?? {};
  const foreign = Object.keys(args).find((name) => !Object.hasOwn(parts, name));
  if (foreign !== undefined) throw new TypeError(`${operation.name} has no part ${foreign}`);
  const encoded = operation.method.inputSoap?.use === "encoded";
  const writer = new RpcWriter(wsdl, encoded, ENCODING[version]);
  const written = Object.entries(parts).map(([name, part]) =>
    writer.member(name, args[name], partType(wsdl, part as SchemaElement | string)),
  );
  const style = encoded ? ` xmlns:enc="${ENCODING[version]}" soap:encodingStyle="${ENCODING[version]}" xmlns:xsd="${XSD}"` : "";
  return `<rpc:${operation.name} xmlns:rpc="${escapeXml(operation.namespace)}"${style}>${written.join("")}</rpc:${operation.name}>`;
}

function partType(wsdl: WSDL, part: SchemaElement | string): TypeName {
  if (typeof part === "string") return resolved(part, wsdl.definitions.xmlns as Record<string, string>);
  return { uri: String(part.xmlns ?? ""), local: part.$name ?? "" };
}

class RpcWriter {
  readonly #wsdl: WSDL;
  readonly #encoded: boolean;
  readonly #encoding: string;

  constructor(wsdl: WSDL, encoded: boolean, encoding: string) {
    this.#wsdl = wsdl;
    this.#encoded = encoded;
    this.#encoding = encoding;
  }

  /** An element with its value; a list for a member that is no encoded array repeats the element. */
  member(name: string, value: SoapValue, type: TypeName, namespace = ""): string {
    if (value === undefined) return "";
    const declared = namespace === "" ? "" : ` xmlns="${escapeXml(namespace)}"`;
    if (value === null) return `<${name}${declared} xsi:nil="true"/>`;
    const array = this.#encoded ? this.#arrayOf(type) : undefined;
    if (array && Array.isArray(value)) return this.#array(name, value as readonly SoapValue[], array);
    if (Array.isArray(value)) return value.map((one) => this.member(name, one as SoapValue, type, namespace)).join("");
    const inner = typeof value === "object" ? this.#struct(value as SoapArguments, type) : escapeXml(String(value));
    return `<${name}${declared}${this.#typed(type)}>${inner}</${name}>`;
  }

  #struct(value: SoapArguments, type: TypeName): string {
    const members = this.#members(type);
    const foreign = Object.keys(value).find((name) => !members.some((one) => one.name === name));
    if (foreign !== undefined) throw new TypeError(`the type ${type.local} has no member ${foreign}`);
    return members
      .map(({ name, type: inner, form }) => this.member(name, value[name], inner, !this.#encoded && form === "qualified" ? type.uri : ""))
      .join("");
  }

  /** Members of a complex type in their order, those of the type that it extends before its own. */
  #members(type: TypeName): Member[] {
    const schema = this.#schema(type.uri);
    const scope = this.#scope(type.uri);
    const within = (node: SchemaElement | undefined): Member[] =>
      (node?.children ?? []).flatMap((child) => {
        if (child.name !== "element") {
          const base = child.name === "extension" && child.$base !== undefined ? this.#members(resolved(child.$base, scope)) : [];
          return [...base, ...within(child)];
        }
        const form = child.$form ?? schema?.$elementFormDefault ?? "unqualified";
        const inner = resolved(child.$type ?? "xsd:string", { ...scope, ...ownScope(child) });
        return [{ name: child.$name ?? "", type: inner, form }];
      });
    return within(schema?.complexTypes[type.local]);
  }

  #array(name: string, items: readonly SoapValue[], item: TypeName): string {
    const inner = items.map((one) => this.member("item", one, item)).join("");
    const { prefix, declaration } = this.#prefixed(item);
    const size =
      this.#encoding === ENCODING["1.1"]
        ? `enc:arrayType="${prefix}:${item.local}[${items.length}]"`
        : `enc:itemType="${prefix}:${item.local}" enc:arraySize="${items.length}"`;
    return `<${name} xsi:type="enc:Array"${declaration} ${size}>${inner}</${name}>`;
  }

  #typed(type: TypeName): string {
    if (!this.#encoded) return "";
    const { prefix, declaration } = this.#prefixed(type);
    return `${declaration} xsi:type="${prefix}:${type.local}"`;
  }

  #prefixed({ uri }: TypeName): { prefix: string; declaration: string } {
    return uri === XSD ? { prefix: "xsd", declaration: "" } : { prefix: "t", declaration: ` xmlns:t="${escapeXml(uri)}"` };
  }

  /** The members' type when this is an array of SOAP encoding: `wsdl:arrayType="xsd:string[]"` on its restriction. */
  #arrayOf(type: TypeName): TypeName | undefined {
    const schema = this.#schema(type.uri);
    const restriction = deep(schema?.complexTypes[type.local], "restriction");
    const attribute = deep(restriction, "attribute");
    const stated = attribute && Object.entries(attribute).find(([key]) => key.endsWith(":arrayType"))?.[1];
    if (typeof stated !== "string") return undefined;
    return resolved(stated.replace(/\[[\d,]*\]$/, ""), this.#scope(type.uri));
  }

  #scope(uri: string): Record<string, string> {
    return { ...(this.#wsdl.definitions.xmlns as Record<string, string>), ...this.#schema(uri)?.xmlns };
  }

  #schema(uri: string): Schema | undefined {
    return (this.#wsdl.definitions.schemas as unknown as Record<string, Schema | undefined>)[uri];
  }
}

interface Member {
  name: string;
  type: TypeName;
  form: string;
}

const ownScope = ({ xmlns, schemaXmlns }: SchemaElement): Record<string, string> => ({
  ...schemaXmlns,
  ...(typeof xmlns === "object" ? xmlns : {}),
});

function deep(node: SchemaElement | undefined, name: string): SchemaElement | undefined {
  for (const child of node?.children ?? []) {
    const found = child.name === name ? child : deep(child, name);
    if (found) return found;
  }
  return undefined;
}

function resolved(name: string, scope: Readonly<Record<string, string>>): TypeName {
  const at = name.indexOf(":");
  const prefix = at < 0 ? "" : name.slice(0, at);
  return { uri: scope[prefix] ?? (prefix === "xsd" || prefix === "xs" ? XSD : ""), local: name.slice(at + 1) };
}
