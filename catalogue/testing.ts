/** The small project in which the wrong files of `wrong/` are checked: a municipality, a service and a fragment without mistakes. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { adapterNames } from "../connectors/adapter-names.ts";
import type { SourceText } from "./source.ts";

const defaults: Record<string, string> = {
  darsena: "darsena: 1",
  service: "service: wrong-case",
  title: "title: { en: A case, it: Un caso }",
  area: "area: test",
  office: "office: officeOne",
  legal: "legal: { term: P30D }",
  request: 'request: { applicant: Person, kind: "new | renewal", note: "Text?", amount: Number, proof: Attachment }',
  applicant: "applicant: request.applicant.taxCode",
  outcomes: `outcomes:
  granted: { en: Granted, it: Concesso }
  refused: { en: Refused, it: Respinto }
  completed: { en: Done, it: Fatto }
  inadmissible: { en: Inadmissible, it: Inammissibile }`,
  outcome: `outcome: '"completed"'`,
};

/** A service's text with the members that it leaves out: they are appended, so that its lines keep their numbers. */
export function wholeService(text: string): string {
  const missing = Object.entries(defaults).filter(([name]) => !new RegExp(`^${name}:`, "m").test(text));
  return `${text}${missing.map(([, line]) => line).join("\n")}\n`;
}

/** A project without findings. */
export const goodSources: readonly SourceText[] = [
  {
    file: "municipalities/testville.yaml",
    text: `municipality: testville
title: { en: Testville, it: Provopoli }
istat: "099998"
adapters: ${JSON.stringify(Object.fromEntries(Object.entries(adapterNames).map(([contract, [first]]) => [contract, first])))}
offices: { officeOne: { en: Office, it: Ufficio } }
`,
  },
  {
    file: "services/fragments/greet.yaml",
    text: `darsena: 1
fragment: greet
title: { en: Greet, it: Saluta }
inputs: { name: Text }
steps:
  - { id: hello, set: { words: "Hello \${inputs.name}" } }
outputs: { words: "\${vars.words}" }
`,
  },
  {
    file: "services/test/good-service.yaml",
    text: wholeService(`service: good-service
request: { applicant: Person }
steps:
  - { id: greet, use: fragments/greet, with: { name: "\${request.applicant.givenName}" } }
  - id: decision
    decide:
      office: officeOne
      within: P20D
      outcomes: { grant: { title: { en: Grant, it: Concedi }, form: { until: Date } }, refuse: { title: { en: Refuse, it: Respingi } } }
  - { id: day, when: steps.decision.outcome == "grant", set: { day: "\${steps.decision.form.until}", words: "\${steps.greet.words}" } }
outcome: 'steps.decision.outcome == "grant" ? "granted" : "refused"'
`),
  },
];

/** A file of `wrong/`: what it must be told, and whether the editor's schema sees it too. */
export interface WrongFile {
  /** The file's name without `.yaml`: the code, and a word after a dot where there are several. */
  name: string;
  code: string;
  source: SourceText;
  /** `<line>:<column> <level> <code>: <message> | <expected> | <suggestion>`. */
  expected: string[];
  schemaRefuses: boolean;
}

/** All files of a folder of wrong files. */
export function wrongFiles(folder: string): WrongFile[] {
  return readdirSync(folder)
    .toSorted()
    .map((file) => {
      const name = file.replace(/\.yaml$/, "");
      const text = readFileSync(join(folder, file), "utf8");
      const comments = text.split("\n").filter((line) => line.startsWith("# "));
      const directive = (word: string) =>
        comments
          .find((line) => line.startsWith(`# ${word}:`))
          ?.slice(word.length + 4)
          .trim();
      const expected = comments.filter((line) => /^# \d+:\d+ /.test(line)).map((line) => line.slice(2));
      return {
        name,
        code: name.split(".")[0] ?? "",
        source: sourceOf(text, directive("file")),
        expected,
        schemaRefuses: directive("schema") === "refuses",
      };
    });
}

function sourceOf(text: string, file: string | undefined): SourceText {
  const named = (key: string) => new RegExp(`^${key}: (.*)$`, "m").exec(text)?.[1];
  const municipality = named("municipality");
  if (municipality) return { file: file ?? `municipalities/${municipality}.yaml`, text };
  const fragment = named("fragment");
  if (fragment) return { file: file ?? `services/fragments/${fragment}.yaml`, text };
  return { file: file ?? "services/test/wrong-case.yaml", text: wholeService(text) };
}
