/** The Italian layout of an issued document as a PDF. Pure: the same content gives the same bytes. */
import Pdf from "pdfkit";
import type { InputOf } from "../../contract.ts";
import type { documents } from "../contract.ts";

type Issue = InputOf<typeof documents.issue>;

/** Who issues it, as printed at the head and foot of each page. */
export interface Issuer {
  readonly name: string;
  readonly office?: string | undefined;
}

const MARGIN = 56;
const LABEL_WIDTH = 150;
const GAP = 12;
const FOOT = 48;
const RULE = "#999999";

/**
 * The document as PDF bytes. `mark` identifies it and decides the file's id; there is no creation date, since the date of
 * issue is content (a line), and one taken from the clock would change the bytes with each attempt.
 */
export async function toPdf({ title, reference, lines, note }: Issue, issuer: Issuer, mark: string): Promise<Buffer> {
  const pdf = new Pdf({
    size: "A4",
    margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN + FOOT },
    bufferPages: true,
    lang: "it-IT",
    displayTitle: true,
    info: { Title: title, Author: issuer.name, Creator: "Darsena", Producer: "Darsena", Keywords: mark, CreationDate: new Date(0) },
  });
  // pdfkit 0.20 always sets a date and needs one to end: hidden, it is not written.
  Object.defineProperty(pdf.info, "CreationDate", { value: new Date(0), enumerable: false });
  const chunks: Buffer[] = [];
  pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => void pdf.once("end", resolve).once("error", reject));
  head(pdf, issuer);
  pdf.font("Helvetica-Bold").fontSize(18).text(title).moveDown(0.4);
  pdf.font("Helvetica").fontSize(10).fillColor("#444444").text(`Riferimento: ${reference}`).fillColor("#000000").moveDown(1.5);
  for (const line of lines) row(pdf, line.label, line.text);
  if (note !== undefined) pdf.moveDown(1.5).font("Helvetica").fontSize(10).text(note, MARGIN, pdf.y, { lineGap: 2 });
  foot(pdf, issuer, reference);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

const widthOf = (pdf: PDFKit.PDFDocument) => pdf.page.width - 2 * MARGIN;

function head(pdf: PDFKit.PDFDocument, { name, office }: Issuer): void {
  pdf.font("Helvetica-Bold").fontSize(12).text(name);
  if (office !== undefined) pdf.font("Helvetica").fontSize(10).text(office);
  rule(pdf, pdf.y + 6);
  pdf.moveDown(2);
}

function rule(pdf: PDFKit.PDFDocument, y: number): void {
  pdf
    .moveTo(MARGIN, y)
    .lineTo(MARGIN + widthOf(pdf), y)
    .lineWidth(0.5)
    .strokeColor(RULE)
    .stroke();
}

/** Label and text side by side; a row is never cut by the end of a page. */
function row(pdf: PDFKit.PDFDocument, label: string, text: string): void {
  const textWidth = widthOf(pdf) - LABEL_WIDTH - GAP;
  const labelHeight = pdf.font("Helvetica-Bold").fontSize(10).heightOfString(label, { width: LABEL_WIDTH });
  const height = Math.max(labelHeight, pdf.font("Helvetica").fontSize(10).heightOfString(text, { width: textWidth }));
  if (pdf.y + height + GAP > pdf.page.height - MARGIN - FOOT) pdf.addPage();
  const top = pdf.y;
  pdf.font("Helvetica-Bold").text(label, MARGIN, top, { width: LABEL_WIDTH });
  pdf.font("Helvetica").text(text, MARGIN + LABEL_WIDTH + GAP, top, { width: textWidth });
  rule(pdf, top + height + GAP / 2);
  pdf.x = MARGIN;
  pdf.y = top + height + GAP;
}

/** Written last, when the number of pages is known. The lower margin is lifted, or pdfkit would begin a new page. */
function foot(pdf: PDFKit.PDFDocument, { name }: Issuer, reference: string): void {
  const { start, count } = pdf.bufferedPageRange();
  for (let index = start; index < start + count; index++) {
    pdf.switchToPage(index);
    const bottom = pdf.page.margins.bottom;
    pdf.page.margins.bottom = 0;
    const y = pdf.page.height - MARGIN - 10;
    rule(pdf, y - 8);
    pdf.font("Helvetica").fontSize(8).fillColor("#444444");
    pdf.text(`${name} · ${reference}`, MARGIN, y, { width: widthOf(pdf) - 90, height: 10, ellipsis: true });
    pdf.text(`Pagina ${index - start + 1} di ${count}`, MARGIN + widthOf(pdf) - 80, y, { width: 80, align: "right" });
    pdf.fillColor("#000000");
    pdf.page.margins.bottom = bottom;
  }
}
