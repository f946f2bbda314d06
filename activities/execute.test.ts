/** What the conformance suite of the adapters does not show of the executor (`connectors/conformance.ts`). */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { docarea } from "../connectors/protocol/docarea/adapter.ts";
import { ada, settings } from "../connectors/protocol/docarea/fixtures.ts";
import { docareaSimulator } from "../connectors/protocol/docarea/simulator.ts";
import type { Stage } from "../connectors/conformance-stage.ts";
import type { CallRequest } from "../connectors/outcome.ts";
import type { Simulator } from "../connectors/simulator.ts";
import { executorStage } from "./testing.ts";

let stage: Stage;
let simulator: Simulator;
beforeAll(async () => {
  stage = await executorStage();
  simulator = await docareaSimulator();
});
afterAll(async () => {
  await simulator.close();
  await stage.stop();
});

const input = { subject: "Prova", sender: { ...ada }, documents: [] };
const request: CallRequest = { key: "case-1/step", send: 1, input, verb: "send" };

test("two different effects under one key are a conflict for the second to end, and the log and the evidence say so", async () => {
  const system = stage.bind(docarea, settings(`${simulator.url}/halley`));
  simulator.inject({ kind: "delay", delayMs: 700, operation: "Protocollazione" });
  const late = system.call("register", request);
  while (!simulator.requests().includes("Protocollazione")) await new Promise((resolve) => void setTimeout(resolve, 5));
  // As after an operator's word that nothing was done.
  expect(await system.call("register", { ...request, send: 2 })).toMatchObject({ kind: "done" });
  expect(await late).toMatchObject({ kind: "conflict", code: "DUPLICATE_EFFECT" });
  expect(simulator.ledger()).toHaveLength(2);
  const rows = await system.rows(request.key);
  expect(rows.map(({ state }) => state)).toEqual(["done", "done"]);
  expect(rows[0]?.output).not.toEqual(rows[1]?.output);
  const said = await system.said();
  expect(said).toContain("two different effects stand under this key");
  expect(said).toContain('"code":"DUPLICATE_EFFECT"');
});

test("the same key with another input is never sent", async () => {
  const system = stage.bind(docarea, settings(`${simulator.url}/halley`));
  const own = { ...request, key: "case-2/step" };
  await system.call("register", own);
  const before = simulator.requests().length;
  const other = { ...own, input: { ...input, subject: "Altro" } };
  expect(await system.call("register", other, { number: 2 })).toMatchObject({ kind: "conflict", code: "INPUT_CHANGED" });
  expect(simulator.requests()).toHaveLength(before);
});
