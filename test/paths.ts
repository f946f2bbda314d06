/** Every path that a case can take, played on a rig: recorded as histories, and kept open in archives. */
import type { JsonObject } from "../connectors/json.ts";
import { SAMPLE } from "../connectors/registry/anpr/sample-people.ts";
import { passRequest, patronageRequest, person } from "./people.ts";
import { decide, type Rig, type TestCase } from "./rig.ts";

/** Begins a case and takes it where the path leads. */
export type Path = (rig: Rig) => Promise<TestCase>;

const grant: JsonObject = { outcome: "grant", form: { validUntil: "2031-03-01" } };
const refuse: JsonObject = { outcome: "refuse", form: { reason: "I requisiti non sussistono." } };

const pass = async (rig: Rig, kind: "new" | "duplicate" = "new", taxCode?: string): Promise<TestCase> =>
  rig.start("disabled-parking-pass", await passRequest(rig.register, kind, taxCode));

/** Waits until this is asked, and gives its id and what it shows. */
export async function asked(c: TestCase, name: string): Promise<{ id: string; shows?: JsonObject }> {
  const { actions } = await c.until(`${name} is asked for`, (now) => now.actions.some((one) => one.name === name));
  return actions.find((one) => one.name === name) as { id: string; shows?: JsonObject };
}

/** The applicant answers what is asked of them. */
export async function answer(c: TestCase, name: string, body: JsonObject = {}): Promise<void> {
  await c.send({ name, for: (await asked(c, name)).id, body, from: "applicant" });
}

/** The debt of the case is paid, and nobody tells Darsena. */
export async function pay(rig: Rig, c: TestCase): Promise<void> {
  const { shows } = await asked(c, "payment");
  await rig.simulators.payments.control("pay", { nav: String(shows?.["noticeNumber"]) });
}

/** Gives the parked case the number that the protocol's own records show. */
export async function resolve(rig: Rig, c: TestCase): Promise<void> {
  const { problem } = await c.until("parked", (now) => now.state === "parked");
  const number = rig.simulators.protocol.ledger().find((entry) => entry.key.startsWith(`${c.id}/`))?.reference ?? "";
  await c.repair({ verb: "resolve", problem: problem?.id ?? "", result: { number, year: Number(number.split("/")[1]) } });
}

/** Ask of the office, and the applicant's answer. */
async function askAndAnswer(c: TestCase, ask: string, body: JsonObject): Promise<void> {
  await decide(c, { ask });
  await answer(c, ask, body);
}

/** Cases left open, each at another moment. */
export const openPaths = {
  "waiting-for-decision": async (rig) => {
    const c = await pass(rig);
    await asked(c, "decision");
    return c;
  },
  "waiting-for-applicant": async (rig) => {
    const c = await pass(rig);
    await decide(c, { ask: "correction" });
    await asked(c, "correction");
    return c;
  },
  "waiting-for-payment": async (rig) => {
    const c = await pass(rig, "duplicate");
    await decide(c, grant);
    await asked(c, "payment");
    return c;
  },
  "parked-with-unknown-outcome": async (rig) => {
    rig.simulators.protocol.inject({ kind: "answer-lost", operation: "Protocollazione" });
    const c = await pass(rig);
    await c.until("parked", (now) => now.state === "parked");
    return c;
  },
  "parked-by-hand-written": async (rig) => {
    rig.simulators.protocol.inject({ kind: "answer-lost", operation: "Protocollazione" });
    const c = await rig.start("residence-certificate", { applicant: person(), use: "private" });
    await c.until("parked", (now) => now.state === "parked");
    return c;
  },
  "waiting-for-another-office": async (rig) => {
    const c = await rig.start("patronage-request", await patronageRequest(rig.register, "social"));
    await asked(c, "decision");
    return c;
  },
} satisfies Record<string, Path>;

/** Cases that come to their end. */
export const closedPaths = {
  granted: async (rig) => {
    const c = await openPaths["waiting-for-decision"](rig);
    await decide(c, grant);
    return c;
  },
  refused: async (rig) => {
    const c = await pass(rig);
    await askAndAnswer(c, "rejectionNotice", { observations: "Osservazioni di prova." });
    await decide(c, refuse);
    return c;
  },
  "non-resident": async (rig) => {
    const c = await pass(rig, "new", SAMPLE.nonResident);
    await decide(c, grant);
    return c;
  },
  "five-corrections": async (rig) => {
    const c = await pass(rig);
    for (let round = 0; round < 5; round++) await askAndAnswer(c, "correction", { text: `Correzione ${round + 1}` });
    await decide(c, grant);
    return c;
  },
  "duplicate-paid": async (rig) => {
    const c = await openPaths["waiting-for-payment"](rig);
    await pay(rig, c);
    return c;
  },
  "withdrawn-with-undo": async (rig) => {
    const c = await openPaths["waiting-for-payment"](rig);
    await c.send({ name: "withdraw", from: "applicant" });
    return c;
  },
  "parked-and-resolved": async (rig) => {
    const c = await openPaths["parked-with-unknown-outcome"](rig);
    await resolve(rig, c);
    await decide(c, grant);
    return c;
  },
  cancelled: async (rig) => {
    const c = await openPaths["waiting-for-decision"](rig);
    await c.handle.cancel();
    return c;
  },
  "patronage-granted": async (rig) => {
    const c = await rig.start("patronage-request", await patronageRequest(rig.register));
    await decide(c, { outcome: "accept", form: {} });
    return c;
  },
  "patronage-refused": async (rig) => {
    const c = await rig.start("patronage-request", await patronageRequest(rig.register, "technology"));
    await askAndAnswer(c, "rejectionNotice", {});
    await decide(c, { outcome: "refuse", form: { reason: "Non è di interesse per la città." } });
    return c;
  },
  certificate: (rig) => rig.start("residence-certificate", { applicant: person(), use: "private" }),
  "certificate-inadmissible": (rig) => rig.start("residence-certificate", { applicant: person(SAMPLE.nonResident), use: "private" }),
  "invalid-request": (rig) => rig.start("disabled-parking-pass", { kind: "new" }),
} satisfies Record<string, Path>;
