/** docs/services/: one page per service that is shipped, from its definition: `npm run docs:services` writes them, a test compares them. */
import { readCatalogue } from "../../catalogue/check.ts";
import { isHandWritten, type Service, type Step } from "../../catalogue/definition.ts";
import { drawingOf } from "../../catalogue/diagram/drawing.ts";
import { mermaid } from "../../catalogue/diagram/mermaid.ts";
import { svg } from "../../catalogue/diagram/svg.ts";
import { duration } from "../../catalogue/diagram/words.ts";
import { kindOf, stepsByPath } from "../../catalogue/step-index.ts";
import { code, page, table } from "./markdown.ts";

/** File in docs/services/ to its text, for the services below this root. */
export function servicePages(root: string): Readonly<Record<string, string>> {
  const { services } = readCatalogue(root);
  const sorted = services.toSorted((a, b) => a.service.localeCompare(b.service));
  const pages = sorted.flatMap((service) => [
    [`${service.service}.md`, servicePage(service)],
    [`${service.service}.svg`, svg(drawingOf(service, "en"))],
  ]);
  return { "README.md": indexPage(sorted), ...Object.fromEntries(pages) };
}

function indexPage(services: readonly Service[]): string {
  return page(
    "Services",
    "What this repository ships, one page per service. The pages are made from the services' files.",
    table(
      ["service", "title", "titolo", "area", "term"],
      services.map(({ service, title, area, legal }) => [
        `[${service}](${service}.md)`,
        title.en,
        title.it,
        area,
        duration("en", legal.term),
      ]),
    ),
  );
}

function servicePage(service: Service): string {
  const { title, area, office, legal, request, outcomes } = service;
  const expiry = legal.onExpiry === "silent-assent" ? "silence is consent (silenzio assenso)" : "the municipality is in breach";
  return page(
    title.en,
    `${title.it}. Service ${code(service.service)}, area ${area}, office ${code(office)}.`,
    isHandWritten(service)
      ? `Written in TypeScript: workflow ${code(service.workflow)}.`
      : `Written in YAML: [${service.service}.yaml](../../services/${area}/${service.service}.yaml).`,
    "## Legal term",
    `${duration("en", legal.term)}${legal.basis === undefined ? "" : `, by ${legal.basis}`}. When it is over: ${expiry}.`,
    "## Request",
    table(
      ["field", "type", ""],
      Object.entries(request).map(([name, type]) => [code(name), code(type.replace(/\?$/, "")), type.endsWith("?") ? "may be absent" : ""]),
    ),
    "The types are explained in [types of fields](../language/types.md).",
    "## Steps",
    ...(isHandWritten(service) ? [labels(service.labels)] : [steps([...stepsByPath(service).values()].filter((one) => !one.withdrawn))]),
    ...(isHandWritten(service) || service.withdrawn.length === 0
      ? []
      : ["After a withdrawal:", steps([...stepsByPath(service).values()].filter((one) => one.withdrawn))]),
    "## Diagram",
    `The same as a picture: [${service.service}.svg](${service.service}.svg). With a case in it: \`darsena diagram --case CASE --svg\`.`,
    `\`\`\`mermaid\n${mermaid(drawingOf(service, "en"))}\`\`\``,
    "## Outcomes",
    table(
      ["outcome", "the applicant reads", "il richiedente legge"],
      Object.entries(outcomes).map(([outcome, text]) => [code(outcome), text?.en ?? "", text?.it ?? ""]),
    ),
  );
}

const labels = (given: Extract<Service, { workflow: string }>["labels"]): string =>
  table(
    ["step", "title", "the applicant sees"],
    Object.entries(given).map(([path, label]) => [code(path), label.title.en, label.public?.en ?? ""]),
  );

const steps = (placed: readonly { path: string; step: Step }[]): string =>
  table(
    ["step", "kind", "title", "what", "only if", "the applicant sees"],
    placed.map(({ path, step }) => [
      code(path),
      kindOf(step),
      step.title?.en ?? "",
      what(step).join("; "),
      step.when === undefined ? "" : code(step.when),
      step.public?.en ?? "",
    ]),
  );

/** What a step does, in a few words. */
function what(step: Step): string[] {
  const optional = step.optional ? ["optional"] : [];
  if ("call" in step)
    return [code(step.call), ...(step.undo ? [`undone by ${code(step.undo.call)}`] : []), ...within(step.within), ...optional];
  if ("decide" in step)
    return [
      `outcomes ${Object.keys(step.decide.outcomes).map(code).join(", ")}`,
      ...(Object.keys(step.decide.asks).length === 0 ? [] : [`may ask ${Object.keys(step.decide.asks).map(code).join(", ")}`]),
      ...within(step.decide.within),
    ];
  if ("ask" in step) return [`asks for ${Object.keys(step.ask.form).map(code).join(", ") || "an answer"}`, ...within(step.ask.within)];
  if ("wait" in step) return [...waited(step.wait), ...within(step.wait.within)];
  if ("open" in step) return [`opens ${code(step.open.service)}${step.open.wait ? "" : " and does not wait"}`, ...within(step.open.within)];
  if ("set" in step) return [`sets ${Object.keys(step.set).map(code).join(", ")}`];
  if ("run" in step) return [`runs ${code(step.run)}`];
  if ("end" in step) return [`ends as ${code(step.end)}${step.undo ? ", undoing what was done" : ""}`];
  if ("parallel" in step)
    return [`${Object.keys(step.parallel.branches).map(code).join(", ")} at the same time, until ${step.parallel.wait}`];
  if ("forEach" in step) return [`each of ${code(step.forEach.in)}`];
  if ("block" in step) return [`fragment ${code(step.block.fragment)}`];
  return "choose" in step ? step.choose.map((branch) => (branch.if === undefined ? "otherwise" : `if ${code(branch.if)}`)) : [];
}

function waited({ for: message, until, confirm }: Extract<Step, { wait: unknown }>["wait"]): string[] {
  const awaited = message === undefined ? `until ${code(until ?? "")}` : `for ${code(message)}`;
  return [awaited, ...(confirm ? [`confirmed by ${code(confirm.call)} every ${duration("en", confirm.every)}`] : [])];
}

const within = (iso: string | undefined): string[] => (iso === undefined ? [] : [`within ${duration("en", iso)}`]);
