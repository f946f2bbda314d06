/** What zod finds wrong, field by field, in English and in Italian. */
import { z } from "zod";
import type { FieldIssue } from "../../cases/message.ts";
import { italian as ourItalian } from "../../catalogue/italian.ts";

const english = z.locales.en().localeError;
const italian = z.locales.it().localeError;

/** Our own sentences in the schemas, which zod's languages do not know. */
const ITALIAN: Readonly<Record<string, string>> = {
  "is not an id (letters, digits, . _ : -, at most 100)": "non è un identificativo (lettere, cifre, . _ : -, al massimo 100)",
  "is not a name (camelCase, at most 60)": "non è un nome (camelCase, al massimo 60)",
  "is not a channel (lower case, at most 30)": "non è un canale (minuscole, al massimo 30)",
  "lies in the future": "è nel futuro",
  "is not applicant, office:<name> or system:<name>": "non è applicant, office:<nome> o system:<nome>",
  "give either an outcome or an ask": "indicare un esito oppure una richiesta",
  "is needed for this verb": "è necessario per questo verbo",
  "is needed for resolve": "è necessario per resolve",
};

/** The value read by the schema, or its issues. */
export function readFields<T>(schema: z.ZodType<T>, value: unknown): { value: T } | { issues: FieldIssue[] } {
  const read = schema.safeParse(value, { error: english });
  if (read.success) return { value: read.data };
  const again = schema.safeParse(value, { error: italian });
  const translated = again.success ? [] : again.error.issues;
  const issues = read.error.issues.flatMap((issue, index) => {
    const it = translated[index]?.message ?? issue.message;
    // An unknown key is named itself, not the object that holds it.
    const names = issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return names.map((path) => ({ field: fieldName(path), en: issue.message, it: ITALIAN[issue.message] ?? ourItalian(it) }));
  });
  return { issues };
}

/** `applicant.taxCode`, `documents[2]`; empty for the whole. */
export function fieldName(path: readonly PropertyKey[]): string {
  let name = "";
  for (const part of path) name += typeof part === "number" ? `[${part}]` : `${name === "" ? "" : "."}${String(part)}`;
  return name;
}
