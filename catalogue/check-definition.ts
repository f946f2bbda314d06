/** Checks a definition that came as JSON, from another build or another machine, before it is published. */
import { z } from "zod";
import { checkService } from "./checks/service.ts";
import { isHandWritten, Overlay, type Pinned, Service } from "./definition.ts";
import type { Fields } from "./fields.ts";
import { levelOf } from "./findings.ts";
import { runtimeOverlay } from "./overlay.ts";
import { stepsByPath } from "./step-index.ts";

/** What is wrong with a definition, without a file to point into. */
export interface DefinitionFinding {
  /** `service.steps.3.decide.office`. */
  path: string;
  code: string;
  message: string;
}

const Definition = z.strictObject({ service: Service, overlay: Overlay });

/**
 * The definition as the language reads it and a case pins it, or every error in it; warnings are for `darsena check`. `requestOf` gives
 * the fields of a request to another service, which this one may open.
 */
export async function checkDefinition(
  value: unknown,
  requestOf: (service: string) => Promise<Fields | undefined>,
): Promise<{ definition: Pinned } | { findings: DefinitionFinding[] }> {
  const read = Definition.safeParse(value);
  if (!read.success)
    return { findings: read.error.issues.map(({ path, message }) => ({ path: path.map(String).join("."), code: "schema", message })) };
  const { service } = read.data;
  const overlay = runtimeOverlay(read.data.overlay);
  const findings: DefinitionFinding[] = [];
  const report = (path: readonly PropertyKey[], code: string, message: string) => {
    if (levelOf(code) === "error") findings.push({ path: ["service", ...path].map(String).join("."), code, message });
  };
  const requests = await requestsOf(service, requestOf);
  // Its fragments are expanded: it uses none by name.
  checkService(service, report, { overlays: [overlay], fragment: () => undefined, fragments: [], requests });
  return findings.length > 0 ? { findings } : { definition: { service, overlay } };
}

async function requestsOf(service: Service, requestOf: (service: string) => Promise<Fields | undefined>): Promise<Map<string, Fields>> {
  const found = new Map([[service.service, service.request]]);
  if (isHandWritten(service)) return found;
  for (const { step } of stepsByPath(service).values()) {
    if (!("open" in step) || found.has(step.open.service)) continue;
    const request = await requestOf(step.open.service);
    if (request) found.set(step.open.service, request);
  }
  return found;
}
