/** Checks one service against the contracts, the fragments and the municipalities that offer it. */
import { isHandWritten, type Service, type YamlService } from "../definition.ts";
import type { Report } from "../findings.ts";
import { checkExpression } from "./expressions.ts";
import { caseType, checkOffice, checkOverlayReads, textsType, overlayType } from "./offices.ts";
import { checkEnds, decisionsWithoutPath, forgottenBranches } from "./outcomes.ts";
import { typeOfFields } from "./results.ts";
import { type Entry, Scope, withoutGuards } from "./scope.ts";
import { checkFixed, checkTexts } from "./texts.ts";
import { any } from "./value-type.ts";
import { type Context, declare, type Flow, Walk } from "./walk.ts";
import { checkFields } from "./walk-people.ts";

export function checkService(service: Service, report: Report, context: Context): void {
  const walk = new Walk(report, context, service.texts);
  checkFields(report, service.request, ["request"]);
  checkTexts(service, report);
  const request = typeOfFields(service.request);
  const atStart = new Scope({ roots: { request, overlay: overlayType }, declared: new Map() });
  checkOffice(walk, service.office, atStart, ["office"]);
  checkExpression(walk, service.applicant, atStart, ["applicant"]);
  for (const [name, text] of Object.entries(service.outcomes)) if (text) checkFixed(walk, text, atStart, ["outcomes", name]);
  if (!isHandWritten(service))
    checkSteps(service, walk, { request, overlay: overlayType, case: caseType, texts: textsType(service.texts) });
  checkOverlayReads(walk.usage, context.overlays, report);
}

function checkSteps(service: YamlService, walk: Walk, roots: Scope["roots"]): void {
  const { report } = walk;
  const declared = declare(service.steps, report, ["steps"]);
  const scope = new Scope({ roots, declared });
  const after = walk.steps(service.steps, { scope, ends: false, decided: false }, ["steps"]);
  const outcome = after.ends ? undefined : checkExpression(walk, service.outcome, after.scope, ["outcome"]);
  checkEnds(service, walk, outcome?.type ?? any, report);
  decisionsWithoutPath(walk);
  forgottenBranches(walk, service.steps, ["steps"]);
  if (service.withdrawn.length === 0) return;
  // A withdrawal comes at any moment: whatever was before it may be there or not.
  declare(service.withdrawn, report, ["withdrawn"], declared);
  const flow: Flow = { scope: scope.with({ steps: maybe(after.scope.steps), vars: maybe(after.scope.vars) }), ends: false, decided: true };
  walk.steps(service.withdrawn, flow, ["withdrawn"]);
}

const maybe = (entries: ReadonlyMap<string, Entry>): Map<string, Entry> =>
  new Map([...entries].map(([name, entry]) => [name, { ...withoutGuards(entry), certain: false }]));
