import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { freePort } from "../../worker/embedded/free-port.ts";
import { suiteNeeding } from "../suite-needing.ts";
import { Toxiproxy } from "./toxiproxy.ts";
import { findToxiproxy } from "./toxiproxy-binary.ts";

suiteNeeding("toxiproxy")("a way through Toxiproxy", () => {
  const folder = mkdtempSync(join(tmpdir(), "darsena-toxiproxy-"));
  let server: Server;
  let toxiproxy: Toxiproxy;
  let url = "";
  beforeAll(async () => {
    server = createServer((_, response) => response.end("whole"));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const [port, api] = [await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    const passages = [{ name: "way", port, upstream: (server.address() as AddressInfo).port }];
    toxiproxy = await Toxiproxy.start({ binary: await findToxiproxy(), port: api, log: join(folder, "log"), seed: 1, passages });
  });
  afterAll(async () => {
    await toxiproxy?.stop();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What comes through, on a connection of its own. */
  const through = () =>
    fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(5_000) })
      .then((response) => response.text())
      .catch(() => "nothing");

  test("is whole, loses the answer under a toxic, refuses when it is off, and is whole again", async () => {
    expect(await through()).toBe("whole");
    await toxiproxy.poison("way", { type: "limit_data", stream: "downstream", toxicity: 1, attributes: { bytes: 20 } });
    expect(await through()).toBe("nothing");
    await toxiproxy.cure("way");
    await toxiproxy.cure("way");
    expect(await through()).toBe("whole");
    await toxiproxy.turn("way", false);
    expect(await through()).toBe("nothing");
    await toxiproxy.cureAll();
    expect(await through()).toBe("whole");
  });

  test("is there again when Toxiproxy itself had to be started anew", async () => {
    await toxiproxy.stop();
    expect(await through()).toBe("nothing");
    await toxiproxy.cure("way");
    expect(await through()).toBe("whole");
  });

  test("that does not exist is refused by name", async () => {
    await expect(toxiproxy.turn("no-way", true)).rejects.toThrow(/no-way.*404/);
  });
});

test("a Toxiproxy that is named and is none is said to be none", async () => {
  await expect(findToxiproxy({ env: { TOXIPROXY_SERVER: "/nowhere/toxiproxy" } })).rejects.toThrow(/TOXIPROXY_SERVER/);
});

test("without Go it says what to do", async () => {
  const cacheDir = mkdtempSync(join(tmpdir(), "darsena-toxiproxy-"));
  const env = {
    PATH: "",
    GOPROXY: "off",
    GOFLAGS: "-mod=mod",
    HOME: cacheDir,
    GOMODCACHE: join(cacheDir, "mod"),
    GOCACHE: join(cacheDir, "cache"),
  };
  await expect(findToxiproxy({ env, cacheDir })).rejects.toThrow(/TOXIPROXY_SERVER=/);
  // Go itself may still write there for a moment.
  rmSync(cacheDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});
