import { describe, expect, test } from "@jest/globals";
import { buffer } from "node:stream/consumers";
import type { AttachmentRef } from "../../shared-types.ts";
import { memoryPorts, onTrial } from "../../trial.ts";
import { localDocuments } from "./adapter.ts";

const settings = { issuer: "Comune di Prova", office: "Ufficio Mobilità e Trasporti" };
const input = {
  title: "Contrassegno unificato disabili",
  reference: "0004711/2026",
  lines: [
    { label: "Intestatario", text: "Niccolò D'Invenzione" },
    { label: "Valido fino al", text: "22/11/2031" },
    { label: "Perché più là, così è già virtù", text: "Òltre, À È É Ì Ò Ù « » € 1.234,56 – “tra virgolette”" },
    { label: "Condizioni", text: "Il contrassegno è personale e non è vincolato a uno specifico veicolo. ".repeat(7).slice(0, 500) },
  ],
  note: "Rilasciato ai sensi dell'art. 381 del DPR 495/1992.\nDa esporre in originale.",
};

/** The bytes that one call stores, with the reference it answers. */
async function issued(content: object, key = "case-1/pass"): Promise<{ bytes: Buffer; ref: AttachmentRef }> {
  const ports = memoryPorts();
  const { output, failure } = await onTrial(localDocuments, settings, ports).call("issue", content, { key });
  if (failure) throw failure;
  const { document } = output as { document: AttachmentRef };
  return { bytes: await buffer(await ports.attachments.open(document)), ref: document };
}

describe("a document made in process", () => {
  test("is the same to the byte for the same key and content, whenever it is made", async () => {
    const first = await issued(input);
    await new Promise((resolve) => void setTimeout(resolve, 1_100));
    const second = await issued(input);
    expect(second.bytes.equals(first.bytes)).toBe(true);
    expect(second.ref).toEqual(first.ref);
  });

  test("is another for another key or another text", async () => {
    const { bytes } = await issued(input);
    expect((await issued(input, "case-2/pass")).bytes.equals(bytes)).toBe(false);
    expect((await issued({ ...input, note: "Altro" })).bytes.equals(bytes)).toBe(false);
  });

  test("is stored once when the call is repeated with its key", async () => {
    const run = onTrial(localDocuments, settings);
    const first = await run.call("issue", input);
    expect((await run.call("issue", input)).output).toEqual(first.output);
    expect(first.effects).toBe(1);
  });

  test("is a PDF with a name from its title and no date taken from the clock", async () => {
    const { bytes, ref } = await issued(input);
    expect(ref).toMatchObject({ name: "contrassegno-unificato-disabili.pdf", mediaType: "application/pdf", bytes: bytes.length });
    expect(bytes.subarray(0, 5).toString("latin1")).toBe("%PDF-");
    expect(bytes.toString("latin1")).not.toMatch(/CreationDate|ModDate/);
  });

  test("without lines and note is one page", async () => {
    const { bytes } = await issued({ title: "Presa d'atto", reference: "1", lines: [] });
    expect(bytes.toString("latin1")).toMatch(/\/Count 1\b/);
  });

  test("takes an accent written as two characters for the letter it makes", async () => {
    const composed = await issued({ ...input, title: "Città" });
    expect((await issued({ ...input, title: "Citta\u0300" })).bytes.equals(composed.bytes)).toBe(true);
  });

  test("is refused by name, and not printed wrong, when its font lacks a letter; the message does not hold the text", async () => {
    const lines = [{ label: "Intestatario", text: "Đorđe Invented" }];
    const { failure, effects } = await onTrial(localDocuments, settings).call("issue", { ...input, lines });
    expect([failure?.kind, failure?.detail.code, effects]).toEqual(["rejected", "UNPRINTABLE", 0]);
    expect(failure?.message).toContain("lines.0.text");
    expect(failure?.message).not.toContain("Invented");
  });

  test("is stored once by 20 calls at the same time", async () => {
    const run = onTrial(localDocuments, settings);
    const results = await Promise.all(Array.from({ length: 20 }, () => run.call("issue", input)));
    expect(new Set(results.map(({ output }) => JSON.stringify(output))).size).toBe(1);
  });
});

test("a setting that cannot be printed is refused when the worker starts", () => {
  expect(localDocuments.config.safeParse({ issuer: "市" }).success).toBe(false);
  expect(localDocuments.config.safeParse({}).success).toBe(false);
});
