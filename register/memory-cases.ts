/**
 * The table of cases in memory, by the rules of the statements in `cases-sql.ts`: what simulations stand on. `memory-model.test.ts` holds
 * both to the same answers.
 */
import type { CaseStatus } from "../cases/status.ts";
import type { Cases, Opened, Opening, Reservation, Reserved } from "./cases.ts";
import { RegisterError } from "./errors.ts";

interface Row {
  caseId: string;
  service: string;
  municipality: string;
  /** Of a case that the gateway reserved. */
  reserved?: { channel: string; keyHash: string; bodyHash: string };
  confirmed: boolean;
  firstRunId?: string;
  version?: string;
  receipt?: { number: string; at: number };
  status?: CaseStatus;
}

const yearInItaly = new Intl.DateTimeFormat("en", { year: "numeric", timeZone: "Europe/Rome" });

/** Cases that live as long as their process; `now` in ms. */
export class MemoryCases implements Pick<Cases, "reserve" | "confirm" | "open" | "publish" | "status" | "known"> {
  readonly #now: () => number;
  readonly #rows = new Map<string, Row>();
  /** Receipts drawn, by municipality and year. */
  readonly #drawn = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Ids of all confirmed cases. */
  get ids(): string[] {
    return [...this.#rows.values()].filter((row) => row.confirmed).map((row) => row.caseId);
  }

  async reserve({ caseId, channel, keyHash, bodyHash, service, municipality }: Reservation): Promise<Reserved> {
    for (const { reserved, ...row } of this.#rows.values()) {
      if (reserved?.channel !== channel || reserved.keyHash !== keyHash) continue;
      const same = reserved.bodyHash === bodyHash && row.service === service && row.municipality === municipality;
      return { caseId: row.caseId, verdict: same ? "same" : "other-body", confirmed: row.confirmed };
    }
    if (this.#rows.has(caseId)) throw new RegisterError("CASE_ID_TAKEN", `the case id ${caseId} is taken`);
    this.#rows.set(caseId, { caseId, service, municipality, reserved: { channel, keyHash, bodyHash }, confirmed: false });
    return { caseId, verdict: "new", confirmed: false };
  }

  async confirm(caseId: string): Promise<boolean> {
    const row = this.#rows.get(caseId);
    if (row) row.confirmed = true;
    return row !== undefined;
  }

  async open({ caseId, firstRunId, service, municipality, presentedAt, version }: Opening): Promise<Opened> {
    const known = this.#rows.get(caseId);
    const another = known?.firstRunId !== undefined && known.firstRunId !== firstRunId;
    if (known && (another || known.service !== service || known.municipality !== municipality)) return { kind: "exists" };
    const row: Row = known ?? { caseId, service, municipality, confirmed: true };
    row.confirmed = true;
    row.firstRunId = firstRunId;
    row.receipt ??= this.#draw(municipality, presentedAt === undefined ? this.#now() : Date.parse(presentedAt));
    row.version ??= version;
    this.#rows.set(caseId, row);
    const { number, at } = row.receipt;
    return { kind: "opened", receipt: { number, at: new Date(at).toISOString() }, version: row.version };
  }

  #draw(municipality: string, at: number): { number: string; at: number } {
    const year = yearInItaly.format(at);
    const counter = `${municipality} ${year}`;
    const drawn = (this.#drawn.get(counter) ?? 0) + 1;
    this.#drawn.set(counter, drawn);
    return { number: `${municipality.toUpperCase()}-${year}-${String(drawn).padStart(6, "0")}`, at };
  }

  async publish(status: CaseStatus): Promise<void> {
    const row = this.#rows.get(status.case);
    if (!row) throw new RegisterError("CASE_MISSING", `the case ${status.case} is not in the register`);
    if (row.status === undefined || row.status.number < status.number) row.status = status;
  }

  async status(caseId: string): Promise<CaseStatus | undefined> {
    const row = this.#rows.get(caseId);
    return row?.confirmed ? row.status : undefined;
  }

  async known(caseId: string): Promise<"confirmed" | "unconfirmed" | undefined> {
    const row = this.#rows.get(caseId);
    return row && (row.confirmed ? "confirmed" : "unconfirmed");
  }
}
