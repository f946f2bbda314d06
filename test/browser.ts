/** A real headless Chromium, for what people see. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium, type Page } from "playwright-core";

/** An open browser with one page. */
export interface Browser {
  readonly page: Page;
  close(): Promise<void>;
}

/** Starts Chromium with an empty profile: CHROMIUM, or the first of the usual commands that exists. */
export async function openBrowser(viewport: { width: number; height: number }): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "darsena-browser-"));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: executable(),
    headless: true,
    viewport,
    colorScheme: "light",
    timezoneId: "Europe/Rome",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    page,
    close: async () => {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

function executable(): string {
  const named = process.env["CHROMIUM"];
  if (named) return named;
  for (const command of ["chromium", "google-chrome"])
    try {
      return execFileSync("/bin/sh", ["-c", `command -v ${command}`], { encoding: "utf8" }).trim();
    } catch {
      // Not this one.
    }
  throw new Error("there is no Chromium; set CHROMIUM to its command");
}
