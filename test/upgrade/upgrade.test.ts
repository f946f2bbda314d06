/** Installations that earlier builds left with open cases are opened by this one: every case finishes, and nothing happens twice. */
import { chmodSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { CaseOutcome } from "../../cases/status.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { findTemporal } from "../../worker/embedded/temporal-binary.ts";
import { expectEachEffectOnce, registrations } from "../acts.ts";
import { answer, type openPaths, pay, resolve } from "../paths.ts";
import { decide, type Rig, startRig, type TestCase, testCase } from "../rig.ts";
import { type ArchiveAbout, archivedBuilds, layOut, restoreRegister } from "./archive.ts";

type Moment = keyof typeof openPaths;

const grant: JsonObject = { outcome: "grant", form: { validUntil: "2041-03-01" } };

/** How each open case is brought to its end, to which outcome, and with how many registrations in all. */
const endings: Record<Moment, [end: (rig: Rig, c: TestCase) => Promise<void>, outcome: CaseOutcome, registered: number]> = {
  "waiting-for-decision": [(_, c) => decide(c, grant), "granted", 2],
  "waiting-for-applicant": [
    async (_, c) => {
      await answer(c, "correction", { text: "Corretta." });
      await decide(c, grant);
    },
    "granted",
    2,
  ],
  "waiting-for-payment": [pay, "granted", 2],
  "parked-with-unknown-outcome": [
    async (rig, c) => {
      await resolve(rig, c);
      await decide(c, grant);
    },
    "granted",
    2,
  ],
  "parked-by-hand-written": [resolve, "completed", 1],
  "waiting-for-another-office": [(_, c) => decide(c, { outcome: "accept", form: {} }), "granted", 2],
};

const { serverVersion } = await findTemporal({});
const minor = (version: string) => version.split(".").slice(0, 2).join(".");

test("at least one earlier build is kept", () => {
  expect(archivedBuilds()).not.toEqual([]);
});

for (const about of archivedBuilds()) {
  const same = minor(about.temporalServer) === minor(serverVersion);
  const why = same ? "" : ` (skipped: it was left by Temporal server ${about.temporalServer}, and here is ${serverVersion})`;
  (same ? describe : describe.skip)(`an installation of build ${about.build}${why}`, () => opened(about));
}

function opened(about: ArchiveAbout): void {
  let rig: Rig;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "darsena-upgrade-"));
    chmodSync(folder, 0o755);
    layOut(about, folder);
    rig = await startRig({ folder });
    await restoreRegister(about, rig);
    await rig.startWorker();
  }, 120_000);
  afterAll(() => rig?.stop());

  test.each(Object.entries(about.cases))(
    "%s: the case goes on and ends",
    async (moment, id) => {
      const [end, outcome, registered] = endings[moment as Moment];
      const c = testCase(rig, id);
      const before = await rig.register.cases.status(id);
      expect(before?.state).not.toBe("closed");
      await end(rig, c);
      const status = await c.closed();
      expect(status).toMatchObject({ outcome, receipt: before?.receipt, version: before?.version });
      expect(registrations(rig, c)).toHaveLength(registered);
      expect(await rig.register.cases.waitFor(id, status.number, 5_000)).toMatchObject({ state: "closed", number: status.number });
    },
    60_000,
  );

  test("no registration, debt or document stands twice", () => expectEachEffectOnce(rig));
}
