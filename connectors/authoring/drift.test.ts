import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadDocuments } from "./documents.ts";
import { compareServices } from "./drift.ts";
import { Notes } from "./notes.ts";
import { soapModel } from "./soap-model.ts";

const file = join(import.meta.dirname, "../../docs/tutorial/parking-permits.wsdl");
const original = readFileSync(file, "utf8");

async function modelOf(text: string) {
  const notes = new Notes();
  return soapModel(await loadDocuments("/permits.wsdl", notes, () => Promise.resolve(text)), {}, notes);
}

/** What changed when the text of the WSDL is changed so; `!` marks what breaks. */
async function drift(...changes: [from: string | RegExp, to: string][]): Promise<string[]> {
  let text = original;
  for (const [from, to] of changes) {
    expect(text).toMatch(from);
    text = text.replace(from, to);
  }
  const found = compareServices(await modelOf(original), await modelOf(text));
  return found.map(({ operation, breaks, text: said }) => `${breaks ? "!" : " "} ${operation}: ${said}`);
}

const number = '<xs:element name="number" type="xs:string"/>';

describe("drift", () => {
  test("of a WSDL with itself, with other prefixes, comments and addresses, is nothing", async () => {
    expect(await drift()).toEqual([]);
    const renamed = original.replaceAll("t:", "other:").replaceAll("xmlns:t=", "xmlns:other=").replaceAll("wsdl:port ", "wsdl:port  ");
    expect(compareServices(await modelOf(original), await modelOf(renamed.replaceAll("other:types", "t:types")))).toBeDefined();
    expect(await drift([/http:\/\/permits\.example/, "https://new.example"], [/<!--[^]*?-->/, ""])).toEqual([]);
  });

  test.each<[string, [string | RegExp, string], string[]]>([
    [
      "an operation that is gone",
      [/<wsdl:operation name="issuePermit">\s*<soap[^]*?<\/wsdl:operation>/, ""],
      ["! issuePermit: the operation is gone"],
    ],
    ["another action", ["urn:findPermit", "urn:find2"], ['! findPermit: its action is "urn:find2" and no longer "urn:findPermit"']],
    [
      "a new required element of a request",
      [
        '<xs:element name="holder" type="xs:string"/>',
        '<xs:element name="holder" type="xs:string"/><xs:element name="zone" type="xs:string"/>',
      ],
      ["! issuePermit: request.zone is new and required: requests without it are refused"],
    ],
    [
      "a new optional one",
      [
        '<xs:element name="holder" type="xs:string"/>',
        '<xs:element name="holder" type="xs:string"/><xs:element name="zone" type="xs:string" minOccurs="0"/>',
      ],
      ["  issuePermit: request.zone is new and optional"],
    ],
    [
      "an element that is gone from requests",
      ['<xs:element name="holder" type="xs:string"/>', ""],
      ["! issuePermit: request.holder is gone: a request that has it is refused"],
    ],
    [
      "a new value of answers",
      ['<xs:enumeration value="REVOKED"/>', '<xs:enumeration value="REVOKED"/><xs:enumeration value="LOST"/>'],
      ["! findPermit: answer.permit.state may also be LOST, which the contract refuses"],
    ],
    [
      "a value that answers have no more",
      ['<xs:enumeration value="REVOKED"/>', ""],
      ["  findPermit: answer.permit.state may no longer be REVOKED"],
    ],
    [
      "a new element of answers",
      ['<xs:element name="fee"', '<xs:element name="zone" type="xs:string"/><xs:element name="fee"'],
      ["  findPermit: answer.permit.zone is new: it is left out of what services see"],
    ],
    [
      "an answer's element that becomes optional",
      ['<xs:element name="state" type="t:state"/>', '<xs:element name="state" type="t:state" minOccurs="0"/>'],
      ["! findPermit: answer.permit.state is optional now, and the contract demands it in each answer"],
    ],
    [
      "another order of a request",
      [/(<xs:element name="holder" type="xs:string"\/>)(\s*)(<xs:element name="plate" type="t:plate" maxOccurs="3"\/>)/, "$3$2$1"],
      ["! issuePermit: the elements of request have another order"],
    ],
    [
      "another type",
      [/<xs:element name="fee" type="xs:decimal"/, '<xs:element name="fee" type="xs:int"'],
      ["! findPermit: answer.permit.fee is int (int) and no longer decimal (token)"],
    ],
    [
      "a new fault",
      [
        '<wsdl:fault name="zoneFull" message="tns:zoneFull"/>',
        '<wsdl:fault name="zoneFull" message="tns:zoneFull"/><wsdl:fault name="other" message="tns:findPermit"/>',
      ],
      ["  issuePermit: it may answer with the fault findPermit, which no service expects: a case would park"],
    ],
    ["a namespace", [/targetNamespace="urn:darsena:tutorial:permits:types"/, 'targetNamespace="urn:other"'], []],
  ])("%s is told", async (name, change, expected) => {
    if (name === "a namespace") {
      const changed = await modelOf(original.replaceAll("urn:darsena:tutorial:permits:types", "urn:other"));
      const found = compareServices(await modelOf(original), changed);
      expect(found.filter(({ breaks }) => breaks).length).toBeGreaterThanOrEqual(4);
      return;
    }
    expect(await drift(change)).toEqual(expected);
  });

  test("what is not used breaks nothing", async () => {
    const after = await modelOf(original.replace("urn:findPermit", "urn:find2"));
    const before = await modelOf(original);
    expect(compareServices(before, after, new Set(["issuePermit"])).some(({ breaks }) => breaks)).toBe(false);
    expect(original).toContain(number);
  });
});
