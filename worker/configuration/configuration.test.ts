import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { isLoopback, requireLoopback } from "./loopback.ts";
import { SettingsError } from "./problems.ts";
import { keptSecret } from "./secret.ts";
import { readSettings, required } from "./settings.ts";
import { executionSettings, systemSettings, systemVariables } from "./systems.ts";

function problemsOf(run: () => unknown): Record<string, string> {
  try {
    run();
  } catch (error) {
    if (error instanceof SettingsError) return Object.fromEntries(error.problems.map(({ variable, reason }) => [variable, reason]));
    throw error;
  }
  return {};
}

describe("settings", () => {
  test("have usable values when nothing is set, and absolute folders", () => {
    expect(readSettings({})).toMatchObject({
      temporal: { address: "127.0.0.1:7233", namespace: "default" },
      municipality: "milano",
      stateFolder: resolve(".darsena"),
      attachmentsFolder: resolve(".darsena/attachments"),
      gateway: { host: "127.0.0.1", port: 8080 },
      trustedNetwork: false,
    });
  });

  test("an empty variable counts as absent", () => {
    expect(readSettings({ DARSENA_GATEWAY_PORT: "", DARSENA_SECRET: "" })).toMatchObject({ gateway: { port: 8080 }, secret: undefined });
  });

  test("every wrong one is named in one error, with the reason and without its value", () => {
    const env = {
      DARSENA_GATEWAY_PORT: "eighty",
      DARSENA_SECRET: "too-short",
      DATABASE_URL: "mysql://u:hunter22@h/d",
      DARSENA_LOG_LEVEL: "loud",
    };
    const problems = problemsOf(() => readSettings(env));
    expect(Object.keys(problems).toSorted()).toEqual(["DARSENA_GATEWAY_PORT", "DARSENA_LOG_LEVEL", "DARSENA_SECRET", "DATABASE_URL"]);
    expect(problems["DARSENA_SECRET"]).toBe("must have at least 32 characters");
    expect(problems["DARSENA_LOG_LEVEL"]).toContain("info");
    expect(JSON.stringify(problems)).not.toMatch(/too-short|hunter22|eighty/);
  });

  test("a worker without database and secret is told both, and what they are", () => {
    const problems = problemsOf(() => required(readSettings({})));
    expect(Object.keys(problems)).toEqual(["DATABASE_URL", "DARSENA_SECRET"]);
    expect(problems["DATABASE_URL"]).toContain("register");
  });

  test("the installation secret is drawn once and readable by its owner only", () => {
    const folder = mkdtempSync(join(tmpdir(), "darsena-secret-test-"));
    const first = keptSecret(folder);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(keptSecret(folder)).toBe(first);
    expect(statSync(join(folder, "secret")).mode & 0o777).toBe(0o600);
    rmSync(folder, { recursive: true });
  });
});

const sample = {
  name: "sample",
  config: z.strictObject({
    baseUrl: z.url(),
    password: z.string().min(8),
    maxBytes: z.number().int().default(10),
    strict: z.boolean().optional(),
    offices: z.array(z.string()).default([]),
    mode: z.enum(["quick", "slow"]).default("quick"),
    limits: z.object({ perSecond: z.number() }).optional(),
  }),
};

describe("settings of a system", () => {
  test("are read from its variables and become numbers, booleans, lists and objects", () => {
    const env = {
      DARSENA_TAX_BASE_URL: "http://127.0.0.1:9",
      DARSENA_TAX_PASSWORD: "long enough",
      DARSENA_TAX_MAX_BYTES: "20",
      DARSENA_TAX_STRICT: "false",
      DARSENA_TAX_OFFICES: "a, b",
      DARSENA_TAX_LIMITS: '{"perSecond":3}',
      DARSENA_TAX_MODE: "",
    };
    expect(systemSettings(sample, "tax", env)).toEqual({
      baseUrl: "http://127.0.0.1:9",
      password: "long enough",
      maxBytes: 20,
      strict: false,
      offices: ["a", "b"],
      limits: { perSecond: 3 },
      mode: "quick",
    });
  });

  test("one error names each missing, wrong and misspelt variable, and no value", () => {
    const env = {
      DARSENA_TAX_PASSWORD: "short",
      DARSENA_TAX_MAX_BYTES: "many",
      DARSENA_TAX_BASE_ULR: "http://secret",
      DARSENA_TAX_MODE: "fast",
    };
    const problems = problemsOf(() => systemSettings(sample, "tax", env));
    expect(problems).toEqual({
      DARSENA_TAX_BASE_URL: "is missing",
      DARSENA_TAX_PASSWORD: expect.stringContaining("8") as unknown,
      DARSENA_TAX_MAX_BYTES: expect.stringContaining("number") as unknown,
      DARSENA_TAX_MODE: expect.stringContaining("quick") as unknown,
      DARSENA_TAX_BASE_ULR: "is not a setting of sample",
    });
    expect(JSON.stringify(problems)).not.toMatch(/short|many|http:|fast/);
  });

  test("a schema that quotes what it was given does not bring a password into the error", () => {
    const talkative = {
      name: "talkative",
      config: z.object({ password: z.string().refine(() => false, { error: (issue) => `bad: ${String(issue.input)}` }) }),
    };
    expect(problemsOf(() => systemSettings(talkative, "tax", { DARSENA_TAX_PASSWORD: "hunter22" }))).toEqual({
      DARSENA_TAX_PASSWORD: "bad: ...",
    });
  });

  test("deadline and settle time of its calls are set beside them, and absent where not", () => {
    expect(executionSettings("tax", { DARSENA_TAX_DEADLINE_MS: "500" })).toEqual({ deadlineMs: 500 });
    expect(problemsOf(() => executionSettings("tax", { DARSENA_TAX_SETTLE_MS: "soon" }))).toHaveProperty("DARSENA_TAX_SETTLE_MS");
  });

  test("its variables can be listed", () => {
    expect(systemVariables(sample, "tax")).toContain("DARSENA_TAX_MAX_BYTES");
  });
});

describe("loopback", () => {
  test.each(["127.0.0.1", "127.8.9.1:7233", "localhost:7233", "::1", "[::1]:7233"])("%s stays on this machine", (address) => {
    expect(isLoopback(address)).toBe(true);
  });
  test.each(["0.0.0.0", "::", "10.0.0.1:7233", "temporal:7233", "127.evil.example", "localhost.example:1"])("%s does not", (address) => {
    expect(isLoopback(address)).toBe(false);
  });

  test("another address is refused with the setting that allows it, and then warned about at every start", () => {
    const warnings: string[] = [];
    const exposures = [
      { variable: "TEMPORAL_ADDRESS", address: "10.0.0.1:7233" },
      { variable: "DARSENA_GATEWAY_HOST", address: "127.0.0.1" },
    ];
    const check = (trusted: boolean) => () => requireLoopback(exposures, trusted, (message) => warnings.push(message));
    expect(check(false)).toThrow(/DARSENA_TRUSTED_NETWORK=1[\s\S]*TEMPORAL_ADDRESS: is not a loopback address/);
    check(true)();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("TEMPORAL_ADDRESS");
  });
});
