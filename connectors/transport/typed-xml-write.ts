/** Plain values to XML by the table of a service (see `typed-xml.ts`). Every text is escaped; order comes from the schema, never from the value. */
import { readStrictly } from "./strict-xml.ts";
import {
  isElement,
  isGroup,
  isLeaf,
  listLeaf,
  minOf,
  propertyOf,
  repeats,
  SOAP_ENC,
  type Wire,
  type WireElement,
  type WireGroup,
  type WireMessage,
  type WirePart,
  type WireType,
  XSD,
  XSI,
} from "./typed-xml.ts";
import { escapeXml, isXmlText, textRefused } from "./xml-text.ts";

type Members = Readonly<Record<string, unknown>>;

/** The message's element as XML, with every namespace declared on it. A text that XML cannot hold is `rejected` with TEXT_REFUSED. */
export function writeTyped(system: string, wire: Wire, message: WireMessage, value: unknown, encoded = false): string {
  const writer = new Writer(system, wire, encoded);
  const root: WireElement = { element: message.element, type: message.type };
  const inner = wire.types[message.type] ? value : (value as Members)["value"];
  return writer.element(root, inner, writer.declarations());
}

/** The elements of the SOAP header that the value's property `headers` holds, each as XML. */
export function writeHeaders(system: string, wire: Wire, message: WireMessage, value: unknown): string[] {
  const writer = new Writer(system, wire, false);
  const given = ((value as Members)["headers"] ?? {}) as Members;
  return (message.headers ?? []).flatMap((header) => {
    const one = given[propertyOf(header)];
    return one === undefined ? [] : [writer.element(header, one, writer.declarations())];
  });
}

class Writer {
  readonly #system: string;
  readonly #wire: Wire;
  readonly #encoded: boolean;

  constructor(system: string, wire: Wire, encoded: boolean) {
    this.#system = system;
    this.#wire = wire;
    this.#encoded = encoded;
  }

  declarations(): string {
    const own = Object.entries(this.#wire.namespaces).map(([prefix, uri]) => ` xmlns:${prefix}="${escapeXml(uri)}"`);
    const encoding = this.#encoded ? ` xmlns:xsd="${XSD}" xmlns:SOAP-ENC="${SOAP_ENC}"` : "";
    return `${own.join("")} xmlns:xsi="${XSI}"${encoding}`;
  }

  element(part: WireElement, value: unknown, more = ""): string {
    const name = part.element;
    if (value === undefined || value === null) return `<${name}${more} xsi:nil="true"/>`;
    const xsi = this.#encoded && part.xsi ? ` xsi:type="${part.xsi}"` : "";
    const type = this.#wire.types[part.type];
    if (type) return this.#complex(name, type, value as Members, more + xsi);
    return `<${name}${more}${xsi}>${this.#leaf(part.type, value)}</${name}>`;
  }

  #complex(name: string, type: WireType, value: Members, start: string): string {
    const derived = type.derived?.[String(value["xsiType"])];
    const actual = derived ? this.#wire.types[derived.type] : type;
    if (!actual) throw new TypeError(`${this.#system}: the wire table has no type ${derived?.type}`);
    const xsi = derived ? ` xsi:type="${derived.xsi}"` : "";
    const attributes = (actual.attributes ?? [])
      .map((one) => {
        const given = value[propertyOf(one)] ?? one.fixed;
        return given === undefined ? "" : ` ${one.attribute}="${this.#leaf(one.type, given)}"`;
      })
      .join("");
    const content = actual.text ? this.#leaf(actual.text, value["value"]) : this.#parts(actual.content ?? [], value);
    const array = actual.arrayOf && this.#encoded ? this.#arrayType(actual, value) : "";
    return `<${name}${start}${xsi}${array}${attributes}>${content}</${name}>`;
  }

  /** `SOAP-ENC:arrayType="tns:Item[2]"`. */
  #arrayType(type: WireType, value: Members): string {
    const items = Object.values(value)[0];
    const size = Array.isArray(items) ? items.length : 0;
    return ` SOAP-ENC:arrayType="${type.arrayOf}[${size}]" xsi:type="SOAP-ENC:Array"`;
  }

  #parts(parts: readonly WirePart[], value: Members): string {
    return parts.map((part) => this.#part(part, value)).join("");
  }

  #part(part: WirePart, value: Members): string {
    if (isElement(part)) return this.#occurrences(part, value[propertyOf(part)]);
    if (isGroup(part)) {
      if (!repeats(part)) return this.#group(part, value);
      const items = (value[part.as ?? ""] ?? []) as readonly Members[];
      return items.map((one) => this.#group(part, one)).join("");
    }
    const given = value[part.as];
    return (Array.isArray(given) ? given : given === undefined ? [] : [given]).map((one) => this.#fragment(String(one))).join("");
  }

  #occurrences(part: WireElement, value: unknown): string {
    if (repeats(part)) return ((value ?? []) as readonly unknown[]).map((one) => this.element(part, one)).join("");
    if (value === undefined) return part.nillable && minOf(part) > 0 ? this.element(part, undefined) : "";
    return this.element(part, value);
  }

  #group(part: WireGroup, value: Members): string {
    if (part.group !== "choice") {
      // An optional sequence without any of its members is not there at all.
      if (minOf(part) === 0 && !repeats(part) && !part.of.some((one) => isPresent(one, value))) return "";
      return this.#parts(part.of, value);
    }
    const branch = part.of.find((one) => isPresent(one, value) && isComplete(one, value)) ?? part.of.find((one) => isPresent(one, value));
    return branch ? this.#part(branch, value) : "";
  }

  #leaf(type: string, value: unknown): string {
    if (type === "xml") return this.#fragment(String(value), true);
    if (listLeaf(type)) return this.#text((value as readonly unknown[]).map(String).join(" "));
    if (!isLeaf(type)) throw new TypeError(`${this.#system}: the wire table has no type ${type}`);
    return this.#text(String(value));
  }

  #text(text: string): string {
    if (!isXmlText(text)) throw textRefused(this.#system);
    return escapeXml(text);
  }

  /** XML given as text is well formed and declares its own prefixes, or it is not sent. */
  #fragment(text: string, many = false): string {
    try {
      readStrictly(this.#system, many ? `<x>${text}</x>` : text, { open: () => undefined, text: () => undefined, close: () => undefined });
    } catch {
      throw textRefused(this.#system);
    }
    if (/^\s*<\?xml/.test(text)) throw textRefused(this.#system);
    return text;
  }
}

/** Whether the value has anything of this part. */
function isPresent(part: WirePart, value: Members): boolean {
  if (isElement(part)) return value[propertyOf(part)] !== undefined;
  if (!isGroup(part)) return value[part.as] !== undefined;
  return repeats(part) ? value[part.as ?? ""] !== undefined : part.of.some((one) => isPresent(one, value));
}

/** Whether it has all that the part requires. */
function isComplete(part: WirePart, value: Members): boolean {
  if (minOf(part) === 0) return true;
  if (!isGroup(part) || repeats(part)) return isPresent(part, value);
  return part.group === "choice" ? part.of.some((one) => isComplete(one, value)) : part.of.every((one) => isComplete(one, value));
}
