/**
 * What does the hardened SOAP path cost? The same calls to the same service by our client, by the plain `soap` client and by a bare HTTP post of the
 * same bytes, alternating; the goal is 1.3 times the plain client's CPU on a 4 KB answer. And how much memory does an attachment of 300 MB take?
 */
import { request } from "node:http";
import { fileURLToPath } from "node:url";
import { createClientAsync } from "soap";
import { soapClient } from "../connectors/transport/soap.ts";
import { helpText, readArguments } from "./measure/arguments.ts";
import { startChild } from "./measure/child.ts";
import { median, ratioOf } from "./measure/ratio.ts";
import { inWords, thisMachine } from "./page/machine.ts";
import { keepResult } from "./page/sections.ts";
import { type TransportResult, transportTable } from "./page/transport.ts";

const numbers = {
  rounds: { usual: 15, help: "rounds; medians count" },
  calls: { usual: 300, help: "calls of each client in a round" },
  megabytes: { usual: 300, help: "size of the large attachment" },
};
const GOAL = 1.3;
const GOAL_MB = 250;
const about = "What the hardened SOAP path costs beside the plain client and a bare post, and the memory of a large attachment.";

// Compiled, this file is in dist/bench.
const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const wsdl = beside("../../connectors/transport/fixtures/echo.wsdl");
const ARGUMENTS = { text: "hello" };

type Client = "ours" | "plain" | "bare";

async function clients(url: string): Promise<Record<Client, () => Promise<unknown>>> {
  const ours = soapClient({ system: "bench", wsdl, endpoint: url });
  const plain = await createClientAsync(wsdl, {}, url);
  await plain["sayAsync"](ARGUMENTS);
  const body = Buffer.from(plain.lastRequest ?? "");
  const headers = { "content-type": "text/xml; charset=utf-8", soapaction: '"urn:say"', "content-length": String(body.length) };
  return {
    ours: () => ours.call("say", ARGUMENTS, { signal: AbortSignal.timeout(30_000) }),
    plain: () => plain["sayAsync"](ARGUMENTS) as Promise<unknown>,
    bare: () =>
      new Promise((resolve, reject) => {
        const post = request(url, { method: "POST", headers, agent: false }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("end", () => resolve(Buffer.concat(chunks)));
        });
        post.on("error", reject).end(body);
      }),
  };
}

interface Round {
  cpu: number;
  wall: number;
}

async function round(call: () => Promise<unknown>, calls: number): Promise<Round> {
  const [cpu, since] = [process.cpuUsage(), performance.now()];
  for (let i = 0; i < calls; i += 1) await call();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1_000 / calls, wall: (performance.now() - since) / calls };
}

async function measure({ rounds, calls, megabytes }: Record<keyof typeof numbers, number>): Promise<TransportResult> {
  const machine = thisMachine();
  const system = await startChild(beside("transport/system.js"), [String(megabytes)]);
  try {
    const url = String(system.ready["url"]);
    const all = await clients(`${url}/small`);
    const order: Client[] = ["ours", "plain", "bare"];
    for (const name of order) await round(all[name], calls);
    const times: Record<Client, Round[]> = { ours: [], plain: [], bare: [] };
    for (let i = 0; i < rounds; i += 1)
      for (let j = 0; j < order.length; j += 1) {
        const name = order[(i + j) % order.length] as Client;
        times[name].push(await round(all[name], calls));
      }
    const cpuOf = (name: Client) => times[name].map(({ cpu }) => cpu);
    const rows = order.map((name) => ({
      client: name,
      cpuMs: median(cpuOf(name)),
      callsPerSecond: Math.round(1_000 / median(times[name].map(({ wall }) => wall))),
      ratio: ratioOf(cpuOf(name), cpuOf("plain")),
    }));
    const large = [];
    for (const direction of ["down", "up"] as const) {
      const child = await startChild(beside("transport/large.js"), [url, direction, String(megabytes)]);
      large.push({ direction, peakMb: Number(child.ready["peakMb"]), ms: Number(child.ready["ms"]) });
      await child.stop();
    }
    return { machine, rounds, calls, bytes: Number(system.ready["bytes"]), rows, megabytes, large, goal: GOAL, goalMb: GOAL_MB };
  } finally {
    await system.stop();
  }
}

const asked = readArguments(numbers, {});
if (asked.help) process.stdout.write(`${helpText("transport", about, numbers, {})}\n`);
else {
  const result = await measure(asked.numbers);
  (asked.json ? process.stderr : process.stdout).write(`${transportTable(result)}\n\n${inWords(result.machine)}\n`);
  if (asked.json) process.stdout.write(`${JSON.stringify({ bench: "transport", ...result })}\n`);
  if (asked.write) keepResult("transport", result);
  const ratio = result.rows[0]?.ratio.median ?? Number.POSITIVE_INFINITY;
  if (ratio > GOAL || result.large.some(({ peakMb }) => peakMb > GOAL_MB)) {
    process.stderr.write(`over the goal of ${GOAL} times the plain client's CPU, or of ${GOAL_MB} MB\n`);
    process.exitCode = 1;
  }
}
