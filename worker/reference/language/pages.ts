/** docs/language/: the reference of the service language. What a page says of its members comes from the schema, which editors read too. */
import type { z } from "zod";
import { codeSteps } from "../../../cases/code-steps.ts";
import { Fragment, HandWrittenService, Overlay, YamlService } from "../../../catalogue/definition.ts";
import { commonMembers, Consequence } from "../../../catalogue/leaf-steps.ts";
import { code, page, table } from "../markdown.ts";
import { membersOf } from "../schema-words.ts";
import { examplesIn } from "./examples.ts";
import { kinds, type Kind } from "./kinds.ts";
import { memberTables } from "./member-tables.ts";
import { typesPage } from "./types-page.ts";
import { languageWords, takes } from "./words.ts";

/** File in docs/language/ to its text; the examples are read below this root. */
export const languagePages = (root: string): Readonly<Record<string, string>> => ({
  "README.md": indexPage(),
  "service.md": servicePage(),
  "step.md": stepPage(),
  ...Object.fromEntries(kinds.map((kind) => [`${kind.name}.md`, kindPage(root, kind)])),
  "fragment.md": page(
    "Fragments",
    description(Fragment),
    "A service puts one in its place with [use](use.md). A fragment may use others, never itself. It is expanded before a case pins its definition.",
    ...memberTables(Fragment),
    ...examplesIn(root, "services/fragments/told.yaml"),
  ),
  "overlay.md": page(
    "The municipality's overlay",
    `${description(Overlay)} Services are shared as they are; what differs from town to town stands here.`,
    ...memberTables(Overlay),
    ...examplesIn(root, "municipalities/riva-nuova.yaml"),
  ),
  "types.md": typesPage(),
  "words.md": wordsPage(),
});

const description = (schema: z.ZodType): string => schema.description ?? "";

function indexPage(): string {
  return page(
    "The service language",
    "Every word of the language, one page per kind of step. How the parts fit together is told in [Writing a service](../services.md); what a service may call stands in [Operations](../operations.md).",
    "The tables are made from the schemas that `darsena check` reads by, and that `darsena schema` gives to [editors](../editor.md). The examples are files of " +
      "[catalogue/examples](../../catalogue/examples), which the check finds right: `darsena check catalogue/examples`.",
    "## Kinds of step",
    table(
      ["step", "what it does"],
      kinds.map(({ name, schema }) => [`[${name}](${name}.md)`, description(schema)]),
    ),
    "## Files and words",
    table(
      ["page", "what"],
      [
        ["[service](service.md)", description(YamlService)],
        ["[step](step.md)", "What every step may have."],
        ["[fragment](fragment.md)", description(Fragment)],
        ["[overlay](overlay.md)", description(Overlay)],
        ["[types](types.md)", "Types of fields in requests, forms and inputs of fragments."],
        ["[words](words.md)", "Durations, texts, expressions and what else fields are made of."],
      ],
    ),
  );
}

function servicePage(): string {
  return page(
    "A service's file",
    description(YamlService),
    ...memberTables(YamlService),
    "How the term is counted: [The legal clock](../legal-clock.md).",
    "## A service written by hand",
    `${description(HandWrittenService)} In place of \`steps\`, \`outcome\`, \`withdrawn\` and \`undoOn\` it has:`,
    ...memberTables(HandWrittenService, { without: Object.keys(YamlService.shape), heading: "###" }),
    "## Examples",
    "[disabled-parking-pass.yaml](../../services/mobility/disabled-parking-pass.yaml) and [patronage-request.yaml](../../services/events/patronage-request.yaml) are whole services; their pages are [here](../services/README.md).",
  );
}

const stepPage = (): string =>
  page(
    "What every step may have",
    "Beside these members a step has the one word that says its kind, such as [call](call.md).",
    table(
      ["member", "takes", "required", "meaning"],
      Object.entries(commonMembers).map(([name, schema]) => [code(name), takes(schema), required(schema), descriptionOf(schema)]),
    ),
    "Deadlines and reminders belong to the kinds that wait: `within`, `reminders` and `otherwise` of [decide](decide.md), [ask](ask.md), [wait](wait.md) and [open](open.md), " +
      "`escalate` of `decide`, and `within` and `otherwise` of [call](call.md).",
    "A step that stands inside another one has its path before its own: `checks/tax/fines`, `papers[3]/entry`. Its result is still read by its id, `steps.fines`.",
  );

const required = (schema: z.ZodType): string => (schema.safeParse(undefined).success ? "" : "yes");
const descriptionOf = (schema: z.ZodType): string => schema.description ?? "";

function kindPage(root: string, { name, schema, result, notes = [], file }: Kind): string {
  return page(
    code(name),
    description(schema),
    "Beside [what every step may have](step.md):",
    ...memberTables(schema, { without: Object.keys(commonMembers) }),
    "## Result",
    result,
    ...notes,
    ...(name === "run" ? ["## Code steps", "They stand in [cases/code-steps.ts](../../cases/code-steps.ts).", codeStepTable()] : []),
    ...examplesIn(root, `services/${file}`),
  );
}

const codeStepTable = (): string =>
  table(
    ["name", "does", "inputs", "gives"],
    Object.entries(codeSteps).map(([name, { title, input, output }]) => [code(name), title, list(input), list(output)]),
  );

const list = (schema: z.ZodType): string =>
  membersOf(schema)
    .map(({ name, words, optional }) => `${code(name)}${optional ? "?" : ""}: ${words}`)
    .join("; ");

function wordsPage(): string {
  const sections = languageWords.filter(({ schema }) => schema !== Consequence);
  return page(
    "Words of the language",
    "What the members of steps and files are made of.",
    ...sections.flatMap(({ title, schema, more = [] }) => [`## ${title}`, description(schema), ...more]),
    "## Consequence",
    description(Consequence),
    "It follows when a time is over (`otherwise`) or a system refuses (`rejected`).",
    ...memberTables(Consequence),
  );
}
