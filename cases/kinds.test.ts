import { describe, expect, test } from "@jest/globals";
import { done, good, grant, type Run, run, sends, service, unknown } from "./testing.ts";

const call = (id: string, operation = "tax.openFines", more = "") => `{ id: ${id}, call: ${operation}, with: { taxCode: X }${more} }`;
const result = (r: Run, path: string) => r.state().steps[path]?.result;
const DAY = 86_400_000;

describe.each([{ restart: false }, { restart: true }])("kinds of step, restarted after every step: $restart", ({ restart }) => {
  test("parallel waits for all its branches, and their results are seen from outside", async () => {
    const yaml = `
      - id: both
        parallel:
          branches:
            money: [${call("fines")}]
            people: [${call("resident", "registry.findResident")}]
      - { id: seen, set: { total: "\${steps.fines.total}", name: "\${steps.resident.familyName}" } }`;
    const r = await run(good(), { restart, service: service(yaml) });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "completed" });
    expect(r.state().vars).toEqual({ total: 0, name: "B" });
    expect(result(r, "both")).toEqual({ done: expect.arrayContaining(["money", "people"]) });
  });

  const race = `
      - id: either
        parallel:
          wait: first
          branches:
            office: [{ id: one, decide: { office: culture, outcomes: { yes: { title: { en: Yes, it: Si } } } } }]
            time: [{ id: two, wait: { until: "2026-03-05T00:00:00Z" } }, ${call("fines")}]`;

  test("parallel goes on with the first branch, and gives the others up", async () => {
    const decided = await run(good(), { restart, service: service(race) });
    expect(decided.status()).toMatchObject({ state: "waiting", actions: [{ name: "decision" }] });
    await decided.decide({ outcome: "yes" });
    expect(decided.status()).toMatchObject({ state: "closed", outcome: "completed" });
    expect(sends(decided, "tax.openFines")).toBe(0);
    const late = await run(good(), { restart, service: service(race) });
    await late.pass(4 * DAY);
    expect(late.status()).toMatchObject({ state: "closed", outcome: "completed", actions: [] });
    await expect(late.send({ name: "decision", for: "either/office/one.1", body: { outcome: "yes" } })).rejects.toMatchObject({
      code: "CASE_CLOSED",
    });
  });

  test("a branch that ends the case ends all of them", async () => {
    const yaml = race.replace(call("fines"), "{ id: stop, end: inadmissible }").replace("wait: first", "wait: all");
    const r = await run(good(), { restart, service: service(yaml) });
    await r.pass(4 * DAY);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "inadmissible" });
  });

  test("a withdrawal stops branches that rest, after the outcome that is unknown in another is settled", async () => {
    const yaml = `
      - id: both
        parallel:
          branches:
            office: [{ id: one, decide: { office: culture, outcomes: { yes: { title: { en: Yes, it: Si } } } } }]
            papers: [{ id: paper, call: documents.issue, with: { title: T, reference: R, lines: [] } }]`;
    const r = await run({ ...good(), "documents.issue": [unknown("person")] }, { restart, service: service(yaml) });
    expect(r.status()).toMatchObject({ state: "parked", actions: [{ name: "decision" }] });
    await r.send({ name: "withdraw" });
    expect(r.status()).toMatchObject({ state: "parked" });
    await r.repair({
      verb: "resolve",
      result: { document: { id: "att-00000001", sha256: "0".repeat(64), bytes: 1, mediaType: "a/b", name: "n" } },
    });
    expect(r.status()).toMatchObject({ state: "closed", outcome: "withdrawn" });
  });

  test("forEach works on each item, a bounded number at a time", async () => {
    const yaml = `
      - id: plates
        forEach:
          in: "\${request.plates}"
          as: plate
          atMost: 2
          steps:
            - { id: ask, ask: { title: { en: "Confirm", it: "Conferma" }, form: { ok: Boolean } } }
            - { id: paper, call: documents.issue, with: { title: "\${plate} \${index} \${steps.ask.ok}", reference: R, lines: [] } }`;
    const r = await run(good(), { restart, service: service(yaml), request: { plates: ["A", "B", "C"] } });
    const open = () => r.status().actions.map((action) => action.id);
    expect(open()).toEqual(["plates[0]/ask.1", "plates[1]/ask.1"]);
    await r.send({ name: "ask", for: "plates[1]/ask.1", body: { ok: true } });
    expect(open()).toEqual(["plates[0]/ask.1", "plates[2]/ask.1"]);
    await r.send({ name: "ask", for: "plates[2]/ask.1", body: { ok: false } });
    await r.send({ name: "ask", for: "plates[0]/ask.1", body: { ok: true } });
    expect(r.status()).toMatchObject({ state: "closed" });
    const titles = r.systems.calls
      .filter((one) => one.operation === "documents.issue")
      .map((one) => [one.request.key, (one.request.input as { title: string }).title]);
    expect(titles).toEqual([
      ["case-1/plates[1]/paper", "B 1 true"],
      ["case-1/plates[2]/paper", "C 2 false"],
      ["case-1/plates[0]/paper", "A 0 true"],
    ]);
    expect(result(r, "plates")).toMatchObject({ items: [{ ask: { ok: true } }, {}, { ask: { ok: false } }] });
  });

  test("a fragment sees its inputs and its own steps, and gives its outputs", async () => {
    const yaml = `
      - id: outer
        block:
          fragment: test
          inputs: { code: "\${request.applicant.taxCode}" }
          steps:
            - { id: fines, call: tax.openFines, with: { taxCode: "\${inputs.code}" } }
            - { id: noted, set: { total: "\${steps.fines.total}" } }
          outputs: { total: "\${vars.total}", hasOuter: "\${has(steps.outer)}" }
      - { id: after, set: { total: "\${steps.outer.total}", inner: "\${has(steps.fines)}" } }`;
    const r = await run(good(), { restart, service: service(yaml) });
    expect(r.status()).toMatchObject({ state: "closed" });
    expect(r.state().vars).toEqual({ total: 0, inner: false });
    expect(result(r, "outer")).toEqual({ total: 0, hasOuter: false });
  });

  test("a code step gives its result, and parks when its input does not fit", async () => {
    const r = await run(good(), {
      restart,
      service: service('- { id: a, run: age, with: { birthDate: "2000-05-05", on: "2026-05-04" } }'),
    });
    expect(result(r, "a")).toEqual({ years: 25 });
    const wrong = await run(good(), { restart, service: service("- { id: a, run: age, with: { birthDate: soon } }") });
    expect(wrong.status()).toMatchObject({ state: "parked", problem: { code: "expression:code_input" } });
  });

  test("a child case is opened once, and its outcome comes back", async () => {
    const yaml = '- { id: sub, open: { service: residence-certificate, request: { applicant: "${request.applicant}" } } }';
    const r = await run(good(), { restart, service: service(yaml) });
    expect(r.simulation.children).toEqual([
      {
        service: "residence-certificate",
        caseId: "case-1.sub",
        start: { request: expect.anything(), channel: "case", parent: { case: "case-1", question: "sub.1" } },
      },
    ]);
    await r.send({ name: "childReport", for: "sub.1", body: { outcome: "completed" } });
    expect(result(r, "sub")).toEqual({ case: "case-1.sub", outcome: "completed" });
    const refused = await run(good(), { restart, service: service(yaml) });
    await refused.send({ name: "childReport", for: "sub.1", body: { refused: "INVALID_REQUEST" } });
    expect(refused.status()).toMatchObject({ state: "parked", problem: { code: "open:INVALID_REQUEST" } });
    await refused.repair({ verb: "retry" });
    expect(refused.simulation.children.at(-1)).toMatchObject({ caseId: "case-1.sub-2", start: { parent: { question: "sub.2" } } });
  });

  test("reminders, escalation and an end when nobody decides", async () => {
    const yaml = `
      - id: d
        decide:
          office: culture
          within: P10D
          reminders: [P3D, P1D]
          escalate: { after: P8D, to: socialPolicies }
          otherwise: { end: inadmissible }
          outcomes: { yes: { title: { en: Yes, it: Si } } }`;
    const r = await run(good(), { restart, service: service(yaml) });
    await r.pass(8.5 * DAY);
    expect(r.status()).toMatchObject({ office: "socialPolicies", actions: [{ office: "socialPolicies" }] });
    await r.pass(2 * DAY);
    expect(r.status()).toMatchObject({ state: "closed", outcome: "inadmissible" });
    expect(r.status().history.map((entry) => entry.event)).toEqual(["received", "reminded", "escalated", "reminded", "expired", "closed"]);
  });

  test("a child case is reminded of, and the time for it is the municipality's own", async () => {
    const yaml = `
      - id: sub
        open:
          service: residence-certificate
          request: { applicant: "\${request.applicant}" }
          within: P10D
          reminders: [P1D]
          otherwise: { set: { late: true } }`;
    const one = service(yaml);
    const r = await run(good(), { restart, service: one, durations: { [`${one.service}.sub.within`]: "P4D" } });
    await r.pass(3.5 * DAY);
    expect(r.status().history.map((entry) => entry.event)).toContain("reminded");
    expect(r.status()).toMatchObject({ state: "waiting", step: "sub" });
    await r.pass(DAY);
    expect(r.status()).toMatchObject({ state: "closed" });
    expect(r.state().vars).toEqual({ late: true });
  });

  test("the time that a call may wait for its system is the municipality's own", async () => {
    const one = service("- { id: g, call: registry.findResident, with: { taxCode: X }, within: PT1H, optional: true }");
    const until = async (durations: Record<string, string>) =>
      (await run(good(), { restart, service: one, durations })).systems.calls[0]?.until as number;
    expect((await until({ [`${one.service}.g.within`]: "PT9H" })) - (await until({}))).toBe(8 * 3_600_000);
  });

  test("what can be undone is undone at an outcome that says so", async () => {
    const yaml = `
      - { id: fee, call: payments.createDebt, with: { debtor: {}, amount: 1, reason: r, dueDate: "2026-04-01" }, undo: { call: payments.cancelDebt, with: { debt: "\${steps.fee.debt}" } } }
      - { id: no, end: inadmissible }`;
    const r = await run(good(), { restart, service: service(yaml, '"completed"', { undoOn: ["inadmissible"] }) });
    expect(r.status()).toMatchObject({ outcome: "inadmissible" });
    expect(sends(r, "payments.cancelDebt")).toBe(1);
  });

  test("texts of the service are filled in both languages", async () => {
    const yaml = '- { id: t, set: { en: "${texts.hello.en}", it: "Ecco: ${texts.hello.it}" } }';
    const r = await run(good(), {
      restart,
      service: service(yaml, '"completed"', { texts: { hello: { en: "Hello ${request.kind}", it: "Ciao ${request.kind}" } } }),
    });
    expect(r.state().vars).toEqual({ en: "Hello new", it: "Ecco: Ciao new" });
  });

  test("a call given up in time takes its other way", async () => {
    const yaml = `
      - { id: f, call: tax.openFines, with: { taxCode: X }, within: PT1H, otherwise: { set: { late: true } } }
      - { id: g, call: registry.findResident, with: { taxCode: X }, within: PT1H, optional: true }`;
    const r = await run(
      { ...good(), "tax.openFines": [{ kind: "expired" }], "registry.findResident": [{ kind: "expired" }] },
      { restart, service: service(yaml) },
    );
    expect(r.status()).toMatchObject({
      state: "closed",
      steps: [
        { id: "f", state: "failed" },
        { id: "g", state: "failed" },
      ],
    });
    expect(r.state().vars).toEqual({ late: true });
  });
});

test("a granted pass keeps its old shape", async () => {
  const r = await run({ ...good(), "tax.openFines": [done({ items: [], total: 3 })] });
  await r.decide(grant);
  expect(r.status()).toMatchObject({ outcome: "granted" });
});
