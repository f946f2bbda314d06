/** The definitions of services, by version, and the aliases that say which one new cases take. */
import { sql } from "kysely";
import type { Pinned } from "../catalogue/definition.ts";
import type { Connection } from "./connection.ts";
import { RegisterError } from "./errors.ts";

/** The alias that new cases take. */
export const CURRENT = "current";

/** A definition under its version. */
export interface KeptDefinition {
  version: string;
  service: string;
  municipality: string;
  definition: Pinned;
}

/** Who changed what new cases take, and why; recorded. */
export interface Signed {
  by: string;
  reason?: string;
}

/** A version as a list shows it. */
export interface VersionSummary {
  version: string;
  /** When the register first held it. */
  keptAt: string;
  /** Absent while it came with a build and was never published. */
  publishedAt?: string;
  publishedBy?: string;
  reason?: string;
  /** Open cases that have pinned it. */
  openCases: number;
  /** Set while an alias points here: who set it, when and why. */
  aliases: { alias: string; setAt: string; setBy: string; reason?: string }[];
}

/** The register's definitions. Every method rejects with the driver's error (`isUnreachable`) when the database cannot be reached. */
export class Definitions {
  readonly #connection: Connection;
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Makes sure that the version is kept. A version is named by its content, so a second time changes nothing. */
  async keep({ version, service, municipality, definition }: KeptDefinition): Promise<void> {
    await this.#connection.run("definitions.keep", KEEP, [version, service, municipality, JSON.stringify(definition)]);
  }

  /** Keeps the version as published and points `current` to it, both or neither. False when it was current already. */
  async publish({ version, service, municipality, definition }: KeptDefinition, { by, reason }: Signed): Promise<boolean> {
    return this.#connection.transaction(async (client) => {
      await client.query(KEEP, [version, service, municipality, JSON.stringify(definition)]);
      await client.query(MARK_PUBLISHED, [version, by, reason ?? null]);
      const { rowCount } = await client.query(POINT, [municipality, service, CURRENT, version, by, reason ?? null]);
      return rowCount === 1;
    });
  }

  /** Points an alias to a version that is kept. False when it pointed there already. Rejects with VERSION_MISSING. */
  async point(municipality: string, service: string, alias: string, version: string, { by, reason }: Signed): Promise<boolean> {
    const known = await this.definition(version);
    if (known?.service !== service || known.municipality !== municipality)
      throw new RegisterError("VERSION_MISSING", `${service} has no version ${version}`);
    const rows = await this.#connection.run("aliases.point", `${POINT} returning id`, [
      municipality,
      service,
      alias,
      version,
      by,
      reason ?? null,
    ]);
    return rows.length === 1;
  }

  /** A definition by its whole version. */
  async definition(version: string): Promise<KeptDefinition | undefined> {
    const [row] = await this.#connection.run<KeptDefinition>(
      "definitions.read",
      "select version, service, municipality, definition from definitions where version = $1",
      [version],
    );
    return row;
  }

  /** Service to the version that this alias points to, of all services that have one. */
  async aliases(municipality: string, alias = CURRENT): Promise<ReadonlyMap<string, string>> {
    const rows = await this.#connection.run<{ service: string; version: string }>(
      "aliases.all",
      "select distinct on (service) service, version from aliases where municipality = $1 and alias = $2 order by service, id desc",
      [municipality, alias],
    );
    return new Map(rows.map(({ service, version }) => [service, version]));
  }

  /** Every version of a service that is kept, the latest first. */
  async versions(municipality: string, service: string): Promise<VersionSummary[]> {
    const db = this.#connection.kysely;
    const rows = await db
      .selectFrom("definitions")
      .select(["version", "kept_at", "published_at", "published_by", "reason"])
      .select(({ selectFrom }) =>
        selectFrom("cases")
          .select(({ fn }) => fn.countAll<bigint>().as("count"))
          .whereRef("cases.version", "=", "definitions.version")
          .where("cases.service", "=", service)
          .where("cases.municipality", "=", municipality)
          .where("cases.confirmed", "=", true)
          .where("cases.state", "<>", "closed")
          .as("open_cases"),
      )
      .where("municipality", "=", municipality)
      .where("service", "=", service)
      .orderBy(sql`coalesce(published_at, kept_at)`, "desc")
      .execute();
    const pointing = await db
      .selectFrom("aliases")
      .distinctOn("alias")
      .select(["alias", "version", "set_at", "set_by", "reason"])
      .where("municipality", "=", municipality)
      .where("service", "=", service)
      .orderBy("alias")
      .orderBy("id", "desc")
      .execute();
    return rows.map((row) => ({
      version: row.version,
      keptAt: row.kept_at.toISOString(),
      ...(row.published_at === null ? {} : { publishedAt: row.published_at.toISOString() }),
      ...(row.published_by === null ? {} : { publishedBy: row.published_by }),
      ...(row.reason === null ? {} : { reason: row.reason }),
      openCases: Number(row.open_cases ?? 0n),
      aliases: pointing
        .filter(({ version }) => version === row.version)
        .map(({ alias, set_at, set_by, reason }) => ({
          alias,
          setAt: set_at.toISOString(),
          setBy: set_by,
          ...(reason === null ? {} : { reason }),
        })),
    }));
  }
}

/** $1 version, $2 service, $3 municipality, $4 definition. */
const KEEP =
  "insert into definitions (version, service, municipality, definition) values ($1, $2, $3, $4) on conflict (version) do nothing";

/** $1 version, $2 by, $3 reason. The first publication stays: what follows is told by the alias. */
const MARK_PUBLISHED =
  "update definitions set published_at = clock_timestamp(), published_by = $2, reason = $3 where version = $1 and published_at is null";

/** $1 municipality, $2 service, $3 alias, $4 version, $5 by, $6 reason. Nothing is written when the alias points there already. */
const POINT = `
insert into aliases (municipality, service, alias, version, set_by, reason)
select $1, $2, $3, $4, $5, $6
where $4 is distinct from (select version from aliases where municipality = $1 and service = $2 and alias = $3 order by id desc limit 1)`;
