/** The cases as the register knows them: reserved by the gateway, opened by their own first activity, published whenever they come to rest. */
import type { CaseStateName, CaseStatus } from "../cases/status.ts";
import { type CaseList, type CasePage, listCases } from "./case-list.ts";
import { CONFIRM, OPEN, PUBLISH, RESERVE } from "./cases-sql.ts";
import type { Connection } from "./connection.ts";
import { RegisterError } from "./errors.ts";
import { type Position, positionsOf } from "./positions.ts";
import type { StatusNotices } from "./status-notices.ts";

/** What the gateway knows before it starts a workflow; hashes, never the key or the body themselves. */
export interface Reservation {
  channel: string;
  keyHash: string;
  bodyHash: string;
  service: string;
  municipality: string;
  /** Used when the key is new. */
  caseId: string;
}

/** `same`: the key was used with this very request, and `caseId` is that case's. `other-body`: it was used with another one. */
export interface Reserved {
  caseId: string;
  verdict: "new" | "same" | "other-body";
  confirmed: boolean;
}

/** What a case says of itself when it opens. */
export interface Opening {
  caseId: string;
  /** Temporal's run id of the first execution; the same in every continued run. */
  firstRunId: string;
  service: string;
  municipality: string;
  channel: string;
  office?: string | null;
  /** Pseudonym; never a tax code. */
  applicant: string | null;
  /** ISO instant of the presentation, when it was before the start. */
  presentedAt?: string;
  /** SHA-256 of the pinned definition. */
  version: string;
}

/** `exists`: the id belongs to another execution or another service. */
export type Opened =
  /** `version` is that of the first open: a later one with another version is told so. */
  { kind: "opened"; receipt: { number: string; at: string }; version: string } | { kind: "exists" };

/** How many cases of a service are in a state. */
export interface CaseCount {
  service: string;
  state: CaseStateName;
  count: number;
}

/** The table of cases. Every method rejects with the driver's error (`isUnreachable`) when the database cannot be reached. */
export class Cases {
  readonly #connection: Connection;
  readonly #notices: StatusNotices;
  constructor(connection: Connection, notices: StatusNotices) {
    this.#connection = connection;
    this.#notices = notices;
  }

  /** Keeps a case id for an idempotency key, before the workflow is started. Rejects with CASE_ID_TAKEN when another key or a case without key has the id. */
  async reserve(reservation: Reservation): Promise<Reserved> {
    const { caseId, channel, keyHash, bodyHash, service, municipality } = reservation;
    const values = [caseId, channel, keyHash, bodyHash, service, municipality];
    try {
      const [row] = await this.#connection.run<ReservedRow>("cases.reserve", RESERVE, values);
      if (!row) throw new Error("the register gave no answer to a reservation");
      const verdict = row.inserted ? "new" : row.same ? "same" : "other-body";
      return { caseId: row.case_id, verdict, confirmed: row.confirmed };
    } catch (error) {
      if ((error as { constraint?: string }).constraint === "cases_pkey")
        throw new RegisterError("CASE_ID_TAKEN", `the case id ${caseId} is taken`, { cause: error });
      throw error;
    }
  }

  /** Notes that the workflow's start was accepted. False when the row is gone (dropped after a day). */
  async confirm(caseId: string): Promise<boolean> {
    const [row] = await this.#connection.run<{ known: boolean }>("cases.confirm", CONFIRM, [caseId]);
    return row?.known === true;
  }

  /** Drops reservations whose workflow never started; returns how many. */
  async dropUnconfirmed(olderThanHours: number): Promise<number> {
    const rows = await this.#connection.run(
      "cases.drop",
      "delete from cases where not confirmed and created_at < now() - $1::double precision * interval '1 hour' returning true as dropped",
      [olderThanHours],
    );
    return rows.length;
  }

  /**
   * Claims the case id for its first execution and draws the receipt: `<MUNICIPALITY>-<year>-<number>`, once per case id; the same call again gives
   * the same receipt. The year is that of the presentation, in Italy.
   */
  async open(opening: Opening): Promise<Opened> {
    const { caseId, firstRunId, service, municipality, channel, office, applicant, presentedAt, version } = opening;
    const values = [caseId, firstRunId, service, municipality, channel, office ?? null, applicant, presentedAt ?? null, version];
    const [row] = await this.#connection.run<{ number: string; at: Date; version: string }>("cases.open", OPEN, values);
    return row ? { kind: "opened", receipt: { number: row.number, at: row.at.toISOString() }, version: row.version } : { kind: "exists" };
  }

  /** Stores a status and tells who waits for it; one whose number is not higher than the stored one is ignored. Rejects with CASE_MISSING when the case was never opened. `fence`: see migration 0006. */
  async publish(status: CaseStatus, fence?: number): Promise<void> {
    const values = [
      status.case,
      status.number,
      status.state,
      status.waitingFor ?? null,
      status.step ?? null,
      status.office ?? null,
      status.outcome ?? null,
      // It comes from a foreign system, and PostgreSQL's text refuses U+0000.
      status.protocolNumber?.replaceAll("\0", "") ?? null,
      status.problem?.code ?? null,
      status.clock?.due ?? null,
      status.state === "closed" ? status.updatedAt : null,
      JSON.stringify(status),
      fence ?? null,
    ];
    const [row] = await this.#connection.run<{ known: boolean }>("cases.publish", PUBLISH, values);
    if (!row?.known) throw new RegisterError("CASE_MISSING", `the case ${status.case} is not in the register`);
  }

  /** The newest published status; undefined before the first publication. */
  async status(caseId: string): Promise<CaseStatus | undefined> {
    const [row] = await this.#connection.run<{ status: CaseStatus | null }>(
      "cases.status",
      "select status from cases where case_id = $1 and confirmed",
      [caseId],
    );
    return row?.status ?? undefined;
  }

  /** Whether the id is a case's, or only reserved for one. */
  async known(caseId: string): Promise<"confirmed" | "unconfirmed" | undefined> {
    const query = this.#connection.kysely.selectFrom("cases").select("confirmed").where("case_id", "=", caseId);
    const row = await query.executeTakeFirst();
    return row && (row.confirmed ? "confirmed" : "unconfirmed");
  }

  /**
   * The status as soon as it has this number or a higher one, and after `timeoutMs` as it stands (undefined when nothing was published).
   * Rides out a restart of the database. Rejects with the signal's reason when that fires.
   */
  async waitFor(caseId: string, number: number, timeoutMs: number, signal?: AbortSignal): Promise<CaseStatus | undefined> {
    return this.#notices.readAfter(caseId, number, timeoutMs, signal, () => this.status(caseId));
  }

  /** One page of the confirmed cases, the newest updated first. Rejects with INVALID_CURSOR. */
  list(filter: CaseList = {}): Promise<CasePage> {
    return listCases(this.#connection.kysely, filter);
  }

  /** The open cases of a service, in groups that stand alike. */
  positions(municipality: string, service: string): Promise<Position[]> {
    return positionsOf(this.#connection, municipality, service);
  }

  /** The confirmed cases counted by service and state. */
  async counts(): Promise<CaseCount[]> {
    const query = this.#connection.kysely
      .selectFrom("cases")
      .select(({ fn }) => ["service", "state", fn.countAll<bigint>().as("count")])
      .where("confirmed", "=", true)
      .groupBy(["service", "state"])
      .orderBy("service")
      .orderBy("state");
    return (await query.execute()).map(({ service, state, count }) => ({ service, state, count: Number(count) }));
  }
}

interface ReservedRow {
  case_id: string;
  confirmed: boolean;
  inserted: boolean;
  same: boolean;
}
