/** Findings about texts, terms and personal data. */
import type { FindingCode } from "../findings.ts";

export const timeCodes = {
  "term-too-short": {
    level: "warning",
    title: "The waits inside may take longer than the legal term",
    why: "The longest way to the last decision (or, without one, to the end), with every `within` used up, is longer than `legal.term`. What suspends the clock is not counted: asks with `clock: integration` or `rejectionNotice`.",
    wrong: "legal: { term: P30D }\n...\ndecide: { office: mobilityPermits, within: P45D, ... }",
    right: "legal: { term: P30D }\n...\ndecide: { office: mobilityPermits, within: P20D, ... }",
  },
  "missing-outcome-text": {
    level: "warning",
    title: "An outcome has no text for the applicant",
    why: "The service has texts for some of its outcomes and can also end in this one, of which the applicant would be told in general words.",
    wrong: 'outcomes: { granted: ... }\noutcome: \'steps.decision.outcome == "grant" ? "granted" : "refused"\'',
    right:
      "outcomes:\n  granted: { en: The pass is granted, it: Il contrassegno è rilasciato }\n  refused: { en: The request is refused, it: La richiesta è respinta }",
  },
  "placeholder-differs": {
    level: "warning",
    title: "The two languages of a text do not say the same",
    why: "An expression stands in one language and not in the other: one reader is told less.",
    wrong: 'texts:\n  done: { en: "Done, ${case.receipt}", it: Fatto }',
    right: 'texts:\n  done: { en: "Done, ${case.receipt}", it: "Fatto, ${case.receipt}" }',
  },
  "not-filled": {
    level: "error",
    title: "An expression in a text that is shown as it is written",
    why: "Titles, public labels, texts of outcomes and reasons are fixed: they stand in lists, logs and the register. `${...}` is filled in `texts` and in inputs.",
    wrong: 'title: { en: "Decide on ${request.kind}", it: "Decisione su ${request.kind}" }',
    right: "title: { en: Decide on the request, it: Decisione sulla richiesta }",
  },
  "personal-data": {
    level: "error",
    title: "Personal data where data are not encrypted",
    why: "Inputs, results, forms and variables are encrypted in Temporal. Not so the office of a case and of a decision (search attributes, queues of work), nor labels and reasons (register, history, lists): a person's data do not belong there.",
    wrong: 'office: "${request.applicant.familyName}"',
    right: 'office: "${overlay.tables.patronageOffices[request.initiative]}"',
  },
} as const satisfies Record<string, FindingCode>;
