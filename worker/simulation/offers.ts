/** What a simulated town offers: the shipped services of one municipality, read and checked once for all cases. */
import type { ZodObject } from "zod";
import { Catalogue } from "../../catalogue/catalogue.ts";
import { readCatalogue } from "../../catalogue/check.ts";
import type { CurrentServices } from "../../catalogue/current-catalogue.ts";
import { schemaOfFields } from "../../catalogue/fields.ts";
import { UsageError } from "../../client/cli/exit-codes.ts";

/** One service of one municipality. */
export interface Offer {
  service: string;
  catalogue: Catalogue;
  services: CurrentServices;
  request: ZodObject;
}

/** All services below a project's root that its municipalities offer; `only`: this one. Throws when a file has mistakes. */
export function offersOf(root: string, only?: string): Offer[] {
  const { services, overlays, findings } = readCatalogue(root);
  const wrong = findings.filter(({ level }) => level === "error");
  if (wrong.length > 0) throw new Error(wrong.map(({ file, line, message }) => `${file}:${line} ${message}`).join("\n"));
  const offers = overlays.flatMap((overlay) => {
    const catalogue = new Catalogue(services, overlay);
    const current = currentOf(catalogue);
    return catalogue.services().flatMap(({ service }) => {
      const definition = catalogue.service(service);
      if (!definition || (only !== undefined && service !== only)) return [];
      return [{ service, catalogue, services: current, request: schemaOfFields(definition.request) }];
    });
  });
  if (offers.length === 0)
    throw new UsageError(only === undefined ? "no municipality offers a service here" : `there is no service "${only}" here`);
  return offers;
}

/** Nothing is ever published over them. */
function currentOf(catalogue: Catalogue): CurrentServices {
  const described = new Map(catalogue.services().map(({ service }) => [service, catalogue.describe(service)]));
  return {
    pinned: async (id) => catalogue.pinned(id),
    pinnedAs: async (id, version) => {
      const found = catalogue.pinned(id);
      if (found?.version !== version) throw new Error(`${id} has only one version here`);
      return found;
    },
    services: async () => catalogue.services(),
    describe: async (id) => described.get(id),
    checkRequest: async (id, request) => catalogue.checkRequest(id, request),
  };
}
