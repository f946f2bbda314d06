/** A short chaos: each kind of process killed at least once under load, ways poisoned, the gateway's clock wrong; `npm run chaos` is the long one. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { findTemporal } from "../worker/embedded/temporal-binary.ts";
import { victims } from "./chaos/city.ts";
import { runRound } from "./chaos/run.ts";
import { findToxiproxy } from "./chaos/toxiproxy-binary.ts";
import { suiteNeeding } from "./suite-needing.ts";

const folder = mkdtempSync(join(tmpdir(), "darsena-chaos-"));
let broken = true;
// The logs of a failed run stay where its message says.
afterAll(() => {
  if (!broken) rmSync(folder, { recursive: true, force: true });
});

suiteNeeding("temporal", "toxiproxy")("a minute of chaos", () => {
  test("breaks no guarantee", async () => {
    const result = await runRound({
      folder,
      seed: "ci",
      minutes: 1,
      kills: 10,
      rate: 1,
      open: 40,
      settleMinutes: 4,
      binaries: { temporal: await findTemporal(), toxiproxy: await findToxiproxy() },
      signal: new AbortController().signal,
    });
    expect({ breaches: result.breaches, logs: result.breaches.length > 0 ? folder : "" }).toEqual({ breaches: [], logs: "" });
    for (const name of victims) expect({ name, killed: result.kills[name] > 0 }).toEqual({ name, killed: true });
    expect(result.cases).toBeGreaterThan(10);
    expect(Object.keys(result.outcomes)).not.toContain("open");
    expect(readdirSync(join(folder, "logs")).length).toBeGreaterThan(10);
    broken = false;
  }, 480_000);
});
