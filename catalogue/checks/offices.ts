/** Offices, fees and tables: what a service takes from the municipalities that offer it. */
import type { Overlay } from "../definition.ts";
import { checkTemplate, typeOfGiven, type Usage } from "./expressions.ts";
import { didYouMean, listed } from "./nearest.ts";
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
        expected: `one of ${listed(Object.keys(offices))}`,
        ...didYouMean(name, Object.keys(offices)),
      });
}

/** What expressions see as `overlay`: the members of all municipalities that offer the service. */
export function typeOfOverlay(overlays: readonly Overlay[]): ValueType {
  const names = (of: (overlay: Overlay) => object) => [...new Set(overlays.flatMap((overlay) => Object.keys(of(overlay))))];
  const all = (list: string[], type: ValueType): ValueType =>
    overlays.length === 0 ? mapOf(type) : object(Object.fromEntries(list.map((name) => [name, type])));
  return object({
    municipality: text,
    fees: all(
      names((one) => one.fees),
      number,
    ),
    tables: all(
      names((one) => one.tables),
      mapOf(text),
    ),
    offices: all(
      names((one) => one.offices),
      object({ en: text, it: text }),
    ),
  });
}

/** What some of the municipalities lack. */
export function checkOverlayReads(usage: Usage, overlays: readonly Overlay[], report: Report): void {
  const told = new Set<string>();
  const tell = (path: At, message: string, expected: string) => {
    if (!told.has(message)) report(path, "unknown-fee", message, { expected });
    told.add(message);
  };
  for (const { kind, name, keys, path } of usage.overlay)
    for (const overlay of overlays) {
      const { municipality } = overlay;
      const entry = overlay[kind][name];
      const what = kind === "fees" ? "fee" : "table";
      if (entry === undefined)
        tell(path, `${municipality} has no ${what} "${name}"`, `${kind}: { ${name}: ... } in municipalities/${municipality}.yaml`);
      else if (typeof entry === "object")
        for (const key of keys)
          if (!(key in entry)) tell(path, `the table "${name}" of ${municipality} has no entry "${key}"`, `${key}: ... in tables.${name}`);
    }
}

export const caseType: ValueType = object({ id: text, receipt: text, receivedAt: text, channel: text, service: text });
export const textsType = (texts: Readonly<Record<string, unknown>>): ValueType =>
  object(Object.fromEntries(Object.keys(texts).map((name) => [name, object({ en: text, it: text })])));
