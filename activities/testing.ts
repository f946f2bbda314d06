/** For tests: bound systems with the real executor, and a real register on a PostgreSQL of their own. */
import { Writable } from "node:stream";
import { pino } from "pino";
import type { Adapter } from "../connectors/adapter.ts";
import type { Limits, Stage, StagedSystem } from "../connectors/conformance-stage.ts";
import { nameOf, operationsOf } from "../connectors/contract.ts";
import type { CallRequest } from "../connectors/outcome.ts";
import type { Ports } from "../connectors/ports.ts";
import type { EvidenceEntry } from "../register/evidence.ts";
import { type TestRegister, testRegister } from "../register/testing.ts";
import { execute, lookUp } from "./execute.ts";
import type { Attempt, BoundSystem } from "./system.ts";

/** Starts the database; `stop` it in `afterAll`. */
export async function executorStage(): Promise<Stage> {
  const test = await testRegister();
  const { attachments, senders, numbers } = test.register;
  const ports: Ports = { attachments, orderedSender: senders, numbers, now: () => new Date() };
  return {
    ports,
    bind: (adapter, settings, limits = {}) => staged(test, adapter, settings, { ports, ...limits }),
    stop: () => test.stop(),
  };
}

function staged(
  test: TestRegister,
  adapter: Adapter,
  settings: Record<string, unknown>,
  { ports, ...limits }: Limits & { ports: Ports },
): StagedSystem {
  const { effects, evidence } = test.register;
  const lines: string[] = [];
  const closings: string[] = [];
  const kept: Promise<unknown>[] = [];
  const keys = new Set<string>();
  const system: BoundSystem = {
    contract: nameOf(adapter.contract),
    adapter,
    session: adapter.connect(adapter.config.parse(settings) as never, ports),
    ports,
    ledger: effects,
    evidence: { keep: (entry: EvidenceEntry) => remembered(kept, evidence.keep(entry)) },
    closeGate: async (_contract, reason) => void closings.push(reason),
    log: pino({ level: "trace" }, new Writable({ write: (chunk, _encoding, done) => (lines.push(String(chunk)), done()) })),
    ...limits,
  };
  const operationOf = (name: string) => {
    const found = operationsOf(adapter.contract).find((one) => one.name === name);
    if (!found) throw new Error(`${system.contract} has no operation ${name}`);
    return found;
  };
  let attempts = 0;
  const attemptOf = (number = 1, signal = new AbortController().signal): Attempt => ({ id: `attempt-${++attempts}`, number, signal });
  return {
    call: (name, request, { number, signal } = {}) => {
      keys.add(request.key);
      return execute(system, operationOf(name), request, attemptOf(number, signal));
    },
    find: (name: string, request: CallRequest) => lookUp(system, operationOf(name), request, attemptOf()),
    rows: (key) => effects.rows(key),
    closings: () => [...closings],
    said: async () => {
      await Promise.all(kept);
      const told = "select code, message, reason from effects where key = any($1)";
      const shown = "select code, message, kind, content_type, system, adapter from evidence where key = any($1)";
      const rows = [...(await test.sql(told, [[...keys]])), ...(await test.sql(shown, [[...keys]]))];
      return [...lines, ...closings, ...rows.map((row) => JSON.stringify(row))].join("\n");
    },
  };
}

function remembered<T>(all: Promise<unknown>[], one: Promise<T>): Promise<T> {
  all.push(one);
  return one;
}
