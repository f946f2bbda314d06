/** The register's definitions in memory, for unit tests of gateway and command line. */
import { CURRENT, type KeptDefinition, type Signed } from "../register/definitions.ts";
import { RegisterError } from "../register/errors.ts";
import type { CaseRegister } from "./ports.ts";

interface Row extends KeptDefinition {
  keptAt: string;
  published?: Signed & { at: string };
}

const now = () => new Date().toISOString();

/** An empty register of definitions; `up` is called before each act and may throw. */
export function memoryDefinitions(up: () => void): CaseRegister["definitions"] {
  const rows = new Map<string, Row>();
  const moves: { municipality: string; service: string; alias: string; version: string; at: string; by: string; reason?: string }[] = [];
  const pointed = (municipality: string, service: string, alias: string) =>
    moves.findLast((one) => one.municipality === municipality && one.service === service && one.alias === alias);
  const definitions: CaseRegister["definitions"] = {
    async keep(kept) {
      up();
      if (!rows.has(kept.version)) rows.set(kept.version, { ...kept, keptAt: now() });
    },
    async publish(kept, signed) {
      await definitions.keep(kept);
      const row = rows.get(kept.version);
      if (row) row.published ??= { ...signed, at: now() };
      return definitions.point(kept.municipality, kept.service, CURRENT, kept.version, signed);
    },
    async point(municipality, service, alias, version, { by, reason }) {
      up();
      if (rows.get(version)?.service !== service) throw new RegisterError("VERSION_MISSING", `${service} has no version ${version}`);
      if (pointed(municipality, service, alias)?.version === version) return false;
      moves.push({ municipality, service, alias, version, at: now(), by, ...(reason === undefined ? {} : { reason }) });
      return true;
    },
    async definition(version) {
      up();
      return rows.get(version);
    },
    async aliases(municipality, alias = CURRENT) {
      up();
      const own = moves.filter((one) => one.municipality === municipality && one.alias === alias);
      return new Map(own.map(({ service, version }) => [service, version]));
    },
    async versions(municipality, service) {
      up();
      const names = [...new Set(moves.map(({ alias }) => alias))].toSorted();
      const last = names.flatMap((alias) => pointed(municipality, service, alias) ?? []);
      return [...rows.values()]
        .filter((one) => one.service === service)
        .toReversed()
        .map(({ version, keptAt, published }) => ({
          version,
          keptAt,
          ...(published ? { publishedAt: published.at, publishedBy: published.by } : {}),
          openCases: 0,
          aliases: last.filter((one) => one.version === version).map(({ alias, at, by }) => ({ alias, setAt: at, setBy: by })),
        }));
    },
  };
  return definitions;
}
