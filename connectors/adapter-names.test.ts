import { expect, test } from "@jest/globals";
import { adapterNames } from "./adapter-names.ts";
import { adapters } from "./adapters.ts";
import { nameOf } from "./contract.ts";
import { contracts } from "./contracts.ts";

test("the names are those of the adapters that exist, and every contract is listed", () => {
  const listed = Object.entries(adapterNames).flatMap(([contract, names]) => names.map((name) => `${contract}: ${name}`));
  expect(listed.toSorted()).toEqual(adapters.map((one) => `${nameOf(one.contract)}: ${one.name}`).toSorted());
  expect(Object.keys(adapterNames).toSorted()).toEqual(contracts.map(nameOf).toSorted());
});
