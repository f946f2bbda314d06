/** The definitions of services in process: on the register and the catalogue of this build. */
import { isHandWritten, type Pinned } from "../catalogue/definition.ts";
import type { Fields } from "../catalogue/fields.ts";
import { versionOf } from "../catalogue/catalogue.ts";
import { checkDefinition } from "../catalogue/check-definition.ts";
import type { JsonObject } from "../connectors/json.ts";
import { CURRENT } from "../register/definitions.ts";
import type { CurrentVersion, DefinitionsClient, ServiceVersions } from "./definitions-client.ts";
import { DarsenaError } from "./errors.ts";
import type { CaseRegister, ServiceCatalogue } from "./ports.ts";
import { askRegister } from "./register-calls.ts";

/** What it stands on. */
export interface DefinitionsDeps {
  register: CaseRegister;
  catalogue: ServiceCatalogue;
  municipality: string;
}

/** Findings shown at most; the rest is counted. */
const SHOWN = 50;

/** Opens the client; nothing is contacted before the first call. */
export function openDefinitions({ register, catalogue, municipality }: DefinitionsDeps): DefinitionsClient {
  const { definitions } = register;
  const currentOf = async (service: string): Promise<string | undefined> =>
    (await askRegister(() => definitions.aliases(municipality))).get(service) ?? catalogue.compiled(service)?.version;

  const versions = async (service: string): Promise<ServiceVersions> => {
    const items = await askRegister(() => definitions.versions(municipality, service));
    const compiled = catalogue.compiled(service)?.version;
    if (items.length === 0 && compiled === undefined) throw new DarsenaError("UNKNOWN_SERVICE");
    const current = await currentOf(service);
    const ofBuild = compiled === undefined || items.some(({ version }) => version === compiled) ? [] : [compiled];
    return {
      service,
      municipality,
      ...(current === undefined ? {} : { current }),
      ...(compiled === undefined ? {} : { compiled }),
      items: [...ofBuild.map((version) => ({ version, openCases: 0, aliases: [] })), ...items],
    };
  };

  const definition = async (service: string, version: string): Promise<Pinned> => {
    const compiled = catalogue.compiled(service);
    if (compiled?.version === version) return { service: compiled.service, overlay: compiled.overlay };
    const kept = await askRegister(() => definitions.definition(version));
    if (kept?.service !== service || kept.municipality !== municipality) throw new DarsenaError("VERSION_NOT_FOUND");
    return kept.definition;
  };

  /** What a request to another service must hold, for services that open it. */
  const requestOf = async (service: string): Promise<Fields | undefined> => {
    const version = await currentOf(service);
    return version === undefined ? undefined : (await definition(service, version)).service.request;
  };

  const changing = async (service: string, version: string, change: () => Promise<boolean>): Promise<CurrentVersion> => {
    const before = await currentOf(service);
    await askRegister(change);
    catalogue.refresh();
    return { service, version, ...(before === undefined ? {} : { before }), changed: before !== version };
  };

  return {
    versions,
    definition,
    async publish(service, { definition: given, by, reason }) {
      const checked = await definitionOf(given, service, municipality, catalogue, requestOf);
      const version = versionOf(checked);
      return changing(service, version, () => definitions.publish({ version, service, municipality, definition: checked }, { by, reason }));
    },
    async setCurrent(service, { version, by, reason }) {
      const kept = await definition(service, version);
      return changing(service, version, async () => {
        // This build's own version may not be in the register yet.
        await definitions.keep({ version, service, municipality, definition: kept });
        return definitions.point(municipality, service, CURRENT, version, { by, reason });
      });
    },
    async setAlias(service, { alias, version, by, reason }) {
      const kept = await definition(service, version);
      const before = (await askRegister(() => definitions.aliases(municipality, alias))).get(service);
      const changed = await askRegister(async () => {
        await definitions.keep({ version, service, municipality, definition: kept });
        return definitions.point(municipality, service, alias, version, { by, reason });
      });
      return { service, alias, version, ...(before === undefined ? {} : { before }), changed };
    },
    async positions(service) {
      const found = await askRegister(() => register.cases.positions(municipality, service), 15_000);
      if (found.length === 0) await versions(service);
      return found;
    },
  };
}

/** The definition as it is published; INVALID_DEFINITION names everything that is wrong with it. */
async function definitionOf(
  given: unknown,
  service: string,
  municipality: string,
  catalogue: ServiceCatalogue,
  requestOf: (service: string) => Promise<Fields | undefined>,
): Promise<Pinned> {
  const checked = await checkDefinition(given, requestOf);
  if ("findings" in checked) throw invalid(checked.findings);
  const { definition } = checked;
  const wrong = [
    definition.service.service === service ? [] : [{ path: "service.service", code: "other-service", message: `it is not ${service}` }],
    definition.overlay.municipality === municipality
      ? []
      : [{ path: "overlay.municipality", code: "other-municipality", message: `this gateway serves ${municipality}` }],
    unwritten(definition, catalogue),
  ].flat();
  if (wrong.length > 0) throw invalid(wrong);
  return definition;
}

/** Workers run the workflows of their build: another one could only park its cases. */
function unwritten({ service }: Pinned, catalogue: ServiceCatalogue) {
  if (!isHandWritten(service)) return [];
  const compiled = catalogue.compiled(service.service)?.service;
  if (compiled && isHandWritten(compiled) && compiled.workflow === service.workflow) return [];
  return [{ path: "service.workflow", code: "unknown-workflow", message: "this build has no such workflow for the service" }];
}

function invalid(findings: { path: string; code: string; message: string }[]): DarsenaError {
  const more = findings.length > SHOWN ? { more: findings.length - SHOWN } : {};
  return new DarsenaError("INVALID_DEFINITION", { details: { findings: findings.slice(0, SHOWN), ...more } as unknown as JsonObject });
}
