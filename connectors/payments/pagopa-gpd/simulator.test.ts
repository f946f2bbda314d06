import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noticeNumber } from "./notice-number.ts";
import { gpdSimulator, type GpdSimulatorOptions } from "./simulator.ts";

const dueDate = `${new Date().getUTCFullYear() + 1}-06-30T21:59:59.000Z`;
const transfer = {
  idTransfer: "1",
  amount: 100,
  remittanceInformation: "x",
  category: "9/0101108TS/",
  iban: "IT60X0542811101000000123456",
};
const instalment = { iuv: noticeNumber("47", 1n).iuv, amount: 100, description: "x", dueDate, transfer: [transfer] };
const option = { switchToExpired: false, debtor: { type: "G", fiscalCode: "80098765432", fullName: "Ente" }, installments: [instalment] };
const position = { iupd: "DRS-A", companyName: "Comune di Prova", paymentOption: [option] };

/** A simulator and one way to call it. */
async function started(options?: GpdSimulatorOptions) {
  const simulator = await gpdSimulator(options);
  const call = async (method: string, path = "", body?: unknown, key = "gpd-test-key") => {
    const headers = { "ocp-apim-subscription-key": key };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${simulator.url}/organizations/80012345678/debtpositions${path}`, init);
    return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
  };
  return { simulator, call };
}

describe("the simulated GPD", () => {
  test("refuses what lacks a field, naming the field", async () => {
    const { simulator, call } = await started();
    const cases: [unknown, string][] = [
      [{ ...position, companyName: undefined }, "companyName"],
      [{ ...position, paymentOption: [] }, "paymentOption"],
      [{ ...position, paymentOption: [{ ...option, debtor: {} }] }, "debtor.fiscalCode"],
      [{ ...position, paymentOption: [{ ...option, installments: [{ ...instalment, iuv: "1" }] }] }, "iuv"],
      [{ ...position, paymentOption: [{ ...option, installments: [{ ...instalment, dueDate: "2020-01-01T00:00:00Z" }] }] }, "dueDate"],
      [{ ...position, paymentOption: [{ ...option, installments: [{ ...instalment, amount: 101 }] }] }, "transfer"],
    ];
    for (const [body, field] of cases) {
      const { status, json } = await call("POST", "?toPublish=true", body);
      expect([status, String(json["detail"])]).toEqual([400, expect.stringContaining(field)]);
    }
    expect(simulator.ledger()).toEqual([]);
    await simulator.close();
  });

  test("answers 409 for the same IUPD, and for the same IUV under another IUPD", async () => {
    const { simulator, call } = await started();
    expect((await call("POST", "?toPublish=true", position)).json).toMatchObject({ status: "VALID" });
    expect((await call("POST", "?toPublish=true", position)).status).toBe(409);
    expect((await call("POST", "?toPublish=true", { ...position, iupd: "DRS-B" })).status).toBe(409);
    expect(simulator.ledger()).toHaveLength(1);
    await simulator.close();
  });

  test("keeps a draft that was not to be published, and refuses another key and another body's debts", async () => {
    const { simulator, call } = await started({ subscriptionKey: "other" });
    expect((await call("POST", "", position)).status).toBe(401);
    expect((await call("POST", "", position, "other")).json).toMatchObject({ status: "DRAFT" });
    await simulator.control("setKey", { key: "third" });
    expect((await call("GET", "/DRS-A", undefined, "other")).status).toBe(401);
    const foreign = await fetch(`${simulator.url}/organizations/80099999999/debtpositions/DRS-A`, {
      headers: { "ocp-apim-subscription-key": "third" },
    });
    expect(foreign.status).toBe(404);
    await simulator.close();
  });

  test("keeps debts and ledger over a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "darsena-gpd-"));
    const stateFile = join(folder, "gpd.json");
    const first = await started({ stateFile });
    await first.call("POST", "?toPublish=true", position);
    await first.simulator.close();
    const second = await started({ stateFile });
    expect((await second.call("GET", "/DRS-A")).status).toBe(200);
    expect(second.simulator.ledger()).toMatchObject([{ operation: "create", key: "DRS-A" }]);
    await second.simulator.close();
    rmSync(folder, { recursive: true });
  });

  test("pays once, refuses where told to, and tells Darsena by a message, also when nobody paid", async () => {
    const told: [string | undefined, unknown][] = [];
    const gateway = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        told.push([request.url, JSON.parse(body)]);
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => void gateway.listen(0, "127.0.0.1", resolve));
    const tell = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const { simulator, call } = await started();
    await call("POST", "?toPublish=true", position);
    await simulator.control("refusePay", { latest: true });
    await expect(simulator.control("pay", { latest: true })).rejects.toThrow("refusePay");
    await simulator.control("refusePay", { latest: true, refuse: false });
    expect(await simulator.control("tell", { tell, case: "case-1", id: "hint-1" })).toEqual({ told: 202 });
    expect(await simulator.control("pay", { latest: true })).toEqual({ iupd: "DRS-A", nav: `3${instalment.iuv}` });
    expect(await simulator.control("pay", { iupd: "DRS-A", tell, case: "case-1" })).toMatchObject({ told: 202 });
    expect(simulator.ledger().map(({ operation }) => operation)).toEqual(["create", "pay"]);
    expect(told).toEqual([
      ["/cases/case-1/messages", { id: "hint-1", name: "payment", body: {}, from: "system:payments" }],
      ["/cases/case-1/messages", { id: "pay-DRS-A", name: "payment", body: {}, from: "system:payments" }],
    ]);
    await simulator.close();
    gateway.close();
  });
});
