/** Offices, fees and tables: what a service takes from the municipalities that offer it. */
import type { Overlay } from "../definition.ts";
import { checkTemplate, typeOfGiven, type Usage } from "./expressions.ts";
import { didYouMean, oneOfThese } from "./nearest.ts";
import type { Scope } from "./scope.ts";
import { isPersonal, mapOf, number, object, text, type ValueType } from "./value-type.ts";
import type { At, Walk } from "./walk.ts";
import type { Report } from "../findings.ts";

/** An office, by name or by an expression; it stands in search attributes, which are not encrypted. */
export function checkOffice(walk: Walk, template: string, scope: Scope, at: At): void {
  if (!template.includes("${")) return checkNamedOffice(walk, template, at);
  const type = typeOfGiven(checkTemplate(walk, template, scope, at));
  if (isPersonal(type))
    walk.report(at, "personal-data", "an office is named by a person's data", {
      expected: "an office, which is shown in lists and search attributes",
    });
  if (type.kind === "text") for (const word of type.words ?? []) checkNamedOffice(walk, word, at);
}

export function checkNamedOffice(walk: Walk, name: string, at: At): void {
  for (const { municipality, offices } of walk.context.overlays)
    if (!(name in offices))
      walk.report(at, "unknown-office", `${municipality} has no office "${name}"`, {
        expected: oneOfThese(Object.keys(offices)),
        ...didYouMean(name, Object.keys(offices)),
      });
}

/** What expressions see as `overlay`; what each municipality has of it is checked by `checkOverlayReads`. */
export const overlayType: ValueType = object({
  municipality: text,
  fees: mapOf(number),
  tables: mapOf(mapOf(text)),
  offices: mapOf(object({ en: text, it: text })),
});

/** What some of the municipalities lack. */
export function checkOverlayReads(usage: Usage, overlays: readonly Overlay[], report: Report): void {
  const told = new Set<string>();
  const tell = (path: At, message: string, expected: string, known: readonly string[], word: string) => {
    if (!told.has(message)) report(path, "unknown-fee", message, { expected, ...didYouMean(word, known) });
    told.add(message);
  };
  for (const { kind, name, keys, path } of usage.overlay)
    for (const overlay of overlays) {
      const { municipality } = overlay;
      const entry = overlay[kind][name];
      const what = kind === "fees" ? "fee" : "table";
      const where = `in municipalities/${municipality}.yaml`;
      if (entry === undefined)
        tell(path, `${municipality} has no ${what} "${name}"`, `${name} under ${kind} ${where}`, Object.keys(overlay[kind]), name);
      else if (typeof entry === "object")
        for (const key of keys)
          if (!(key in entry))
            tell(path, `the table "${name}" of ${municipality} has no entry "${key}"`, `${key} under tables.${name} ${where}`, [], key);
    }
}

export const caseType: ValueType = object({ id: text, receipt: text, receivedAt: text, channel: text, service: text });
export const textsType = (texts: Readonly<Record<string, unknown>>): ValueType =>
  object(Object.fromEntries(Object.keys(texts).map((name) => [name, object({ en: text, it: text })])));
