import { expect, test } from "@jest/globals";
import { saysInterrupted } from "./watch-temporal.ts";

test("a server whose database was interrupted is told from one that is away", () => {
  const stuck = "14 UNAVAILABLE: unable to read custom search attributes: GetClusterMetadata operation failed. Error: interrupted (9)";
  expect(saysInterrupted(new Error(stuck))).toBe(true);
  expect(saysInterrupted(new Error("14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:7233"))).toBe(
    false,
  );
  expect(saysInterrupted(undefined)).toBe(false);
});
