/** What an operator sees in the Temporal UI, in a real browser. UPDATE_SCREENSHOTS=1 also writes the pictures of docs/. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Locator, Page } from "playwright-core";
import { grant } from "./acts.ts";
import { type Browser, openBrowser } from "./browser.ts";
import { passRequest } from "./people.ts";
import { decide, type Rig, startRig, type TestCase } from "./rig.ts";
import { suiteNeeding } from "./suite-needing.ts";

const SERVICE = "disabled-parking-pass";

suiteNeeding("chromium")("the Temporal UI", () => {
  let rig: Rig;
  let browser: Browser;
  let finished: TestCase;
  let waiting: TestCase;

  beforeAll(async () => {
    rig = await startRig({ ui: true });
    await rig.startWorker();
    browser = await openBrowser({ width: 1280, height: 1000 });
    finished = await rig.start(SERVICE, await passRequest(rig.register), { id: `${SERVICE}-ui-finished` });
    await decide(finished, grant);
    await finished.closed();
    waiting = await rig.start(SERVICE, await passRequest(rig.register), { id: `${SERVICE}-ui-waiting` });
    await waiting.until("waits for the office", (now) => now.waitingFor === "office");
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rig?.stop();
  });

  const open = async (path: string, view: { width: number; height: number }): Promise<Page> => {
    const { page } = browser;
    await page.setViewportSize(view);
    await page.goto(`${rig.temporal.uiUrl}/namespaces/default/${path}`, { waitUntil: "domcontentloaded" });
    return page;
  };

  test("shows a case under its service, with a row for each call that reads like a sentence", async () => {
    const page = await open(await pageOf(finished, "history"), { width: 1280, height: 1250 });
    await page.getByRole("button", { name: "Minimized" }).click();
    await seen(page.getByText("protocol.register • Register the request in the protocol", { exact: true }));
    await seen(page.getByText("registry.findResident • Identify the applicant in the registry", { exact: true }));
    await seen(page.getByText("documents.issue • Issue the pass", { exact: true }));
    await seen(page.getByText("Publish the status in the register", { exact: true }));
    await seen(page.getByText("waiting for the decision of Mobility permits", { exact: true }));
    await seen(page.getByRole("link", { name: SERVICE, exact: true }));
    await keepScreenshot(page, "temporal-ui-case");
  }, 60_000);

  test("shows where a case stands and for whom it waits, with a table of its steps", async () => {
    const page = await open(await pageOf(waiting, "user-metadata"), { width: 1280, height: 800 });
    const details = page.frameLocator("iframe").first();
    await seen(details.getByText("State waiting, waits for office at step decision: waiting for the decision of Mobility permits."));
    await seen(details.getByRole("row", { name: /✔\s*done registration protocol\.register • Register the request in the protocol \d+/ }));
    await seen(details.getByRole("row", { name: /▶\s*running decision Decide on the pass/ }));
    await keepScreenshot(page, "temporal-ui-waiting");
  }, 60_000);

  test("finds cases by what they wait for, by state, office and protocol number", async () => {
    const { protocolNumber } = await finished.status();
    const both = [finished.id, waiting.id];
    const found: [query: string, ids: string[]][] = [
      [`CaseState="waiting"`, [waiting.id]],
      [`CaseState="closed"`, [finished.id]],
      [`CaseProtocol="${protocolNumber}"`, [finished.id]],
      [`CaseOffice="mobilityPermits"`, both],
      [`CaseWaitingFor="office"`, [waiting.id]],
    ];
    for (const [query, ids] of found) {
      const page = await open(`workflows?query=${encodeURIComponent(query)}`, { width: 1280, height: 700 });
      for (const id of ids) await seen(page.getByRole("link", { name: id, exact: true }));
      for (const id of both.filter((one) => !ids.includes(one)))
        expect(await page.getByRole("link", { name: id, exact: true }).count()).toBe(0);
    }
    await keepScreenshot(browser.page, "temporal-ui-list");
  }, 90_000);
});

const pageOf = async ({ id, handle }: TestCase, tab: string): Promise<string> =>
  `workflows/${id}/${(await handle.describe()).runId}/${tab}`;
const seen = (what: Locator): Promise<void> => what.first().waitFor({ timeout: 20_000 });

async function keepScreenshot(page: Page, name: string): Promise<void> {
  if (process.env["UPDATE_SCREENSHOTS"] !== "1") return;
  const folder = join(process.cwd(), "docs", "images");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}
