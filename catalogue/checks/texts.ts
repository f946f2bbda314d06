/** Texts for people: labels are shown as they are written, and both languages say the same. */
import { split } from "../expressions.ts";
import type { Service, Step } from "../definition.ts";
import type { Report } from "../findings.ts";
import { checkTemplate, typeOfGiven } from "./expressions.ts";
import type { Scope } from "./scope.ts";
import { isPersonal } from "./value-type.ts";
import type { At, Walk } from "./walk.ts";

type Text = { en: string; it: string };

/** The labels of a step, and the reason of an end. */
export function checkLabels(walk: Walk, step: Step, at: At, scope: Scope): void {
  if (step.title) checkFixed(walk, step.title, scope, [...at, "title"]);
  if (step.public) checkFixed(walk, step.public, scope, [...at, "public"]);
  if ("end" in step && step.reason) checkFixed(walk, step.reason, scope, [...at, "reason"]);
}

/** A text that is shown as it is written: in lists, in the register, in the history. */
export function checkFixed(walk: Walk, text: Text, scope: Scope, at: At): void {
  for (const language of ["en", "it"] as const) {
    if (!text[language].includes("${")) continue;
    const path = [...at, language];
    const type = typeOfGiven(checkTemplate({ ...walk, report: () => {} }, text[language], scope, path));
    if (isPersonal(type))
      walk.report(path, "personal-data", "a label names a person's data", { expected: "a label that is the same for every case" });
    else
      walk.report(path, "not-filled", "an expression in a label, which is shown as it is written", {
        expected: "a label that is the same for every case",
      });
  }
}

/** Texts with placeholders: the same in both languages. */
export function checkTexts(service: Service, report: Report): void {
  for (const [name, text] of Object.entries(service.texts)) {
    const [en, it] = [placeholders(text.en), placeholders(text.it)];
    const missing = [...en, ...it].find((one) => !en.includes(one) || !it.includes(one));
    if (missing === undefined) continue;
    const language = en.includes(missing) ? "it" : "en";
    report(
      ["texts", name, language],
      "placeholder-differs",
      `the text "${name}" lacks \${${missing}} in ${language === "it" ? "Italian" : "English"}`,
      {
        expected: "the same expressions in both languages",
      },
    );
  }
}

function placeholders(text: string): string[] {
  try {
    return split(text).flatMap((part) => part.expression ?? []);
  } catch {
    return [];
  }
}
