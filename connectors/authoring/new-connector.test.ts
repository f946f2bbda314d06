import { describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { connectorNames } from "./connector-names.ts";
import { loadDocuments, pinned } from "./documents.ts";
import { codeName, operationName, propertyName, typeName } from "./names.ts";
import { openWsdl, soapConnector } from "./new-connector.ts";
import { NoOperations } from "./no-operations.ts";
import { Notes } from "./notes.ts";
import { FileRefused } from "./xml-tree.ts";

const fixture = (name: string) => join(import.meta.dirname, "fixtures", name);

/** The files of a connector by their path below its folder. */
async function filesOf(wsdl: string, wish: object = {}): Promise<Record<string, string>> {
  const { files } = soapConnector(await openWsdl(fixture(wsdl)), { names: connectorNames("fixture", "soap"), ...wish });
  return Object.fromEntries(files.map(({ path, text }) => [path.replace("fixture/", ""), text]));
}

/** A WSDL with one operation whose request has this content, with further components. */
const wsdlWith = (content: string, more = "") => `<?xml version="1.0"?>
<wsdl:definitions targetNamespace="urn:w" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:w="urn:w" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<wsdl:types><xs:schema targetNamespace="urn:w" elementFormDefault="qualified"><xs:element name="send"><xs:complexType><xs:sequence>${content}</xs:sequence></xs:complexType></xs:element>${more}</xs:schema></wsdl:types>
<wsdl:message name="m"><wsdl:part name="p" element="w:send"/></wsdl:message>
<wsdl:portType name="P"><wsdl:operation name="send"><wsdl:input message="w:m"/><wsdl:output message="w:m"/></wsdl:operation></wsdl:portType>
<wsdl:binding name="B" type="w:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/><wsdl:operation name="send"><soap:operation soapAction="a"/><wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation></wsdl:binding>
<wsdl:service name="S"><wsdl:port name="Q" binding="w:B"/></wsdl:service></wsdl:definitions>`;

async function generated(content: string, more = "") {
  const notes = new Notes();
  const files = await loadDocuments("/x.wsdl", notes, () => Promise.resolve(wsdlWith(content, more)));
  const made = soapConnector({ files, notes, operations: [] }, { names: connectorNames("fixture", "soap") });
  const textOf = (path: string) => made.files.find((one) => one.path === path)?.text ?? "";
  return { contract: textOf("fixture/contract.ts"), wire: textOf("fixture/soap/wire.ts"), notes: made.notes.map(({ code }) => code) };
}

const squeezed = (text: string): string => text.replaceAll(/\s+/g, "");

describe("a connector from a WSDL", () => {
  test.each<[construct: string, code: string]>([
    ["a nillable date", "date: XsdDate.optional(),"],
    ["money with facets", 'export const Money = XsdDecimal.refine(...within({ fractionDigits: "2", min: "0.01" }));'.replace('"2"', "2")],
    ["a long", "long: XsdInteger,"],
    ["a bounded integer", "digits: z.int().min(10).max(99999),"],
    ["an integer with leading zeros", "padded: XsdInteger.regex(/^[0-9]{5}$/u)"],
    ["a pattern with a subtraction", "subtracted: z.string().regex(/^(?:(?![aeiou])[a-z]){3}$/u),"],
    ["enumerated integers", "export const Level = z.literal([10, 20]);"],
    ["a list", "export const Numbers = z.array(z.int()"],
    ["a union", "export const Either = z.union([XsdInteger"],
    ["a choice with a sequence", '.refine(...oneOf("required", ["id"], ["name", "born?"]))'],
    ["an optional sequence", '.refine(...oneOf("optional", ["from", "to"]))'],
    ["a choice from a group", '.refine(...oneOf("required", ["phone"], ["mail"]))'],
    ["a repeated choice", "items: z.array(z.strictObject({ plus: z.int()"],
    ["a type that holds itself", "get branch(): z.ZodOptional<z.ZodArray<typeof Tree>> {"],
    ["an abstract type", 'z.discriminatedUnion("xsiType", [Circle.safeExtend({ xsiType: z.literal("Circle") })'],
    ["a substitution group", "animal: z.array(z.strictObject({ cat: z.string().optional(), dog: z.string().optional() })"],
    ["an extension with attributes", "kind: z.string().optional(),"],
    ["simple content with an attribute", "currency: z.string(),"],
    ["a fixed attribute", 'version: z.literal("2").optional(),'],
    ["a chameleon include", "export const IncludedCode = z.string().min(3);"],
    ["xs:any", "any: z.array(XmlText).optional(),"],
    ["xs:anyType", "what: XmlText,"],
    ["a name that is no identifier", "eMail: z.string().optional(),"],
    ["a header", "headers: z.strictObject({ context: z.string().optional() }).optional()"],
    ["a comment that would end a comment", "One of each * / kind."],
    ["a declared fault", 'rejections: ["NOT_STORED_FAULT"],'],
    ["a one-way operation", "output: z.strictObject({}),"],
  ])("%s", async (_, code) => {
    expect(squeezed((await filesOf("constructs.wsdl"))["contract.ts"] ?? "")).toContain(squeezed(code));
  });

  test("keeps what the contract imports, with references that lead to the kept files", async () => {
    const files = await filesOf("constructs.wsdl");
    expect(Object.keys(files).filter((path) => path.startsWith("soap/wsdl/"))).toEqual([
      "soap/wsdl/service.wsdl",
      "soap/wsdl/constructs.xsd",
      "soap/wsdl/chameleon.xsd",
    ]);
    expect(files["soap/wsdl/chameleon.xsd"]).toContain('encoding="UTF-8"');
    const again = pinned(await loadDocuments(fixture("constructs.wsdl"), new Notes()), "service.wsdl");
    expect(again.map(({ name }) => name)).toEqual(["service.wsdl", "constructs.xsd", "chameleon.xsd"]);
  });

  test("the conformance suite comes along for connectors of the project only", async () => {
    expect(await filesOf("spyne.wsdl")).toHaveProperty(["soap/conformance.test.ts"]);
    expect(await filesOf("spyne.wsdl", { kit: { fromContract: "../x", fromAdapter: "../../x" } })).not.toHaveProperty([
      "soap/conformance.test.ts",
    ]);
  });

  test("an element of the schema's own namespace, as .NET writes it, has its prefix declared", async () => {
    const { contract, wire, notes } = await generated(
      '<xs:element name="set"><xs:complexType><xs:sequence><xs:element ref="xs:schema"/><xs:any/></xs:sequence></xs:complexType></xs:element>',
    );
    expect(wire).toContain('"http://www.w3.org/2001/XMLSchema"');
    expect(wire).toMatch(/element: "n\d:schema", type: "xml"/);
    expect(contract).toContain("any: XmlText");
    expect(notes).toEqual(expect.arrayContaining(["unknown-component", "any-element"]));
  });

  test("an element that comes twice in a sequence has two properties", async () => {
    const { wire, notes } = await generated(
      '<xs:element name="a" type="xs:string"/><xs:element name="b" type="xs:string"/><xs:element name="a" type="xs:string"/>',
    );
    expect(wire).toContain('as: "a2"');
    expect(notes).toContain("renamed");
  });

  test("a choice whose branches begin alike shares the property", async () => {
    const { contract } = await generated(
      '<xs:choice><xs:sequence><xs:element name="k" type="xs:string"/><xs:element name="a" type="xs:int"/></xs:sequence><xs:sequence><xs:element name="k" type="xs:string"/><xs:element name="b" type="xs:int"/></xs:sequence></xs:choice>',
    );
    expect(contract.match(/\bk: /g)).toHaveLength(1);
    expect(contract).toContain('oneOf("required", ["k","a"], ["k","b"])');
  });

  test("an element without a named type may refer to itself, and one that is used twice is one type", async () => {
    const { contract } = await generated(
      '<xs:element ref="w:node"/>',
      '<xs:element name="node"><xs:complexType><xs:sequence><xs:element ref="w:node" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>',
    );
    expect(contract).toContain("get node(): z.ZodOptional<typeof SendNode>");
    expect(contract.match(/export const Send =/g)).toHaveLength(1);
  });

  test("what cannot be read is refused with a sentence, and what is not there is a note", async () => {
    await expect(openWsdl("/nowhere/x.wsdl")).rejects.toThrow(FileRefused);
    const notes = new Notes();
    const text = wsdlWith(
      '<xs:element name="a" type="w:Missing"/>',
      '<xs:include schemaLocation="missing.xsd"/><xs:include schemaLocation="http://elsewhere.example/x.xsd"/>',
    );
    const read = (address: string) => (address === "/x.wsdl" ? Promise.resolve(text) : Promise.reject(new Error("no such file")));
    await loadDocuments("/x.wsdl", notes, read);
    expect(notes.list().map(({ code }) => code)).toEqual(["remote-file", "missing-file"]);
    const opened = await openWsdl(fixture("constructs.wsdl"));
    expect(() => soapConnector(opened, { names: connectorNames("fixture", "soap"), operations: ["nothing"] })).toThrow(NoOperations);
  });
});

describe("names", () => {
  test.each([
    ["findPermit", "findPermit"],
    ["FindPermit", "findPermit"],
    ["find_permits", "findPermits"],
    ["GETValue", "getValue"],
    ["3002", "n3002"],
    ["delete", "deleteOperation"],
    ["toString", "toStringOperation"],
    ["città-cerca", "cittaCerca"],
  ])("the operation %s is called %s", (wsdl, name) => expect(operationName(wsdl)).toBe(name));

  test("properties and types are identifiers that nobody inherits", () => {
    expect(["e-mail", "IBAN", "codice_fiscale", "constructor", "__proto__", "1a", "è"].map(propertyName)).toEqual([
      "eMail",
      "IBAN",
      "codice_fiscale",
      "constructorElement",
      "__proto__Element",
      "n1a",
      "e",
    ]);
    expect(["tipoData", "1a", "_x", "a.b"].map(typeName)).toEqual(["TipoData", "N1a", "X", "AB"]);
    expect(["NotFoundFault", "zoneFull", "HTTPError", "a-b"].map(codeName)).toEqual(["NOT_FOUND_FAULT", "ZONE_FULL", "HTTP_ERROR", "A_B"]);
  });
});
