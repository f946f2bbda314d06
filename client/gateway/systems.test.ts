import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { FastifyInstance } from "fastify";
import pino from "pino";
import { openCases } from "../cases.ts";
import {
  aStatus,
  type MemoryRegister,
  type MemorySystems,
  memoryCatalogue,
  memoryEngine,
  memoryRegister,
  memorySystems,
} from "../memory-ports.ts";
import { gateway } from "./server.ts";

let app: FastifyInstance;
let register: MemoryRegister;
let systems: MemorySystems;

beforeEach(async () => {
  register = memoryRegister();
  systems = memorySystems();
  const cases = openCases({ temporal: memoryEngine(), register, catalogue: memoryCatalogue, municipality: "milano" });
  app = await gateway({ cases, systems, log: pino({ level: "silent" }), loopbackOnly: true });
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ method: "GET", url, headers: { host: "localhost" } });
const post = (url: string, payload: object) => app.inject({ method: "POST", url, payload, headers: { host: "localhost" } });

describe("the systems", () => {
  test("are listed with their gates, closed with reason and name, and opened at a rate", async () => {
    expect((await get("/systems")).json()).toEqual({ items: [expect.objectContaining({ system: "protocol", gate: "open" })] });
    const until = "2099-11-23T08:00:00+01:00";
    const closed = await post("/systems/protocol/gate", { act: "close", until, reason: "new version", by: "A. Bianchi" });
    expect([closed.statusCode, closed.json().before.gate]).toEqual([200, "open"]);
    const opened = await post("/systems/protocol/gate", { act: "open", rate: 5, by: "A. Bianchi" });
    expect([opened.statusCode, opened.json().before.gate]).toEqual([200, "closed"]);
    expect((await post("/systems/protocol/gate", { act: "open", ramp: true, by: "A. Bianchi" })).statusCode).toBe(200);
    expect(systems.told).toEqual([
      { reason: "new version", by: "A. Bianchi (unverified)", until: "2099-11-23T07:00:00.000Z" },
      { rate: 5, by: "A. Bianchi (unverified)" },
      { ramp: true, by: "A. Bianchi (unverified)" },
    ]);
  });

  test.each([
    ["without a reason", { act: "close", by: "A. Bianchi" }],
    ["without a name", { act: "open" }],
    ["until an instant that lies in the past", { act: "close", reason: "r", by: "A. Bianchi", until: "2001-01-01T00:00:00Z" }],
    ["at a rate of nothing", { act: "open", rate: 0, by: "A. Bianchi" }],
  ])("are not touched %s", async (_, payload) => {
    expect((await post("/systems/protocol/gate", payload)).statusCode).toBe(422);
    expect(systems.told).toEqual([]);
  });

  test("that do not exist are 404", async () => {
    expect((await post("/systems/parking/gate", { act: "open", by: "A. Bianchi" })).json()).toMatchObject({ code: "SYSTEM_NOT_FOUND" });
  });
});

describe("a case that waits for a system whose gate is closed", () => {
  const steps = [
    { id: "registration", title: { en: "Register", it: "Protocollazione" }, state: "running" as const, operation: "protocol.register" },
  ];
  const waitingText = { en: "waiting for the protocol system", it: "in attesa di un sistema del Comune" };
  const waits = aStatus("c-1", { waitingFor: "system", step: "registration", steps, waitingText });
  const gate = {
    system: "protocol",
    gate: "closed" as const,
    rate: 0,
    reason: "outside opening hours",
    enforcedBy: "queue" as const,
    since: "2026-11-22T19:00:00.000Z",
    number: 1,
  };

  test("says so to the operator with the end, and to the applicant without the system's name", async () => {
    register.publish(waits);
    register.gateRows = [{ ...gate, until: "2099-11-23T07:00:00.000Z" }];
    expect((await get("/cases/c-1?view=operator")).json().waitingText).toEqual({
      en: "waiting for the protocol system, closed until 23 November, 08:00 (outside opening hours)",
      it: "in attesa di un sistema del Comune, chiuso fino alle 08:00 del 23 novembre (outside opening hours)",
    });
    const applicant = (await get("/cases/c-1")).json();
    expect(applicant.waitingText).toEqual({
      en: "being processed; continues on 23 November at 08:00",
      it: "in lavorazione; riprende alle 08:00 del 23 novembre",
    });
    expect(JSON.stringify(applicant)).not.toContain("protocol");
  });

  test("is shown as ever while the gate is open or is another system's, and while the register cannot say", async () => {
    register.publish(waits);
    register.gateRows = [{ ...gate, system: "tax" }];
    expect((await get("/cases/c-1?view=operator")).json().waitingText).toEqual(waitingText);
  });
});
