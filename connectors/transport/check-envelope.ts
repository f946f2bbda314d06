/** Reads a SOAP answer: refuses what is not one, finds faults, and gives the rest as a tree. */
import { CallFailure } from "../failure.ts";
import { readFault, type SoapFault } from "./read-fault.ts";
import { readStrictly, type StrictReading, type Tag, type XmlVisitor } from "./strict-xml.ts";
import { isDeclaration, plainXml, XSI, type XmlNode } from "./xml-tree.ts";

export type { SoapFault } from "./read-fault.ts";

/** The envelope's namespace by SOAP version. */
export const ENVELOPE_NAMESPACES = {
  "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
  "1.2": "http://www.w3.org/2003/05/soap-envelope",
} as const;
export type SoapVersion = keyof typeof ENVELOPE_NAMESPACES;

const VERSIONS: Readonly<Record<string, SoapVersion | undefined>> = {
  [ENVELOPE_NAMESPACES["1.1"]]: "1.1",
  [ENVELOPE_NAMESPACES["1.2"]]: "1.2",
};

export interface CheckedEnvelope {
  version: SoapVersion;
  /** The answer's element: its name and namespace. Absent for a fault. */
  body?: { name: string; namespace: string };
  /** The same element with all that is in it. */
  root?: XmlNode;
  /** Elements beside it, to which references of SOAP encoding lead. */
  referred: readonly XmlNode[];
  /** Elements of the header. */
  headers: readonly XmlNode[];
  fault?: SoapFault;
  /** Envelope and Body with prefix `soap`, without header, comments, CDATA, `xsi:*` and nil elements. Written when asked for. */
  readonly plain: string;
}

/** Checks an envelope, or throws `contract-broken` with NOT_SOAP, EMPTY_BODY or a code of `readStrictly`. */
export function checkEnvelope(system: string, text: string, reading: StrictReading = {}): CheckedEnvelope {
  if (!/<(?:[A-Za-z_][\w.-]*:)?Envelope[\s>]/.test(text)) refuse(system, "NOT_SOAP");
  const reader = new EnvelopeReader(system, reading.references ?? false);
  readStrictly(system, text, reader, reading);
  return reader.result();
}

function refuse(system: string, code: "NOT_SOAP" | "EMPTY_BODY" | "UNEXPECTED_RESPONSE"): never {
  throw new CallFailure("contract-broken", `${system}: the answer is not the SOAP answer expected (${code})`, { code });
}

class EnvelopeReader implements XmlVisitor {
  readonly #system: string;
  readonly #references: boolean;
  #version: SoapVersion | undefined;
  #namespace = "";
  #part: "Header" | "Body" | undefined;
  #bodies = 0;
  #root: XmlNode | undefined;
  readonly #referred: XmlNode[] = [];
  readonly #headers: XmlNode[] = [];
  /** Elements that are open, from the third level on. */
  readonly #open: XmlNode[] = [];
  #outer: Record<string, string> = {};

  constructor(system: string, references: boolean) {
    this.#system = system;
    this.#references = references;
  }

  open(tag: Tag, depth: number): void {
    if (depth === 1) return this.#envelope(tag);
    if (depth === 2) return this.#section(tag);
    const node: XmlNode = { tag, content: [] };
    if (depth > 3) this.#open.at(-1)?.content.push(node);
    else if (this.#part === "Header") this.#headers.push(node);
    else this.#answer(node);
    this.#open.push(node);
  }

  text(text: string): void {
    this.#open.at(-1)?.content.push(text);
  }

  close(depth: number): void {
    if (depth >= 3) this.#open.pop();
  }

  result(): CheckedEnvelope {
    if (this.#bodies !== 1 || !this.#version) return refuse(this.#system, "NOT_SOAP");
    const root = this.#root;
    if (!root) return refuse(this.#system, "EMPTY_BODY");
    const { tag } = root;
    const common = { version: this.#version, referred: this.#referred, headers: this.#headers };
    if (tag.local === "Fault" && tag.uri === this.#namespace) return { ...common, fault: readFault(root, this.#version), plain: "" };
    const [namespace, outer] = [this.#namespace, this.#outer];
    return {
      ...common,
      body: { name: tag.local, namespace: tag.uri },
      root,
      get plain() {
        return `<soap:Envelope xmlns:soap="${namespace}"><soap:Body>${plainXml(root, leftOut, outer)}</soap:Body></soap:Envelope>`;
      },
    };
  }

  #envelope(tag: Tag): void {
    this.#version = VERSIONS[tag.uri];
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

  #answer(node: XmlNode): void {
    if (!this.#root) this.#root = node;
    else if (this.#references && Object.values(node.tag.attributes).some(({ local }) => local.toLowerCase() === "id"))
      this.#referred.push(node);
    else refuse(this.#system, "UNEXPECTED_RESPONSE");
  }
}

const leftOut = (uri: string): boolean => uri === XSI || VERSIONS[uri] !== undefined;

function declarationsOf(tag: Tag): Record<string, string> {
  return Object.fromEntries(
    Object.values(tag.attributes)
      .filter(isDeclaration)
      .map(({ name, value }) => [name, value]),
  );
}
