import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { z } from "zod";
import { contract, read, write } from "../contract.ts";
import { CallFailure } from "../failure.ts";
import { restDouble } from "../rest-double.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import { type RestTable, restService } from "./rest-service.ts";

const Item = z.object({ id: z.string(), note: z.string().optional() });
const items = contract("items", {
  find: read({
    title: "Find",
    input: z.strictObject({ id: z.string().min(1), tags: z.array(z.string()).optional(), xTrace: z.string().optional() }),
    output: Item,
    deadline: "1s",
    rejections: ["HTTP_404"],
  }),
  all: read({
    title: "All",
    input: z.strictObject({ limit: z.int().optional() }),
    output: z.object({ value: z.array(Item).optional() }),
    deadline: "1s",
  }),
  add: write({ title: "Add", input: z.strictObject({ body: Item }), output: z.object({}), deadline: "1s" }),
});
const table: RestTable = {
  find: { method: "GET", path: ["items", "{id}"], query: { tag: "tags" }, headers: { "X-Trace": "xTrace" }, answer: true },
  all: { method: "GET", path: ["items", "all"], query: { limit: "limit" }, answer: true, wrapped: true },
  add: { method: "POST", path: ["items"], body: true },
};
const samples = {
  find: { input: { id: "1" }, output: { id: "a/b", note: "è" } },
  all: { input: {}, output: { value: [{ id: "1" }] } },
  add: { input: { body: { id: "1" } }, output: {} },
};

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator(restDouble({ name: "items", contract: items, table, samples }));
});
afterAll(() => simulator.close());

async function call(name: keyof typeof samples, input: object, more: object = {}): Promise<unknown> {
  const service = restService({ system: "items", table, baseUrl: simulator.url, ...more });
  try {
    return await service.call(items[name], input, AbortSignal.timeout(5_000));
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    return `${error.kind} ${error.detail.code}`;
  }
}

test("each part of the input goes to its place, and a value cannot leave it", async () => {
  expect(await call("find", { id: "a/../b", tags: ["x", "y&z"], xTrace: "t" })).toEqual({ id: "a/b", note: "è" });
  expect(await call("find", { id: ".." })).toBe("rejected PATH_REFUSED");
  expect(await call("all", { limit: 3 })).toEqual({ value: [{ id: "1" }] });
  expect(await call("add", { body: { id: "1" } })).toEqual({});
  expect(simulator.ledger().map(({ operation }) => operation)).toEqual(["add"]);
});

test("null is absent, and what does not fit the contract breaks it", async () => {
  await simulator.control("answer", { operation: "find", output: { id: "1", note: null } });
  expect(await call("find", { id: "1" })).toEqual({ id: "1" });
  await simulator.control("answer", { operation: "find", output: { id: 1 } });
  expect(await call("find", { id: "1" })).toBe("contract-broken SCHEMA");
  await simulator.control("answer", { operation: "find", output: samples.find.output });
});

test("statuses mean what they certainly mean, and a page with status 200 is no success", async () => {
  const faulty = async (fault: Parameters<Simulator["inject"]>[0], more: object = {}) => {
    simulator.inject(fault);
    return [await call("add", { body: { id: "1" } }, more), simulator.ledger().length];
  };
  const before = simulator.ledger().length;
  expect(await faulty({ kind: "reject", code: "HTTP_404" })).toEqual(["rejected HTTP_404", before]);
  expect(await faulty({ kind: "reject", code: "HTTP_500" })).toEqual(["unknown HTTP_500", before]);
  expect(await faulty({ kind: "unauthorized" })).toEqual(["misconfigured HTTP_401", before]);
  expect(await faulty({ kind: "unavailable" })).toEqual(["unknown HTTP_503", before]);
  expect(await faulty({ kind: "unavailable" }, { unavailableIsNotTaken: true })).toEqual(["not-sent HTTP_503", before]);
  expect(await faulty({ kind: "html" })).toEqual(["contract-broken NOT_JSON", before]);
  expect(await faulty({ kind: "answer-lost" })).toEqual(["unknown RESET", before + 1]);
});
