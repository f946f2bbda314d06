/** `npm run docs`: writes the pages of docs/ that are generated from what the code declares, docs/language/ and docs/services/. With `services`, only these. */
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
/** What is gone leaves no page behind. */
const dropOthers = (folder, pages) => {
  for (const name of readdirSync(join(root, folder))) if (!(name in pages)) rmSync(join(root, folder, name));
};

if (process.argv[2] !== "services") {
  const { referencePages } = await import("../dist/worker/reference/pages.js");
  write("docs", referencePages());
  const { languagePages } = await import("../dist/worker/reference/language/pages.js");
  const words = languagePages(root);
  write(join("docs", "language"), words);
  dropOthers(join("docs", "language"), words);
}
const { servicePages } = await import("../dist/worker/reference/service-pages.js");
const pages = servicePages(root);
write(join("docs", "services"), pages);
dropOthers(join("docs", "services"), pages);
