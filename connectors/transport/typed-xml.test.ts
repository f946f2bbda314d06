import { describe, expect, test } from "@jest/globals";
import { CallFailure } from "../failure.ts";
import { envelopeOf } from "./soap-service.ts";
import type { Wire, WireMessage } from "./typed-xml.ts";
import { bodyOf, readTyped } from "./typed-xml-read.ts";
import { writeTyped } from "./typed-xml-write.ts";

const many = { min: 0, max: "many" } as const;
const wire: Wire = {
  version: "1.1",
  namespaces: { t: "urn:t" },
  operations: {},
  types: {
    Root: {
      attributes: [
        { attribute: "id", type: "int", required: true },
        { attribute: "v", type: "text", fixed: "2" },
      ],
      content: [
        {
          group: "sequence",
          of: [
            { element: "t:name", type: "text" },
            { element: "t:day", type: "token", nillable: true },
            {
              group: "choice",
              of: [
                { element: "t:a", type: "int" },
                {
                  group: "sequence",
                  of: [
                    { element: "t:b", type: "boolean" },
                    { element: "t:c", type: "text", min: 0 },
                  ],
                },
              ],
            },
            {
              group: "choice",
              as: "items",
              ...many,
              of: [
                { element: "t:plus", type: "int" },
                { element: "t:minus", type: "int" },
              ],
            },
            { element: "t:amount", type: "Amount", min: 0 },
            { element: "t:shape", type: "Shape", ...many },
            { element: "t:list", type: "int[]", min: 0 },
            { element: "plain", type: "text", min: 0 },
            { any: true, as: "any", ...many },
          ],
        },
      ],
    },
    Amount: { attributes: [{ attribute: "currency", type: "text" }], text: "token" },
    Shape: { derived: { Circle: { xsi: "t:Circle", type: "Circle" }, Square: { xsi: "t:Square", type: "Square" } } },
    Circle: { content: [{ element: "t:radius", type: "token" }] },
    Square: { content: [{ element: "t:side", type: "token" }] },
  },
};
const message: WireMessage = { element: "t:root", type: "Root" };
const whole = {
  id: 7,
  v: "2",
  name: "È <b> & 'à'",
  day: "2026-11-22",
  b: true,
  items: [{ plus: 1 }, { minus: 2 }, { plus: 3 }],
  amount: { currency: "EUR", value: "12.50" },
  shape: [
    { xsiType: "Square", side: "1" },
    { xsiType: "Circle", radius: "2" },
  ],
  list: [1, 2, 3],
  plain: "p",
  any: ['<x:y xmlns:x="urn:x">1</x:y>'],
};

const write = (value: unknown) => writeTyped("test", wire, message, value);
const read = (xml: string, strict = false) => readTyped("test", wire, message, bodyOf("test", envelopeOf("1.1", xml)), { strict });
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof CallFailure) return error.detail.code;
    throw error;
  }
  return "none";
};
const root = (inner: string, start = 'id="1"') =>
  `<t:root xmlns:t="urn:t" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ${start}>${inner}</t:root>`;

describe("typed XML", () => {
  test("what is written is read again, strictly", () => {
    const { any, ...rest } = read(write(whole), true) as typeof whole;
    const { any: _, ...expected } = whole;
    expect(rest).toEqual(expected);
    expect(any[0]).toContain('xmlns:x="urn:x"');
    expect(any[0]).toMatch(/^<x:y [^>]*>1<\/x:y>$/);
  });

  test("elements are written in the schema's order, whatever the value's", () => {
    const xml = write(Object.fromEntries(Object.entries(whole).toReversed()));
    expect(xml).toBe(write(whole));
    expect(xml.indexOf("<t:name>")).toBeLessThan(xml.indexOf("<t:b>"));
  });

  test("a required element without a value is nil, and nil is absent", () => {
    const xml = write({ id: 1, name: "n", a: 1 });
    expect(xml).toContain('<t:day xsi:nil="true"/>');
    expect(read(xml)).toEqual({ id: 1, v: "2", name: "n", a: 1 });
  });

  test("an empty element is absent unless it is text", () => {
    expect(read(root("<t:name/><t:day/><t:a>1</t:a>"))).toEqual({ id: 1, name: "", a: 1 });
  });

  test("answers may have more, in another order, in no namespace; requests to a simulator may not", () => {
    const loose = root("<t:day>2026-11-22</t:day><name>n</name><t:new>x</t:new><t:a>1</t:a>");
    expect(read(loose)).toMatchObject({ name: "n", day: "2026-11-22", a: 1 });
    expect(codeOf(() => read(loose, true))).toBe("UNEXPECTED_ELEMENT");
  });

  test("a value that is not of its leaf stays text, for the contract to refuse", () => {
    expect(read(root("<t:name>n</t:name><t:day>d</t:day><t:a>12abc</t:a>"))).toMatchObject({ a: "12abc" });
    expect(read(root("<t:name>n</t:name><t:day>d</t:day><t:a>99999999999999999999</t:a>"))).toMatchObject({ a: "99999999999999999999" });
  });

  test("another element and an unknown derived type break the contract", () => {
    expect(codeOf(() => read('<t:other xmlns:t="urn:t"/>'))).toBe("UNEXPECTED_RESPONSE");
    expect(codeOf(() => read('<root xmlns="urn:other"/>'))).toBe("UNEXPECTED_RESPONSE");
    const shape = '<t:name>n</t:name><t:day>d</t:day><t:a>1</t:a><t:shape xsi:type="t:Star"/>';
    expect(codeOf(() => read(root(shape)))).toBe("UNKNOWN_TYPE");
  });

  test("no value becomes markup", () => {
    expect(write({ ...whole, name: "<![CDATA[x]]></t:name><t:evil/>" })).not.toContain("<t:evil");
    expect(codeOf(() => write({ ...whole, name: "a\u0000b" }))).toBe("TEXT_REFUSED");
    expect(codeOf(() => write({ ...whole, any: ["<a></a><b/>"] }))).toBe("TEXT_REFUSED");
    expect(codeOf(() => write({ ...whole, any: ["<!DOCTYPE a><a/>"] }))).toBe("TEXT_REFUSED");
    expect(codeOf(() => write({ ...whole, any: ["</t:root>"] }))).toBe("TEXT_REFUSED");
  });

  test("a long list takes no quadratic time", () => {
    const items = Array.from({ length: 40_000 }, (_, index) => ({ plus: index }));
    const value = read(write({ id: 1, name: "n", day: "d", a: 1, items })) as { items: unknown[] };
    expect(value.items).toHaveLength(40_000);
  });

  test("a repeated choice is read as XSD means it: whole lists of it, one choice at a time", () => {
    const xml = root("<t:name>n</t:name><t:day>d</t:day><t:a>1</t:a><t:plus>1</t:plus><t:plus>2</t:plus><t:minus>3</t:minus>");
    expect(read(xml, true)).toMatchObject({ items: [{ plus: 1 }, { plus: 2 }, { minus: 3 }] });
  });
});

describe("SOAP encoding", () => {
  const encoded: Wire = {
    version: "1.1",
    namespaces: { t: "urn:t" },
    operations: {},
    types: {
      Call: { content: [{ element: "entries", type: "Entries" }] },
      Entries: { arrayOf: "t:Entry", content: [{ element: "item", type: "Entry", ...many, xsi: "t:Entry" }] },
      Entry: { content: [{ element: "n", type: "int", xsi: "xsd:int" }] },
    },
  };
  const call: WireMessage = { element: "t:call", type: "Call" };

  test("writes types and the size of arrays, and takes members of any name", () => {
    const xml = writeTyped("test", encoded, call, { entries: { item: [{ n: 1 }, { n: 2 }] } }, true);
    expect(xml).toContain('SOAP-ENC:arrayType="t:Entry[2]"');
    expect(xml).toContain('<n xsi:type="xsd:int">1</n>');
    const answer = xml.replaceAll("<item", "<Entry").replaceAll("</item>", "</Entry>");
    expect(readTyped("test", encoded, call, bodyOf("test", envelopeOf("1.1", answer)))).toEqual({
      entries: { item: [{ n: 1 }, { n: 2 }] },
    });
  });
});
