/** Services like the shipped ones, each with ids, texts and steps of its own: a municipality of any size. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceText } from "../../catalogue/source.ts";

// Compiled, this file is in dist/bench/measure.
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const read = (file: string): SourceText => ({ file, text: readFileSync(join(root, file), "utf8") });
const models = ["services/mobility/disabled-parking-pass.yaml", "services/events/patronage-request.yaml"];

/** The overlay and the fragments that the services share. */
export const sharedSources = (): SourceText[] => ["municipalities/milano.yaml", "services/fragments/tell-applicant.yaml"].map(read);

/** So many services: models with other names, so that no expression, type or scope is shared by accident. */
export function generatedServices(count: number): SourceText[] {
  const sources = models.map(read);
  return Array.from({ length: count }, (_, n) => {
    const { text } = sources[n % sources.length] as SourceText;
    const named = text
      .replace(/^service: .*$/m, `service: service-${n}`)
      .replaceAll("decision", `decision${n}`)
      .replaceAll("registration", `registration${n}`)
      .replaceAll("kind", `kind${n}`);
    return { file: `services/generated/service-${n}.yaml`, text: named };
  });
}
