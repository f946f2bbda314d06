/** The fixed words of diagrams, in both languages. */
import type { Text } from "../../cases/status.ts";

export type Language = "en" | "it";

/** Words by their English meaning; `{}` stands for what is filled in. */
const words = {
  received: { en: "Request received", it: "Richiesta ricevuta" },
  withdrawn: { en: "After a withdrawal", it: "Dopo una rinuncia" },
  onlyIf: { en: "only if {}", it: "solo se {}" },
  if: { en: "if {}", it: "se {}" },
  yes: { en: "yes", it: "sì" },
  no: { en: "no", it: "no" },
  otherwise: { en: "otherwise", it: "altrimenti" },
  within: { en: "within {}", it: "entro {}" },
  after: { en: "after {}", it: "dopo {}" },
  every: { en: "asked every {}", it: "verificato ogni {}" },
  undo: { en: "undo: {}", it: "annullamento: {}" },
  office: { en: "office: {}", it: "ufficio: {}" },
  escalates: { en: "after {} to {}", it: "dopo {} a {}" },
  applicant: { en: "asked of the applicant", it: "chiesto al richiedente" },
  answer: { en: "answer, or time over", it: "risposta, o termine scaduto" },
  first: { en: "needed before: {}", it: "necessario prima di: {}" },
  waitsFor: { en: "waits for: {}", it: "attende: {}" },
  waitsUntil: { en: "waits until {}", it: "attende fino a {}" },
  sets: { en: "sets {}", it: "imposta {}" },
  code: { en: "code: {}", it: "codice: {}" },
  opens: { en: "opens {}", it: "apre {}" },
  opensOnly: { en: "opens {}, does not wait", it: "apre {}, senza attendere" },
  parallel: { en: "at the same time", it: "in parallelo" },
  all: { en: "until all are done", it: "finché tutti sono conclusi" },
  firstDone: { en: "until the first is done", it: "finché il primo è concluso" },
  countDone: { en: "until {} are done", it: "finché {} sono conclusi" },
  forEach: { en: "for each {} of {}", it: "per ogni {} di {}" },
  atMost: { en: "at most {} at a time", it: "al massimo {} alla volta" },
  fragment: { en: "fragment {}", it: "frammento {}" },
  optional: { en: "optional", it: "facoltativo" },
  rejected: { en: "rejected: {}", it: "rifiutato: {}" },
  undoes: { en: "what was done is undone", it: "quanto fatto è annullato" },
  byHand: { en: "written in TypeScript ({}); the code gives the order", it: "scritto in TypeScript ({}); l'ordine è nel codice" },
  case: { en: "Case {}", it: "Pratica {}" },
  done: { en: "done", it: "fatto" },
  running: { en: "running", it: "in corso" },
  waiting: { en: "waiting", it: "in attesa" },
  parked: { en: "parked", it: "fermo" },
  failed: { en: "failed", it: "non riuscito" },
  skipped: { en: "skipped", it: "saltato" },
  undone: { en: "undone", it: "annullato" },
  ofThem: { en: "{} of {}", it: "{} di {}" },
  granted: { en: "granted", it: "accolta" },
  refused: { en: "refused", it: "respinta" },
  inadmissible: { en: "inadmissible", it: "improcedibile" },
  completed: { en: "completed", it: "conclusa" },
  cancelled: { en: "cancelled", it: "cancellata" },
  withdrawal: { en: "withdrawn", it: "ritirata" },
} as const satisfies Record<string, Text>;

export type Word = keyof typeof words;

/** A word in this language, with `{}` filled in. */
export function word(language: Language, name: Word, ...filled: (string | number)[]): string {
  let index = 0;
  return words[name][language].replaceAll("{}", () => String(filled[index++] ?? ""));
}

const units = {
  en: { D: ["day", "days"], H: ["hour", "hours"], M: ["minute", "minutes"], S: ["second", "seconds"] },
  it: { D: ["giorno", "giorni"], H: ["ora", "ore"], M: ["minuto", "minuti"], S: ["secondo", "secondi"] },
} as const;

/** `P20D` as people say it. */
export const duration = (language: Language, iso: string): string =>
  [...iso.matchAll(/(\d+)([DHMS])/g)]
    .map(([, count = "0", unit = "D"]) => `${count} ${units[language][unit as "D"][Number(count) === 1 ? 0 : 1]}`)
    .join(" ");
