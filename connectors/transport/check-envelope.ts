/** Reads a SOAP answer before the library does: refuses what is not one, finds faults, and rewrites the rest in one plain form. */
import { CallFailure } from "../failure.ts";
import { readStrictly, type Tag, type XmlVisitor } from "./strict-xml.ts";
import { escapeXml } from "./xml-text.ts";

const ENVELOPES: Readonly<Record<string, "1.1" | "1.2">> = {
  "http://schemas.xmlsoap.org/soap/envelope/": "1.1",
  "http://www.w3.org/2003/05/soap-envelope": "1.2",
};
const XSI = "http://www.w3.org/2001/XMLSchema-instance";

/** A SOAP fault of either version. Its text and detail are the system's words: never in messages or logs. */
export interface SoapFault {
  version: "1.1" | "1.2";
  /** Local name of the code: `Server`, `Client`, `Receiver`, `Sender`, `FailedAuthentication` ... */
  code: string;
  codeNamespace: string | undefined;
  subcode: string | undefined;
  text: string;
  /** Text of the detail's innermost elements by local name; the last one of a name. */
  detail: Readonly<Record<string, string>>;
  /** The first element within the detail: by it a WSDL declares its faults. */
  detailElement?: { name: string; namespace: string };
}

export interface CheckedEnvelope {
  /** The answer's element: its name and namespace. Absent for a fault. */
  body?: { name: string; namespace: string };
  fault?: SoapFault;
  /** Envelope and Body with prefix `soap`, without header, comments, CDATA, `xsi:*` and nil elements: what the library may parse. */
  plain: string;
}

/** Checks an envelope, or throws `contract-broken` with NOT_SOAP, EMPTY_BODY or a code of `readStrictly`. */
export function checkEnvelope(system: string, text: string): CheckedEnvelope {
  if (!/<(?:[A-Za-z_][\w.-]*:)?Envelope[\s>]/.test(text)) refuse(system, "NOT_SOAP");
  const reader = new EnvelopeReader(system);
  readStrictly(system, text, reader);
  return reader.result();
}

function refuse(system: string, code: "NOT_SOAP" | "EMPTY_BODY" | "UNEXPECTED_RESPONSE"): never {
  throw new CallFailure("contract-broken", `${system}: the answer is not the SOAP answer expected (${code})`, { code });
}

class EnvelopeReader implements XmlVisitor {
  readonly #system: string;
  #version: "1.1" | "1.2" | undefined;
  #namespace = "";
  #part: "Header" | "Body" | undefined;
  #depth = 0;
  #bodies = 0;
  #body: { name: string; namespace: string } | undefined;
  #fault: FaultReader | undefined;
  /** Depth at which an element with xsi:nil began; everything within is left out. */
  #nilAt: number | undefined;
  readonly #names: string[] = [];
  readonly #out: string[] = [];
  #outer: Record<string, string> = {};

  constructor(system: string) {
    this.#system = system;
  }

  open(tag: Tag, depth: number): void {
    this.#depth = depth;
    if (depth === 1) return this.#envelope(tag);
    if (depth === 2) return this.#section(tag);
    if (this.#part !== "Body") return;
    if (depth === 3) this.#answer(tag);
    if (this.#fault) return this.#fault.open(tag, depth);
    if (this.#nilAt !== undefined) return;
    if (depth > 3 && isNil(tag)) {
      this.#nilAt = depth;
      return;
    }
    this.#names[depth] = tag.name;
    this.#out.push(`<${tag.name}${attributesOf(tag, depth === 3 ? this.#outer : {})}>`);
  }

  text(text: string): void {
    if (this.#part !== "Body" || this.#depth < 3) return;
    if (this.#fault) this.#fault.text(text);
    else if (this.#nilAt === undefined) this.#out.push(escapeXml(text));
  }

  close(depth: number): void {
    this.#depth = depth - 1;
    if (depth === 2) this.#part = undefined;
    if (depth < 3 || this.#part !== "Body") return;
    if (this.#fault) return this.#fault.close(depth);
    if (this.#nilAt === undefined) this.#out.push(`</${this.#names[depth]}>`);
    else if (this.#nilAt === depth) this.#nilAt = undefined;
  }

  result(): CheckedEnvelope {
    if (this.#bodies !== 1) return refuse(this.#system, "NOT_SOAP");
    if (!this.#body) return refuse(this.#system, "EMPTY_BODY");
    if (this.#fault) return { fault: this.#fault.result(this.#version ?? "1.1"), plain: "" };
    const plain = `<soap:Envelope xmlns:soap="${this.#namespace}"><soap:Body>${this.#out.join("")}</soap:Body></soap:Envelope>`;
    return { body: this.#body, plain };
  }

  #envelope(tag: Tag): void {
    this.#version = ENVELOPES[tag.uri];
    if (tag.local !== "Envelope" || !this.#version) refuse(this.#system, "NOT_SOAP");
    this.#namespace = tag.uri;
    this.#outer = declarationsOf(tag);
  }

  #section(tag: Tag): void {
    if (tag.uri !== this.#namespace || (tag.local !== "Header" && tag.local !== "Body")) refuse(this.#system, "NOT_SOAP");
    this.#part = tag.local as "Header" | "Body";
    if (this.#part === "Header") return;
    this.#bodies += 1;
    this.#outer = { ...this.#outer, ...declarationsOf(tag) };
  }

  #answer(tag: Tag): void {
    if (this.#body) refuse(this.#system, "UNEXPECTED_RESPONSE");
    this.#body = { name: tag.local, namespace: tag.uri };
    if (tag.local === "Fault" && tag.uri === this.#namespace) this.#fault = new FaultReader();
  }
}

/** Collects the leaves of a Fault; both versions name their parts differently. */
class FaultReader {
  readonly #path: string[] = [];
  readonly #leaves = new Map<string, string>();
  readonly #detail: Record<string, string> = Object.create(null) as Record<string, string>;
  #text = "";
  #scope: Record<string, string> = {};
  #codeScope: Record<string, string> = {};
  #detailElement: { name: string; namespace: string } | undefined;

  open(tag: Tag, depth: number): void {
    this.#path.length = depth - 3;
    this.#path[depth - 3] = tag.local;
    if (depth === 5 && this.#path[1]?.toLowerCase() === "detail") this.#detailElement ??= { name: tag.local, namespace: tag.uri };
    this.#text = "";
    this.#scope = tag.ns as unknown as Record<string, string>;
  }

  text(text: string): void {
    this.#text += text;
  }

  close(depth: number): void {
    const path = this.#path.slice(1, depth - 2);
    const value = this.#text.trim();
    this.#text = "";
    if (value === "") return;
    if (path[0]?.toLowerCase() === "detail") this.#detail[path.at(-1) ?? ""] = value;
    const key = path.join("/");
    this.#leaves.set(key, value);
    if (key === "faultcode" || key === "Code/Value") this.#codeScope = this.#scope;
  }

  result(version: "1.1" | "1.2"): SoapFault {
    const leaf = (old: string, recent: string) => this.#leaves.get(version === "1.1" ? old : recent) ?? "";
    const code = leaf("faultcode", "Code/Value");
    const [prefix, local] = code.includes(":") ? [code.slice(0, code.indexOf(":")), code.slice(code.indexOf(":") + 1)] : ["", code];
    const subcode = this.#leaves.get("Code/Subcode/Value");
    return {
      version,
      code: local,
      codeNamespace: prefix === "" ? undefined : this.#codeScope[prefix],
      subcode: subcode?.slice(subcode.indexOf(":") + 1),
      text: leaf("faultstring", "Reason/Text"),
      detail: this.#detail,
      ...(this.#detailElement ? { detailElement: this.#detailElement } : {}),
    };
  }
}

const isNil = (tag: Tag): boolean =>
  Object.values(tag.attributes).some(({ uri, local, value }) => uri === XSI && local === "nil" && /^\s*(true|1)\s*$/.test(value));

const isDeclaration = ({ name, prefix }: { name: string; prefix: string }): boolean => name === "xmlns" || prefix === "xmlns";

function declarationsOf(tag: Tag): Record<string, string> {
  return Object.fromEntries(
    Object.values(tag.attributes)
      .filter(isDeclaration)
      .map(({ name, value }) => [name, value]),
  );
}

/** Attributes as text, without `xsi:*` and `soap:*`, which would turn plain values into objects in the library. */
function attributesOf(tag: Tag, outer: Record<string, string>): string {
  const kept: Record<string, string> = { ...outer };
  for (const attribute of Object.values(tag.attributes))
    if (attribute.uri !== XSI && ENVELOPES[attribute.uri] === undefined) kept[attribute.name] = attribute.value;
  return Object.entries(kept)
    .map(([name, value]) => ` ${name}="${escapeXml(value)}"`)
    .join("");
}
