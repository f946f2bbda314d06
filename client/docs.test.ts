/** The docs beside the ways in say what the code does. `DARSENA_UPDATE_DOCS=1` writes the generated one anew. */
import { describe, expect, test } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { Command } from "commander";
import pino from "pino";
import { openCases } from "./cases.ts";
import { exitCodes } from "./cli/exit-codes.ts";
import { program } from "./cli/program.ts";
import { gateway } from "./gateway/server.ts";
import { memoryCatalogue, memoryEngine, memoryRegister, memorySystems } from "./memory-ports.ts";

const root = join(import.meta.dirname, "..");
const doc = (name: string) => readFileSync(join(root, "docs", name), "utf8");

describe("the documentation", () => {
  test("of the client shows the example that is compiled", () => {
    expect(doc("client.md")).toContain(readFileSync(join(root, "client", "example.ts"), "utf8"));
  });

  test("of the API has the OpenAPI document that the gateway serves", async () => {
    const cases = openCases({ temporal: memoryEngine(), register: memoryRegister(), catalogue: memoryCatalogue, municipality: "milano" });
    const app = await gateway({ cases, systems: memorySystems(), log: pino({ level: "silent" }), loopbackOnly: true });
    const served = JSON.stringify(app.swagger(), undefined, 2);
    await app.close();
    if (process.env["DARSENA_UPDATE_DOCS"] === "1") writeFileSync(join(root, "docs", "api.json"), `${served}\n`);
    expect(JSON.parse(doc("api.json"))).toEqual(JSON.parse(served));
    const text = doc("api.md");
    for (const [path, methods] of Object.entries(JSON.parse(served).paths as Record<string, object>)) {
      for (const method of Object.keys(methods)) expect(text).toContain(`\`${method.toUpperCase()} ${path}\``);
    }
  });

  test("of the command line has every command with its options, and the exit codes", () => {
    const text = doc("command-line.md");
    const sink = process.stdout;
    const visit = (command: Command, path: string) => {
      if (command.commands.length === 0 || command.name() === "systems") {
        expect(text).toContain(`## ${path}\n`);
        for (const { long, hidden } of command.options)
          if (!hidden && long !== "--json" && long !== "--url") expect(text).toContain(`\`${long}`);
      }
      for (const inner of command.commands) visit(inner, `${path} ${inner.name()}`);
    };
    visit(program({ stdin: Readable.from([]), stdout: sink, stderr: sink, env: {}, cwd: root }), "darsena");
    for (const [code, meaning] of exitCodes) expect(text).toContain(`| ${code} | ${meaning} |`);
  });
});
