import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { CLI_VERSION, cacheFolder, findTemporal } from "./temporal-binary.ts";

let folder = "";
let server: Server | undefined;
const tools = (process.env["PATH"] ?? "").split(":").filter((one) => !one.includes("go/bin"));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "darsena-binary-test-"));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function command(path: string, version: string): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "temporal version 1.0 (Server ${version}, UI 2.0.0)"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Serves an index and an archive as the official site does. */
async function downloads(archive: Buffer | undefined): Promise<string> {
  server = createServer((request, response) => {
    const { host } = request.headers;
    if (request.url?.startsWith(`/cli/v${CLI_VERSION}?`))
      return void response.end(JSON.stringify({ archiveUrl: `http://${host}/a.tar.gz`, fileToExtract: "temporal" }));
    if (request.url === "/a.tar.gz" && archive) return void response.end(archive);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/cli`;
}

const nowhere = "http://127.0.0.1:1/cli";
const withoutTemporal = () => tools.filter((one) => !one.includes("temporal")).join(":");

describe("finding the Temporal command", () => {
  test("the setting TEMPORAL_CLI comes before the PATH, and the PATH before the cache", async () => {
    const named = command(join(folder, "named", "temporal"), "1.29.1");
    const onPath = command(join(folder, "bin", "temporal"), "1.30.0");
    const kept = command(join(folder, "cache", `temporal-${CLI_VERSION}`, "temporal"), "1.29.2");
    const cacheDir = join(folder, "cache");
    const PATH = `${join(folder, "bin")}:/bin:/usr/bin`;
    expect(await findTemporal({ env: { TEMPORAL_CLI: named, PATH }, cacheDir })).toMatchObject({ path: named, serverVersion: "1.29.1" });
    expect(await findTemporal({ env: { PATH }, cacheDir })).toMatchObject({ path: onPath, serverVersion: "1.30.0" });
    expect(await findTemporal({ env: { PATH: "/bin" }, cacheDir })).toMatchObject({ path: kept, serverVersion: "1.29.2" });
  });

  test("a command with too old a server is passed over", async () => {
    command(join(folder, "bin", "temporal"), "1.24.2");
    const kept = command(join(folder, "cache", `temporal-${CLI_VERSION}`, "temporal"), "1.29.1");
    const found = await findTemporal({ env: { PATH: `${join(folder, "bin")}:/bin` }, cacheDir: join(folder, "cache") });
    expect(found.path).toBe(kept);
  });

  test("a download is kept in the cache and found there the next time", async () => {
    command(join(folder, "temporal"), "1.29.1");
    const archive = execFileSync("tar", ["-cz", "-C", folder, "temporal"]);
    const cacheDir = join(folder, "cache");
    const said: string[] = [];
    const options = { env: { PATH: "/bin:/usr/bin" }, cacheDir };
    const first = await findTemporal({ ...options, downloads: await downloads(archive), progress: (line) => said.push(line) });
    expect(first).toMatchObject({ serverVersion: "1.29.1", from: "download" });
    expect(said.join()).toContain("downloading Temporal");
    expect(readdirSync(join(cacheDir, `temporal-${CLI_VERSION}`))).toEqual(["temporal"]);
    expect(await findTemporal({ ...options, downloads: nowhere })).toMatchObject({ path: first.path });
  });

  test("when nothing works one error lists each thing tried, the reason, and what to do", async () => {
    const bin = command(join(folder, "bin", "go"), "0");
    writeFileSync(bin, "#!/bin/sh\necho 'no network' >&2\nexit 1\n");
    const failing = findTemporal({
      env: { PATH: `${join(folder, "bin")}:${withoutTemporal()}` },
      cacheDir: join(folder, "cache"),
      downloads: await downloads(undefined),
    });
    await expect(failing).rejects.toThrow(
      /PATH: none[\s\S]*cache .*: none[\s\S]*download: 127\.0\.0\.1:\d+ answered 404[\s\S]*go install: exit code 1: no network[\s\S]*TEMPORAL_CLI=[\s\S]*TEMPORAL_ADDRESS/,
    );
    expect(readdirSync(join(folder, "cache", `temporal-${CLI_VERSION}`))).toEqual([]);
  });

  test("a setting TEMPORAL_CLI that does not run is an error of its own; nothing else is taken instead", async () => {
    command(join(folder, "bin", "temporal"), "1.29.1");
    const env = { TEMPORAL_CLI: join(folder, "absent"), PATH: `${join(folder, "bin")}:/bin` };
    await expect(findTemporal({ env, cacheDir: join(folder, "cache") })).rejects.toThrow(/TEMPORAL_CLI: .*absent does not run \(ENOENT\)/);
  });

  test("go install writes into the cache, telling the seconds that pass", async () => {
    const go = command(join(folder, "bin", "go"), "0");
    writeFileSync(go, `#!/bin/sh\necho "$@" > "${folder}/arguments"\ncp "${command(join(folder, "built"), "1.29.1")}" "$GOBIN/temporal"\n`);
    const said: string[] = [];
    const env = { PATH: `${join(folder, "bin")}:/bin:/usr/bin` };
    const found = await findTemporal({ env, cacheDir: join(folder, "cache"), downloads: nowhere, progress: (line) => said.push(line) });
    expect(found).toMatchObject({ from: "go install", path: join(folder, "cache", `temporal-${CLI_VERSION}`, "temporal") });
    expect(readFileSync(join(folder, "arguments"), "utf8")).toContain(`install github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`);
    expect(said[0]).toMatch(/building Temporal with Go .* 0 s/);
  });

  test("the cache folder follows DARSENA_CACHE, then the system's custom", () => {
    expect(cacheFolder({ DARSENA_CACHE: "/some/where" })).toBe("/some/where");
    expect(cacheFolder({ XDG_CACHE_HOME: "/cache" })).toBe("/cache/darsena");
  });
});
