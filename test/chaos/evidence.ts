/** Gathers what the judge looks at: the register's rows, what Temporal shows, the systems' ledgers, and every line that any process wrote. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client, Connection } from "@temporalio/client";
import { Client as Database } from "pg";
import type { City } from "./city.ts";
import type { CaseRow, EffectRow, Evidence } from "./judge.ts";
import { ledgerOf, type Repairs } from "./operator.ts";
import { marks, TAX_CODE } from "./people.ts";
import type { ClientRecord } from "./record.ts";

/** Everything, past Toxiproxy. The city must be whole. */
export async function gather(city: City, record: ClientRecord, repairs: Repairs): Promise<Evidence> {
  const ledger = (system: "protocol" | "payments" | "messages") => ledgerOf({ city }, system);
  const [protocol, payments, messages] = await Promise.all([ledger("protocol"), ledger("payments"), ledger("messages")]);
  const { cases, effects, names } = await rowsOf(city.direct.postgresUrl());
  const { executions, texts } = await listedBy(city.direct.temporal);
  return {
    requests: record.requests,
    cases,
    effects,
    executions,
    ledgers: { protocol, payments, messages },
    shown: [
      ...showsPerson("the register's ids and columns", names),
      ...texts.flatMap(({ id, text }) => showsPerson(`what Temporal shows of ${id}`, text)),
      ...logsShowing(city.logs),
    ],
    defects: [
      ...[...record.strange].map(([what, count]) => ({ what: `${count} times the gateway answered ${what}` })),
      ...Object.values(city.processes).flatMap(({ ownEnds }) => ownEnds.map((what) => ({ what }))),
      ...[...repairs.defects].flatMap(([code, ids]) => ids.map((id) => ({ case: id, what: `parked with ${code}` }))),
    ],
  };
}

async function rowsOf(url: string): Promise<{ cases: CaseRow[]; effects: EffectRow[]; names: string }> {
  const database = new Database({ connectionString: url });
  await database.connect();
  try {
    const query = async <Row>(text: string) => (await database.query(text)).rows as Row[];
    const cases = await query<CaseRow>("select case_id, confirmed, state, outcome, receipt_number from cases");
    const effects = await query<EffectRow>("select key, send, case_id, operation, state, output, conflict from effects");
    // What is plain in the register by design: ids, keys and what is searched for. Statuses and outputs hold what applicants may see.
    const plain = await query<object>("select case_id, channel, key_hash, body_hash, office, applicant, step, problem from cases");
    const kept = await query<object>("select key, code, message, reason from effects");
    const evidence = await query<object>("select key, code, message from evidence");
    return { cases, effects, names: JSON.stringify([plain, kept, evidence]) };
  } finally {
    await database.end();
  }
}

/** Ids, types, memos and search attributes of every run, and how the latest run of each case stands. */
async function listedBy(address: string): Promise<{ executions: { id: string; status: string }[]; texts: { id: string; text: string }[] }> {
  const connection = await Connection.connect({ address });
  try {
    const latest = new Map<string, { id: string; status: string; at: number }>();
    const texts: { id: string; text: string }[] = [];
    for await (const { workflowId: id, status, startTime, raw } of new Client({ connection }).workflow.list()) {
      texts.push({ id, text: JSON.stringify(plain(raw)) });
      if (id.startsWith("gate.")) continue;
      const known = latest.get(id);
      if (!known || known.at <= startTime.getTime()) latest.set(id, { id, status: status.name, at: startTime.getTime() });
    }
    return { executions: [...latest.values()].map(({ id, status }) => ({ id, status })), texts };
  } finally {
    await connection.close();
  }
}

/** Payloads of attributes and memos as text. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function logsShowing(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => showsPerson(name, readFileSync(join(folder, name), "utf8")));
}

/** One sentence per mark that the text holds; never the text itself. */
export function showsPerson(where: string, text: string): string[] {
  const lower = text.toLowerCase();
  const found: string[] = marks.filter((mark) => lower.includes(mark.toLowerCase()));
  if (TAX_CODE.test(text)) found.push("a tax code");
  return found.map((mark) => `${where}: ${mark}`);
}
