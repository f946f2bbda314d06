/** Findings about files as a whole. */
import type { FindingCode } from "../findings.ts";

export const fileCodes = {
  yaml: {
    level: "error",
    title: "The file is not YAML",
    why: "Nothing else can be checked before the file can be read. A key that stands twice belongs here too: one of the two would be lost.",
    wrong: "title: { en: Parking pass, it: Contrassegno",
    right: "title: { en: Parking pass, it: Contrassegno }",
  },
  schema: {
    level: "error",
    title: "A member is missing, unknown or of the wrong kind",
    why: "The file does not have the shape that the language gives it. `darsena schema` lets an editor say so while you write.",
    wrong: "legal: { term: 30 days }",
    right: "legal: { term: P30D }",
  },
  "missing-translation": {
    level: "error",
    title: "A text is missing in one language",
    why: "Applicants read every text in the language that they chose: each one exists in English (`en`) and in Italian (`it`).",
    wrong: "title: { en: Decide on the pass }",
    right: "title: { en: Decide on the pass, it: Decisione sul contrassegno }",
  },
  "file-name": {
    level: "error",
    title: "The file's name is not the name inside",
    why: "A service, fragment or municipality is found by its file's name.",
    wrong: "# services/mobility/parking.yaml\nservice: disabled-parking-pass",
    right: "# services/mobility/disabled-parking-pass.yaml\nservice: disabled-parking-pass",
  },
  "duplicate-service": {
    level: "error",
    title: "Two files define the same service or fragment",
    why: "A service is one workflow type: only one of the two files would be used.",
    wrong: "# services/a/pass.yaml and services/b/pass.yaml\nservice: pass",
    right: "# services/b/pass-for-visitors.yaml\nservice: pass-for-visitors",
  },
  "unknown-type": {
    level: "error",
    title: "A field has a type that does not exist",
    why: "Fields of requests and forms have one of the shared types, a list of one (`Attachment[]`), or words (`new | renewal`); `?` marks what may be left out.",
    wrong: "request: { applicant: Persona }",
    right: "request: { applicant: Person }",
  },
} as const satisfies Record<string, FindingCode>;
