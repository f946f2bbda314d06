/** Arguments of a SOAP request: plain values only, because the library writes some others silently wrong. */
import { textRefused } from "./xml-text.ts";

/** `undefined` is left out, null becomes `xsi:nil`; dates and numbers are written by the adapter as text. */
export type SoapValue = string | number | boolean | null | undefined | readonly SoapValue[] | SoapArguments;

/** Children by element name, in the order of the schema: soap 1.13 reorders them for named types only. */
export interface SoapArguments {
  readonly [element: string]: SoapValue;
}

/**
 * Refuses what the library would not escape: soap 1.13 writes a string between `<![CDATA[` and `]]>` raw, and the members
 * `$xml` and `_xml` as markup. Characters outside XML are refused later, on the whole envelope.
 */
export function checkArguments(system: string, value: SoapValue): void {
  if (typeof value === "string") {
    if (value.startsWith("<![CDATA[")) throw textRefused(system);
  } else if (Array.isArray(value)) {
    for (const one of value) checkArguments(system, one as SoapValue);
  } else if (typeof value === "object" && value !== null) {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null)
      throw new TypeError(`${system}: SOAP arguments are plain objects; dates are text`);
    for (const [name, inner] of Object.entries(value)) {
      if (name === "$xml" || name === "_xml") throw new TypeError(`${system}: SOAP arguments hold no raw XML`);
      checkArguments(system, inner as SoapValue);
    }
  }
}
