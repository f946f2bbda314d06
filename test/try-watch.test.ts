/** `darsena try --watch` in a process of its own, as somebody who writes a service has it beside the editor. */
import { afterEach, beforeEach, test } from "@jest/globals";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./house/imports.ts";

let folder: string;
let child: ChildProcess;
let said = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "darsena-watch-"));
  for (const name of ["services", "municipalities"]) cpSync(join(root, "test", name), join(folder, name), { recursive: true });
  child = spawn(process.execPath, [join(root, "bin", "darsena.js"), "try", "small-request", "--watch"], { cwd: folder });
  said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => (said += text));
});
afterEach(async () => {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Waits until the command says this, and forgets what it said before. */
async function says(text: string): Promise<void> {
  const end = Date.now() + 60_000;
  while (!said.includes(text)) {
    if (Date.now() > end || child.exitCode !== null) throw new Error(`it did not say "${text}", but: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  said = "";
}

test("plays the scenarios again when the service or its scenarios change, also by an editor that puts a new file in place", async () => {
  await says("waiting for changes");
  const scenarios = join(folder, "services", "small-request.scenarios.yaml");
  const right = readFileSync(scenarios, "utf8");
  writeFileSync(scenarios, right.replace("outcome: granted", "outcome: refused"));
  await says("found     granted");

  writeFileSync(`${scenarios}.new`, right);
  renameSync(`${scenarios}.new`, scenarios);
  await says("✔ yes");

  const service = join(folder, "services", "small-request.yaml");
  writeFileSync(service, readFileSync(service, "utf8").replace("protocol.register", "protocol.regster"));
  await says('there is no operation "protocol.regster"');
}, 120_000);
