import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "@jest/globals";
import { asset } from "./asset.ts";

const moduleIn = (folder: string, file: string) => pathToFileURL(join(folder, file)).href;

test("a file is found beside its module, from compiled code also in the source tree, and a missing one is named", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "darsena-asset-")));
  const [source, compiled] = [join(root, "connectors/x"), join(root, "dist/connectors/x")];
  for (const folder of [source, compiled]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(source, "a.wsdl"), "");
  expect(asset(moduleIn(source, "adapter.ts"), "a.wsdl")).toBe(join(source, "a.wsdl"));
  expect(asset(moduleIn(compiled, "adapter.js"), "a.wsdl")).toBe(join(source, "a.wsdl"));
  writeFileSync(join(compiled, "a.wsdl"), "");
  expect(asset(moduleIn(compiled, "adapter.js"), "a.wsdl")).toBe(join(compiled, "a.wsdl"));
  expect(() => asset(moduleIn(compiled, "adapter.js"), "b.wsdl")).toThrow("b.wsdl is missing");
});
