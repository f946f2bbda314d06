import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { servicePages } from "./service-pages.ts";

const root = join(import.meta.dirname, "../..");
const pages = servicePages(root);

describe("the pages of services", () => {
  test.each(Object.entries(pages))("docs/services/%s is current (otherwise: npm run docs:services)", (name, text) => {
    expect(readFileSync(join(root, "docs/services", name), "utf8")).toBe(text);
  });

  test("are there for each service that is shipped, and for no other", () => {
    expect(readdirSync(join(root, "docs/services")).toSorted()).toEqual(Object.keys(pages).toSorted());
  });

  test("have the diagram in them", () => {
    for (const [name, text] of Object.entries(pages))
      if (name.endsWith(".md") && name !== "README.md") expect(text).toContain("```mermaid\n---\ntitle: ");
  });
});
