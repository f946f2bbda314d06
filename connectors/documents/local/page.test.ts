/** What stands on the page, read back by pdftotext (package poppler-utils). */
import { expect, test } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { suiteNeeding } from "../../../test/suite-needing.ts";
import { toPdf } from "./page.ts";

const issuer = { name: "Comune di Prova", office: "Ufficio Mobilità e Trasporti" };
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

const textOf = (pdf: Buffer): string => execFileSync("pdftotext", ["-layout", "-enc", "UTF-8", "-", "-"], { input: pdf }).toString("utf8");

suiteNeeding("pdftotext")("the page", () => {
  test("shows title, reference, lines with their accents, note and page numbers", async () => {
    const text = textOf(await toPdf(input, issuer, "mark"));
    for (const part of [
      "Comune di Prova",
      "Ufficio Mobilità e Trasporti",
      input.title,
      "Riferimento: 0004711/2026",
      "Niccolò D'Invenzione",
    ])
      expect(text).toContain(part);
    for (const part of ["Òltre, À È É Ì Ò Ù « » € 1.234,56", "Da esporre in originale.", "Pagina 1 di 1"]) expect(text).toContain(part);
  });

  test("goes on over pages, each with its number, and cuts no row", async () => {
    const lines = Array.from({ length: 60 }, (_, index) => ({
      label: `Riga ${index + 1}`,
      text: `Testo ${index + 1} ${"parola ".repeat(30)}fine${index + 1}`,
    }));
    const bytes = await toPdf({ ...input, lines }, issuer, "mark");
    const pages = Number(/\/Count (\d+)/.exec(bytes.toString("latin1"))?.[1]);
    expect(pages).toBeGreaterThan(1);
    const text = textOf(bytes);
    const byPage = text.split("\f").slice(0, pages);
    for (const [index, page] of byPage.entries()) expect(page).toContain(`Pagina ${index + 1} di ${pages}`);
    for (const { label } of lines) {
      const page = byPage.find((one) => new RegExp(`^ *${label} `, "m").test(one));
      expect(page).toContain(`fine${label.slice(5)}`);
    }
  });
});
