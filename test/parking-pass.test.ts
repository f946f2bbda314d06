/** The parking pass, end to end: real Temporal, PostgreSQL, a worker process, and simulators over sockets. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { decide, type Rig, startRig } from "./rig.ts";
import { passRequest } from "./people.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.startWorker();
}, 120_000);
afterAll(() => rig?.stop());

const grant = { outcome: "grant", form: { validUntil: "2031-03-01" } };

describe("a disabled parking pass", () => {
  test("is received, registered, identified, decided, issued and told", async () => {
    const c = await rig.start("disabled-parking-pass", await passRequest(rig.register));
    await decide(c, grant);
    const status = await c.closed();
    expect(status).toMatchObject({
      outcome: "granted",
      protocolNumber: expect.stringMatching(/^\d{7}\/\d{4}$/),
      receipt: { number: expect.stringMatching(/^MILANO-/) },
    });
    expect(status.documents).toHaveLength(1);
    expect(rig.simulators.protocol.ledger().filter((entry) => entry.key.startsWith(c.id))).toHaveLength(2);
    expect(await rig.register.cases.waitFor(c.id, status.number, 5_000)).toMatchObject({ state: "closed", number: status.number });
  });
});
