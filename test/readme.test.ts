/** What the documents say is true: excerpts, links, commands. */
import { afterAll, describe, expect, test } from "@jest/globals";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { checkCatalogue, type Finding } from "../catalogue/check.ts";
import { Overlay, YamlService } from "../catalogue/definition.ts";
import { AskStep, CallStep, DecideStep, EndStep, OpenStep, RunStep, SetStep, WaitStep } from "../catalogue/steps.ts";
import { program } from "../client/cli/program.ts";
import { root } from "./house/imports.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
].toSorted();

/** The fenced blocks of a language. */
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, kind, content]) => (kind === language ? [content ?? ""] : []));

/** Code without comments of their own line and without white space. */
const bare = (code: string): string => code.replaceAll(/^\s*\/\/.*$/gm, "").replaceAll(/\s+/g, "");

const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "");

const folder = mkdtempSync(join(tmpdir(), "darsena-readme-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The findings of a service as the catalogue's check sees it, beside Milan's overlay. */
function findingsOf(service: string): Finding[] {
  mkdirSync(join(folder, "services"), { recursive: true });
  // Milan's: it patches nothing, so that its findings are those of the service.
  cpSync(join(root, "municipalities", "milano.yaml"), join(folder, "municipalities", "milano.yaml"));
  writeFileSync(join(folder, "services", "disabled-parking-pass.yaml"), service);
  return checkCatalogue(folder);
}

describe("the README", () => {
  const text = read("README.md");

  test("shows a service of fifteen lines that the catalogue's check accepts", () => {
    const [service = ""] = blocks(text, "yaml");
    expect(service.trimEnd().split("\n")).toHaveLength(15);
    expect(findingsOf(service)).toEqual([]);
  });

  test("shows one that the check would notice if it were wrong", () => {
    const [service = ""] = blocks(text, "yaml");
    expect(findingsOf(service.replace("protocol.register", "protocol.regster")).map(({ code }) => code)).toEqual(["unknown-operation"]);
    expect(findingsOf(service.replace("Attachment }", "Atachment }")).map(({ code }) => code)).toEqual(["unknown-type"]);
  });

  test("shows a connector of fifteen lines whose every part stands in the real adapter, in that order", () => {
    const [connector = ""] = blocks(text, "ts");
    expect(connector.trimEnd().split("\n")).toHaveLength(15);
    const source = bare(read("connectors/messages/app-io/adapter.ts"));
    let at = 0;
    for (const part of connector.split("…").map(bare)) {
      const found = source.indexOf(part, at);
      expect({ part, found: found >= 0 }).toEqual({ part, found: true });
      at = found + part.length;
    }
  });

  test("opens with what Darsena is and the two commands", () => {
    expect(text.indexOf("npm ci && npm start")).toBeGreaterThan(0);
    expect(text.split("\n").findIndex((line) => line.startsWith("npm ci && npm start"))).toBeLessThan(12);
    expect(text).toContain("npm ci && npm test");
  });
});

test("docs/connectors.md shows the whole test of an adapter as it stands", () => {
  const [shown = ""] = blocks(read("docs/connectors.md"), "ts").filter((block) => block.startsWith("conforms("));
  expect(bare(shown).length).toBeGreaterThan(300);
  expect(bare(read("connectors/tax/municipal-xml/conformance.test.ts"))).toContain(bare(shown));
});

describe("the services", () => {
  test("that come along have no findings", () => {
    expect(checkCatalogue(root)).toEqual([]);
  });

  test("that the guide's steps make up have none either", () => {
    const steps = blocks(read("docs/services.md"), "yaml").filter((block) => block.startsWith("- id:") && !block.includes("[...]"));
    expect(steps.map((block) => /^- id: (\w+)/.exec(block)?.[1])).toEqual(["resident", "decision", "paid", "checks", "attachments", "age"]);
    const [readme = ""] = blocks(read("README.md"), "yaml");
    const head = readme.slice(0, readme.indexOf("steps:"));
    const [fields = ""] = blocks(read("docs/services.md"), "yaml");
    // What the guide's steps refer to without showing it.
    const fee = `- id: fee
  when: steps.decision.outcome == "grant"
  call: payments.createDebt
  with: { debtor: "\${request.applicant}", amount: 1000, reason: A fee, dueDate: "\${dateAfter(steps.decision.at, 30)}" }
  undo: { call: payments.cancelDebt, with: { debt: "\${steps.fee.debt}" } }
`;
    const all = [...steps.slice(0, 2), fee, ...steps.slice(2)].join("");
    const service = `${head.replace(/^request:.*\n/m, fields)}steps:\n${all}outcome: '"completed"'\n`;
    // Excerpts leave out what they are not about, and warnings would say so.
    expect(findingsOf(service).filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("the metadata for reuse", () => {
  const publiccode = parse(read("publiccode.yml")) as Record<string, unknown> & {
    legal: { license: string };
    description: Record<string, { shortDescription: string; longDescription: string; features: string[] }>;
  };
  const { version, license } = JSON.parse(read("package.json")) as { version: string; license: string };

  test("agrees with the package, and the licence is the one that it names", () => {
    expect(publiccode["softwareVersion"]).toBe(version);
    expect([publiccode.legal.license, license]).toEqual(["EUPL-1.2", "EUPL-1.2"]);
    expect(read("LICENSE")).toMatch(/^EUROPEAN UNION PUBLIC LICENCE v\. 1\.2\n/);
  });

  // https://yml.publiccode.tools/schema.core.html
  test("has every key that the standard requires, with texts of the right length", () => {
    const required = ["publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal"];
    expect([...required, "maintenance", "localisation"].filter((key) => !(key in publiccode))).toEqual([]);
    for (const { shortDescription, longDescription, features } of Object.values(publiccode.description)) {
      expect(shortDescription.length).toBeLessThanOrEqual(150);
      expect(longDescription.length).toBeGreaterThanOrEqual(500);
      expect(features.length).toBeGreaterThan(0);
    }
  });
});

describe("the guide to services", () => {
  const guide = read("docs/services.md");
  const wordsOf = (schema: z.ZodObject): string[] =>
    Object.entries(schema.shape).flatMap(([name, inner]) => [name, ...(inner instanceof z.ZodObject ? wordsOf(inner) : [])]);
  const schemas = { YamlService, Overlay, CallStep, DecideStep, AskStep, WaitStep, SetStep, EndStep, RunStep, OpenStep };

  test.each(Object.entries(schemas))("names every word of %s", (_name, schema) => {
    // What a municipality is called needs no guide.
    const plain = new Set(["municipality", "istat", "timeZone"]);
    expect(wordsOf(schema).filter((word) => !plain.has(word) && !new RegExp(`\\b${word}\\b`).test(guide))).toEqual([]);
  });

  test("shows every kind of step that has steps inside", () => {
    expect(["choose", "parallel", "forEach"].filter((kind) => !guide.includes(`### \`${kind}\``))).toEqual([]);
  });
});

/** The id that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(/\s/g, "-");
const anchorsOf = (file: string): string[] => [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading ?? ""));

describe("every document", () => {
  test.each(documents)("%s: its relative links lead to files and headings that exist", (file) => {
    const links = [...withoutCode(read(file)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link ?? "")
      .filter((link) => !/^[a-z]+:/.test(link));
    const broken = links.filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const streams = { write: () => true } as never;
  const darsena = program({ stdin: process.stdin, stdout: streams, stderr: streams, env: {}, cwd: root });
  const commands = new Set([
    "up",
    ...darsena.commands.flatMap((one) => [one.name(), ...one.commands.map((inner) => `${one.name()} ${inner.name()}`)]),
  ]);
  const groups = new Map(darsena.commands.map((one) => [one.name(), one.commands.map((inner) => inner.name())]));

  test.each(documents)("%s: every npm script and darsena command that it names exists", (file) => {
    const text = read(file);
    const code = [...text.matchAll(/^```[\s\S]*?^```$|`[^`\n]+`/gm)].map(([part]) => part).join("\n");
    const run = [...code.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? "").filter((name) => !(name in scripts));
    const named = [...code.matchAll(/(?:^|[`$] ?|npx )darsena ([a-z]+)(?: ([a-z]+))?/gm)].flatMap(([, first = "", second]) => {
      if (!commands.has(first)) return [`darsena ${first}`];
      const inner = groups.get(first) ?? [];
      return first === "case" && second !== undefined && !inner.includes(second) ? [`darsena ${first} ${second}`] : [];
    });
    expect({ run, named }).toEqual({ run: [], named: [] });
  });
});
