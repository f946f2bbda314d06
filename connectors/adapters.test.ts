import { expect, test } from "@jest/globals";
import { adapterFor, adapters } from "./adapters.ts";
import { nameOf, operationsOf } from "./contract.ts";
import { contracts } from "./contracts.ts";

test("every contract has an adapter, found by its contract and name", () => {
  for (const contract of contracts) {
    const found = adapters.find((one) => one.contract === contract);
    expect(`${nameOf(contract)}: ${found?.name}`).not.toContain("undefined");
    expect(found && adapterFor(nameOf(contract), found.name)).toBe(found);
  }
  expect(adapterFor("payments", "docarea")).toBeUndefined();
});

test("every adapter implements each operation of its contract, and says how each write is settled", () => {
  for (const adapter of adapters)
    for (const { name, effect } of operationsOf(adapter.contract)) {
      expect(typeof adapter.operations[name]).toBe("function");
      if (effect === "write") expect(adapter.recovery[name]).toBeDefined();
    }
});

test("every setting has one variable: a flat object of named fields, and secrets are never optional", () => {
  for (const adapter of adapters) {
    const fields = Object.keys(adapter.config.shape);
    expect(fields.every((field) => /^[a-z][A-Za-z0-9]*$/.test(field))).toBe(true);
    for (const field of fields.filter((one) => /password|Key$/.test(one)))
      expect(adapter.config.safeParse({}).error?.issues.map(({ path }) => path[0])).toContain(field);
  }
});
