/** Checks a definition that came as JSON, from another build or another machine, before it is published. */
import { z } from "zod";
import { checkExpressions } from "./check-expressions.ts";
import { checkSteps } from "./check-steps.ts";
import { isHandWritten, Overlay, type Pinned, Service } from "./definition.ts";
import { schemaOfFields } from "./fields.ts";

/** What is wrong with a definition, without a file to point into. */
export interface DefinitionFinding {
  /** `service.steps.3.decide.office`. */
  path: string;
  code: string;
  message: string;
}

const Definition = z.strictObject({ service: Service, overlay: Overlay });

/** The definition as the language reads it, or everything that is wrong with it. */
export function checkDefinition(value: unknown): { definition: Pinned } | { findings: DefinitionFinding[] } {
  const read = Definition.safeParse(value);
  if (!read.success)
    return { findings: read.error.issues.map(({ path, message }) => ({ path: path.map(String).join("."), code: "schema", message })) };
  const { service, overlay } = read.data;
  const findings: DefinitionFinding[] = [];
  const report = (path: readonly PropertyKey[], code: string, message: string) =>
    void findings.push({ path: ["service", ...path].map(String).join("."), code, message });
  for (const [name, type] of Object.entries(service.request)) {
    try {
      schemaOfFields({ [name]: type });
    } catch (error) {
      report(["request", name], "unknown-type", (error as Error).message);
    }
  }
  checkExpressions(service, report);
  if (!isHandWritten(service)) checkSteps(service, [overlay], report);
  return findings.length > 0 ? { findings } : { definition: read.data };
}
