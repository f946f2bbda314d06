import { createRequire } from "node:module";
import { expect, test } from "@jest/globals";
import { client, said, serving } from "./fixtures/echo.ts";

interface Debug {
  enable(names: string): void;
  disable(): string;
  log(...said: unknown[]): void;
  (name: string): (text: string) => void;
}

test("with every debug output on, no part of a message is printed", async () => {
  const require = createRequire(import.meta.url);
  const debug = createRequire(require.resolve("soap"))("debug") as Debug;
  const printed: string[] = [];
  debug.log = (...said) => void printed.push(said.join(" "));
  debug.enable("*");
  try {
    debug("node-soap")("this is heard");
    const server = await serving({ body: said("<text>Xylomarcata</text>") }, { body: "<HTML>Xylomarcata" });
    const echo = client(server.url, { security: { kind: "basic", username: "u", password: "segreta" } });
    for (let i = 0; i < 2; i += 1)
      await echo.call("say", { text: "Xylomarcata" }, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  } finally {
    debug.disable();
  }
  expect(printed.join("\n")).toContain("this is heard");
  expect(printed.join("\n")).not.toMatch(/Xylomarcata|segreta/);
});
