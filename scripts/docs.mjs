/** `npm run docs`: writes the pages of docs/ that are generated from what the code declares, and docs/services/. With `services`, only these. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildOrExit, root } from "./build.mjs";

await buildOrExit();
const write = (folder, pages) => {
  mkdirSync(join(root, folder), { recursive: true });
  for (const [name, text] of Object.entries(pages)) {
    writeFileSync(join(root, folder, name), text);
    process.stderr.write(`${folder}/${name}\n`);
  }
};

if (process.argv[2] !== "services") {
  const { referencePages } = await import("../dist/worker/reference/pages.js");
  write("docs", referencePages());
}
const { servicePages } = await import("../dist/worker/reference/service-pages.js");
const pages = servicePages(root);
write(join("docs", "services"), pages);
// A service that is gone leaves no page behind.
for (const name of readdirSync(join(root, "docs", "services"))) if (!(name in pages)) rmSync(join(root, "docs", "services", name));
