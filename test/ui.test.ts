/** What an operator sees in the Temporal UI, in a real browser. UPDATE_SCREENSHOTS=1 also writes the pictures of docs/. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Locator, Page } from "playwright-core";
import { connectLazily } from "../client/connection.ts";
import { systemsOf } from "../client/systems.ts";
import { grant, parked } from "./acts.ts";
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
    // A call on the short way is a row with its sentence alone; one that waited in its system's queue has its operation before it.
    await seen(page.getByText(/^(protocol\.register • )?Register the request in the protocol$/));
    await seen(page.getByText("registry.findResident • Identify the applicant in the registry", { exact: true }));
    await seen(page.getByText(/^(documents\.issue • )?Issue the pass$/));
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

  test("takes an operator's repair of a parked case, by name, and refuses one without", async () => {
    rig.simulators.protocol.inject({ kind: "reject", operation: "Protocollazione" });
    const c = await rig.start(SERVICE, await passRequest(rig.register), { id: `${SERVICE}-ui-parked` });
    const problem = await parked(c, "protocol.register:REFUSED");
    const repair = { id: "ui-1", problem: problem.id, verb: "retry", reason: "the classification was corrected", by: "A. Bianchi" };
    await update(await open(await pageOf(c, "history"), { width: 1280, height: 1100 }), { ...repair, by: "" });
    await browser.page.waitForTimeout(2_000);
    expect((await c.status()).state).toBe("parked");
    await update(await open(await pageOf(c, "history"), { width: 1280, height: 1100 }), repair);
    const { history } = await c.until("it has gone on", (now) => now.waitingFor === "office");
    expect(history.filter(({ event }) => event === "repaired")).toMatchObject([
      { by: "A. Bianchi", text: { en: `retry: ${repair.reason}` } },
    ]);
  }, 90_000);

  test("shows why the gate of a system is closed, at its supervisor: each change with its reason, and what holds now", async () => {
    const connection = connectLazily({ address: rig.temporal.address });
    const systems = systemsOf(connection, "default");
    await systems.close("tax", { reason: "new version", by: "A. Bianchi" });
    const { runId } = await rig.client.workflow.getHandle("gate.tax").describe();
    const page = await open(`workflows/gate.tax/${runId}/history`, { width: 1280, height: 900 });
    await seen(page.getByText("gate.apply • closed by A. Bianchi: new version", { exact: true }));
    await open(`workflows/gate.tax/${runId}/user-metadata`, { width: 1280, height: 900 });
    // The summary has a frame of its own, before the details.
    await seen(page.frameLocator("iframe").last().getByText("tax: closed, closed by A. Bianchi: new version"));
    await systems.open("tax", { by: "A. Bianchi" });
    await connection.close();
  }, 90_000);

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

/** Sends an operator's act by the dialog "Send an Update". */
async function update(page: Page, body: object): Promise<void> {
  await page.getByRole("button", { name: "More Actions" }).click();
  await page.getByRole("menuitem", { name: "Send an Update" }).click();
  const dialog = page.getByRole("dialog").filter({ hasText: "Send an Update" }).filter({ visible: true });
  await dialog.getByTestId("update-select-button").click();
  await dialog.getByRole("option", { name: /^repair/ }).click();
  const editor = dialog.locator("[contenteditable=true]");
  await editor.click();
  await page.keyboard.insertText(JSON.stringify(body));
  // The editor formats what it holds when it is left, and the dialog grows under the mouse.
  await editor.blur();
  await seen(dialog.getByText(/^\s*"verb": "retry",$/));
  await dialog.getByRole("button", { name: "Submit" }).click();
}

const pageOf = async ({ id, handle }: TestCase, tab: string): Promise<string> =>
  `workflows/${id}/${(await handle.describe()).runId}/${tab}`;
const seen = (what: Locator): Promise<void> => what.first().waitFor({ timeout: 20_000 });

async function keepScreenshot(page: Page, name: string): Promise<void> {
  if (process.env["UPDATE_SCREENSHOTS"] !== "1") return;
  const folder = join(process.cwd(), "docs", "images");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}
