/** Checks a fragment once, for all services that use it. */
import type { CaseOutcome } from "../../cases/status.ts";
import type { Fragment } from "../definition.ts";
import type { Fields, JsonObject } from "../definition.ts";
import type { Report } from "../findings.ts";
import { checkTemplate, typeOfGiven } from "./expressions.ts";
import { caseType, checkOverlayReads, overlayType } from "./offices.ts";
import { decisionsWithoutPath } from "./outcomes.ts";
import { typeOfFields } from "./results.ts";
import { Scope } from "./scope.ts";
import type { ValueType } from "./value-type.ts";
import { type Context, declare, Walk } from "./walk.ts";
import { checkFields } from "./walk-people.ts";

/** What a service must know of a fragment that it uses. */
export interface FragmentSummary {
  inputs: Fields;
  outputs: ValueType;
  /** A person may decide in it. */
  decides: boolean;
  /** No case comes out of it. */
  ends: boolean;
  outcomes: readonly CaseOutcome[];
}

export function checkFragment(fragment: Fragment, report: Report, context: Context): FragmentSummary {
  const walk = new Walk(report, context);
  checkFields(report, fragment.inputs, ["inputs"]);
  const scope = new Scope({
    roots: { inputs: typeOfFields(fragment.inputs), case: caseType, overlay: overlayType },
    declared: declare(fragment.steps, report, ["steps"]),
  });
  const after = walk.steps(fragment.steps, { scope, ends: false, decided: true }, ["steps"]);
  const outputs = typeOfGiven(checkTemplate(walk, fragment.outputs as JsonObject, after.scope, ["outputs"]));
  decisionsWithoutPath(walk);
  checkOverlayReads(walk.usage, context.overlays, report);
  return { inputs: fragment.inputs, outputs, decides: walk.decisions.length > 0, ends: after.ends, outcomes: [...walk.ends] };
}
