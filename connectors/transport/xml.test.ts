import { describe, expect, test } from "@jest/globals";
import { CallFailure } from "../failure.ts";
import { decodeXml } from "./decode.ts";
import { encodeXml } from "./encode.ts";
import { parseXml, writeXml } from "./xml.ts";

function codeOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof CallFailure) return `${error.kind}:${error.detail.code}`;
    throw error;
  }
  return "no failure";
}

describe("reading", () => {
  test("text stays text, accents and references are decoded, attributes are marked, repeated elements are always arrays", () => {
    const text =
      '<?xml version="1.0"?><r n="007"><code>00123</code><n>1e5</n><b>true</b><a>l&apos;et&#xE0; &lt;b&gt;</a><i>x</i><e/><c k="1">t</c><d><![CDATA[<q>]]></d></r>';
    expect(parseXml("tax", text, { repeated: ["i"] })).toEqual({
      r: { "@n": "007", code: "00123", n: "1e5", b: "true", a: "l'età <b>", i: ["x"], e: "", c: { "#text": "t", "@k": "1" }, d: "<q>" },
    });
  });

  test.each([
    ["nothing", "  ", "EMPTY"],
    ["plain text", "down", "MALFORMED"],
    ["a closing tag too many", "<r><a>1</b></r>", "MALFORMED"],
    ["a truncated document", "<r><a>1</a>", "MALFORMED"],
    ["two roots", "<a/><b/>", "MALFORMED"],
    ["an undeclared prefix", "<x:a/>", "MALFORMED"],
    ["U+0000", "<a>\u0000</a>", "ILLEGAL_CHARACTER"],
    ["a DOCTYPE", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "DOCTYPE"],
    ["65 levels", "<a>".repeat(65) + "</a>".repeat(65), "TOO_DEEP"],
    ["an element __proto__", "<a><__proto__>1</__proto__></a>", "DANGEROUS_NAME"],
    ["an attribute constructor", '<a constructor="1"/>', "DANGEROUS_NAME"],
    ["300 000 siblings", `<a>${"<b/>".repeat(230_000)}</a>`, "TOO_MANY_NODES"],
    ["more characters than allowed", `<a>${"x".repeat(1_000_000)}</a>`, "TOO_LARGE"],
    ["20 000 references", `<a>${"&lt;".repeat(20_000)}</a>`, "MALFORMED"],
  ])("%s is refused", (_, text, code) => {
    expect(codeOf(() => parseXml("tax", text))).toBe(`contract-broken:${code}`);
  });
});

describe("writing", () => {
  test("members keep their order, values are escaped, undefined is left out, and reading gives the same back", () => {
    const document = { r: { "@v": 'a"<\n', z: "1 & <2>", none: undefined, i: ["x", "y"], e: "", o: { "@k": "1", "#text": "t" } } };
    const text = writeXml("tax", document, "ISO-8859-1");
    expect(text).toBe(
      '<?xml version="1.0" encoding="ISO-8859-1"?><r v="a&quot;&lt;&#xA;"><z>1 &amp; &lt;2&gt;</z><i>x</i><i>y</i><e></e><o k="1">t</o></r>',
    );
    const { none: _, ...rest } = document.r;
    expect(parseXml("tax", text)).toEqual({ r: rest });
  });

  test.each(["a\u0000", "a\u0008", "\ud800", "\ufffe"])("text %j is rejected", (text) => {
    expect(codeOf(() => writeXml("tax", { r: text }))).toBe("rejected:TEXT_REFUSED");
    expect(codeOf(() => writeXml("tax", { r: { "@a": text } }))).toBe("rejected:TEXT_REFUSED");
  });

  test("a CDATA string is only text", () => {
    expect(writeXml("tax", { r: "<![CDATA[x]]>" })).toContain("<r>&lt;![CDATA[x]]&gt;</r>");
  });
});

describe("encodings", () => {
  test("what ISO-8859-1 lacks goes as a reference and comes back", () => {
    const bytes = encodeXml("<a>è € 😀 \u0085</a>", "ISO-8859-1");
    expect(bytes.toString("latin1")).toBe("<a>è &#x20AC; &#x1F600; &#x85;</a>");
    expect(parseXml("tax", decodeXml("tax", bytes, "text/xml; charset=ISO-8859-1"))).toEqual({ a: "è € 😀 \u0085" });
  });

  test("a mark wins over the header, the header over the declaration, and UTF-8 is the rest", () => {
    const declared = '<?xml version="1.0" encoding="ISO-8859-1"?><a>è</a>';
    expect(decodeXml("s", Buffer.from(`\ufeff${declared}`, "utf8"), "text/xml; charset=iso-8859-1")).toBe(declared);
    expect(decodeXml("s", Buffer.from(declared, "utf8"), 'text/xml; charset="utf-8"')).toBe(declared);
    expect(decodeXml("s", Buffer.from(declared, "latin1"), "text/xml")).toBe(declared);
    expect(decodeXml("s", Buffer.from("<a>è</a>", "utf8"), undefined)).toBe("<a>è</a>");
  });

  test("UTF-16 without a mark is recognised in both orders", () => {
    const little = Buffer.from("<a>è</a>", "utf16le");
    expect(decodeXml("s", little, undefined)).toBe("<a>è</a>");
    expect(decodeXml("s", Buffer.from(little).swap16(), undefined)).toBe("<a>è</a>");
  });
});
