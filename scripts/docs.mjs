/** `npm run docs`: writes the pages of docs/ that are generated from what the code declares. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildOrExit, root } from "./build.mjs";

await buildOrExit();
const { referencePages } = await import("../dist/worker/reference/pages.js");
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(join(root, "docs", name), text);
  process.stderr.write(`docs/${name}\n`);
}
