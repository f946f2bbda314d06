/** Documents made in process: a PDF in Italian layout, stored beside the attachments. No other system is called. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { adapter } from "../../adapter.ts";
import type { InputOf } from "../../contract.ts";
import { rejected } from "../../failure.ts";
import { documents } from "../contract.ts";
import { type Issuer, toPdf } from "./page.ts";
import { fileName, printable } from "./printable.ts";

type Issue = InputOf<typeof documents.issue>;

/**
 * `issue` is idempotent by key: the same key and content give the same bytes, and the store answers the same reference.
 * Text that the page cannot show is rejected with the undeclared code UNPRINTABLE, so that the case parks and a person looks.
 */
export const localDocuments = adapter(documents, {
  name: "local",
  title: "Documents made by Darsena",
  config: z.object({
    issuer: z
      .string()
      .min(1)
      .max(200)
      .refine(isPrintable, "holds characters that the page cannot show")
      .describe("the municipality as printed at the head: `Comune di Milano`"),
    office: z
      .string()
      .min(1)
      .max(200)
      .refine(isPrintable, "holds characters that the page cannot show")
      .optional()
      .describe("the office below it"),
  }),
  connect: ({ issuer, office }): Issuer => ({ name: issuer, office }),
  recovery: { issue: { by: "key" } },
  operations: {
    issue: async (input, { session, ports, key, effect }) => {
      const content = shown(input);
      const mark = `darsena-${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
      const bytes = await toPdf(content, session, mark);
      const document = await effect(() => ports.attachments.put(`document/${key}`, fileName(content.title), "application/pdf", bytes));
      return { document };
    },
  },
});

function isPrintable(text: string): boolean {
  return printable(text) !== undefined;
}

function shown({ title, reference, lines, note }: Issue): Issue {
  return {
    title: need(title, "title"),
    reference: need(reference, "reference"),
    lines: lines.map(({ label, text }, index) => ({ label: need(label, `lines.${index}.label`), text: need(text, `lines.${index}.text`) })),
    ...(note === undefined ? {} : { note: need(note, "note") }),
  };
}

function need(text: string, path: string): string {
  const shownText = printable(text);
  if (shownText === undefined)
    throw rejected("UNPRINTABLE", `the document cannot be printed: ${path} holds characters that its font lacks`);
  return shownText;
}
