import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Json } from "../../json.ts";
import type { Simulator } from "../../simulator.ts";
import { docarea } from "./adapter.ts";
import { dialectNames } from "./dialects.ts";
import { ada, annex, attachment, certificate, club, connected, settings } from "./fixtures.ts";
import { docareaSimulator, simulatedAccount } from "./simulator.ts";

let simulator: Simulator;
beforeEach(async () => {
  simulator = await docareaSimulator({ now: () => new Date("2026-11-22T10:00:00Z") });
});
afterEach(() => simulator.close());

const input: { [name: string]: Json } = { subject: "Contrassegno unificato disabili", sender: ada, documents: [certificate] };

describe.each(dialectNames)("in the dialect %s", (dialect) => {
  const connect = (more: Record<string, unknown> = {}) => connected(settings(`${simulator.url}/${dialect}`, { dialect, ...more }));

  test("a received document gets number, year and date", async () => {
    const { output, effects } = await connect()("register", input);
    expect(output).toEqual({ number: "0004711/2026", year: 2026, date: "2026-11-22", rawDate: "22/11/2026" });
    expect(effects).toBe(1);
    expect(simulator.requests()).toEqual(["Login", "Inserimento", "Protocollazione"]);
    expect(simulator.ledger()).toMatchObject([
      {
        operation: "Protocollazione",
        key: "case-1/registration",
        reference: "4711/2026",
        flow: "E",
        dialect,
        subject: "Contrassegno unificato disabili [case-1/registration]",
        sender: { kind: "Persona", Nome: ada.givenName, Cognome: ada.familyName, CodiceFiscale: ada.taxCode },
        recipient: { kind: "Amministrazione", CodiceAmministrazione: simulatedAccount.organisationCode },
        classification: "06.03",
        documents: [{ name: "certificato.pdf", sha256: certificate.sha256, bytes: certificate.bytes }],
      },
    ]);
  });

  test("a sent document is registered with flow U and its recipient", async () => {
    const { output } = await connect()("registerOutgoing", {
      subject: "Esito",
      recipient: club,
      documents: [certificate, annex],
      office: "MOB",
    });
    expect(output).toMatchObject({ number: "0004711/2026" });
    expect(simulator.ledger()).toMatchObject([
      {
        flow: "U",
        sender: { kind: "Amministrazione", CodiceAmministrazione: simulatedAccount.organisationCode },
        recipient: { kind: "Amministrazione", Denominazione: club.name, CodiceFiscale: club.code },
        office: "MOB",
        documents: [{ sha256: certificate.sha256 }, { sha256: annex.sha256 }],
      },
    ]);
  });

  test("accents and the characters of XML arrive exactly as they were given", async () => {
    const hostile = "Perché è così & &amp; <b>'\"</b> ]]> 😀 €";
    const cdata = "<![CDATA[x]]></Oggetto><Evil/><![CDATA[y]]>";
    const named = attachment("att-hostile001", `${hostile}.pdf`, "%PDF");
    await connect()("register", {
      ...input,
      subject: hostile,
      sender: { ...ada, givenName: cdata, familyName: hostile },
      documents: [named],
    });
    expect(simulator.ledger()).toMatchObject([
      { subject: `${hostile} [case-1/registration]`, sender: { Nome: cdata, Cognome: hostile }, documents: [{ name: `${hostile}.pdf` }] },
    ]);
  });

  test("a document of 5 MB arrives byte for byte", async () => {
    const bytes = Buffer.alloc(5_000_000, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
    const big = attachment("att-big0000001", "big.pdf", bytes);
    const { output } = await connect()("register", { ...input, documents: [big] });
    expect(output).toMatchObject({ number: "0004711/2026" });
    expect(simulator.ledger()).toMatchObject([
      { documents: [{ bytes: 5_000_000, sha256: createHash("sha256").update(bytes).digest("hex") }] },
    ]);
  });

  test("20 concurrent calls share one log-in and get 20 numbers", async () => {
    const call = connect();
    const called = await Promise.all(Array.from({ length: 20 }, (_, i) => call("register", input, { key: `case-${i}/registration` })));
    expect(simulator.requests().filter((one) => one === "Login")).toHaveLength(1);
    expect(new Set(called.map(({ output }) => (output as { number: string }).number)).size).toBe(20);
    expect(new Set(simulator.ledger().map(({ key }) => key)).size).toBe(20);
  });
});

const connect = (more: Record<string, unknown> = {}) => connected(settings(`${simulator.url}/halley`, more));

test("a call without documents registers a generated text that names its subject", async () => {
  const { output } = await connect()("register", { ...input, documents: [] });
  expect(output).toMatchObject({ number: "0004711/2026" });
  const text = "Contrassegno unificato disabili\ncase-1/registration\n";
  const sha256 = createHash("sha256").update(text).digest("hex");
  expect(simulator.ledger()).toMatchObject([{ documents: [{ name: "oggetto.txt", sha256 }] }]);
});

test("a long subject is cut to the configured length and keeps the marker", async () => {
  await connect({ subjectMaxLength: 120 })("register", { ...input, subject: "è".repeat(250) });
  const [entry] = simulator.ledger();
  expect(entry?.["subject"]).toHaveLength(120);
  expect(entry?.["subject"]).toMatch(/è\.\.\. \[case-1\/registration\]$/);
  expect(entry?.key).toBe("case-1/registration");
});

test("the number is printed by the municipality's rule", async () => {
  const { output } = await connect({ numberFormat: "PG/{year}/{number}" })("register", input);
  expect(output).toMatchObject({ number: "PG/2026/4711" });
});

test("a later call uses the session of the first", async () => {
  const call = connect();
  await call("register", input);
  await call("register", input, { key: "case-2/registration" });
  expect(simulator.requests().filter((one) => one === "Login")).toHaveLength(1);
});

test("the same registration sent twice is registered twice: the system knows no reference of ours", async () => {
  const call = connect();
  await call("register", input);
  await call("register", input);
  expect(simulator.ledger().map(({ key, reference }) => [key, reference])).toEqual([
    ["case-1/registration", "4711/2026"],
    ["case-1/registration", "4712/2026"],
  ]);
});

const problems = (more: Record<string, unknown>) =>
  docarea.config.safeParse(settings("http://127.0.0.1:1/", more)).error?.issues.map(({ path }) => path[0]);

describe("settings", () => {
  test("name what is wrong with them", () => {
    expect(problems({ dialect: "klingon" })).toEqual(["dialect"]);
    expect(problems({ endpoint: "ftp://docarea" })).toEqual(["endpoint"]);
    expect(problems({ password: "" })).toEqual(["password"]);
    expect(problems({ numberFormat: "{year}" })).toEqual(["numberFormat"]);
    expect(problems({ aoo: undefined, classification: undefined })).toEqual(["aoo", "classification"]);
  });
});
