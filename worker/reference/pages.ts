/** The pages of docs/ that are generated from what the code declares: `npm run docs` writes them, a test compares them. */
import { checksPage } from "../../catalogue/findings.ts";
import { errorsPage } from "./errors-page.ts";
import { operationsPage } from "./operations-page.ts";
import { recoveriesPage } from "./recoveries-page.ts";
import { settingsPage } from "./settings-page.ts";

/** File in docs/ to its text. */
export const referencePages = (): Readonly<Record<string, string>> => ({
  "settings.md": settingsPage(),
  "operations.md": operationsPage(),
  "errors.md": errorsPage(),
  "checks.md": checksPage(),
  "recoveries.md": recoveriesPage(),
});
