import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { OrderedSender, Section } from "../../ports.ts";
import { memoryPorts, onTrial } from "../../trial.ts";
import { anpr } from "./adapter.ts";
import { inventTaxCode, SAMPLE } from "./sample-people.ts";
import { type AnprSimulatorOptions, anprSimulator, type ReceivedId } from "./simulator.ts";

async function withSimulator<T>(
  options: AnprSimulatorOptions,
  use: (simulator: Awaited<ReturnType<typeof anprSimulator>>) => Promise<T>,
): Promise<T> {
  const simulator = await anprSimulator(options);
  try {
    return await use(simulator);
  } finally {
    await simulator.close();
  }
}

const settings = (endpoint: string) => ({ endpoint, municipality: "015146", mode: "TEST" });
const post = async (url: string, body: string) => {
  const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "text/xml" } });
  return { status: answer.status, text: await answer.text() };
};
const envelope = (body: string) => `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;

test("ids drawn outside the critical section arrive out of order and are refused: the section is what prevents it", async () => {
  await withSimulator({}, async (simulator) => {
    let last = 0n;
    const draw = async () => {
      last += 1n;
      const id = last;
      await new Promise((resolve) => setTimeout(resolve, Number(20n - id) * 20));
      return id;
    };
    const run = onTrial(anpr, settings(simulator.url), { ...memoryPorts(), orderedSender: without(draw) });
    await Promise.all(Array.from({ length: 10 }, (_, i) => run.call("findResident", { taxCode: inventTaxCode(i) })));
    const order = (await simulator.control("order")) as ReceivedId[];
    expect(order.some(({ verdict }) => verdict === "too-low")).toBe(true);
  });
});

/** A sender that keeps no order. */
const without = (draw: () => Promise<bigint>): OrderedSender => ({
  inSection: (_, run) => run({ draw, open: async () => undefined } as unknown as Section),
});

const ask = (id: bigint, taxCode: string) => (url: string) =>
  onTrial(anpr, settings(url), { ...memoryPorts(), orderedSender: without(async () => id) }).call("findResident", { taxCode });

test("the highest id and the first answers survive a restart", async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), "darsena-anpr-")), "registry.json");
  const first = await withSimulator({ stateFile }, ({ url }) => ask(7n, SAMPLE.resident)(url));
  await withSimulator({ stateFile }, async ({ url }) => {
    expect(await ask(7n, SAMPLE.resident)(url)).toEqual(first);
    expect((await ask(6n, SAMPLE.resident)(url)).failure?.detail.code).toBe("ID_TOO_LOW");
  });
});

test("a sender that is not enabled is refused, and that is our setting", async () => {
  await withSimulator({ senders: ["058091"] }, async ({ url }) => {
    const { failure } = await onTrial(anpr, settings(url)).call("findResident", { taxCode: SAMPLE.resident });
    expect(failure).toMatchObject({ kind: "misconfigured", detail: { code: "ENS004" } });
  });
});

test.each([
  ["what is not XML", "hello"],
  ["another message", envelope("<Other/>")],
  ["a message of another namespace", envelope('<x:Richiesta3002 xmlns:x="urn:other"/>')],
  ["qualified children", envelope('<Richiesta3002 xmlns="http://sogei.it/ANPR/3000consultazione"><testataRichiesta/></Richiesta3002>')],
  [
    "a message without a header",
    envelope('<x:Richiesta3002 xmlns:x="http://sogei.it/ANPR/3000consultazione"><criteriRicerca/></x:Richiesta3002>'),
  ],
])("%s gets a SOAP fault", async (_, body) => {
  await withSimulator({}, async ({ url, control }) => {
    const { status, text } = await post(url, body);
    expect([status, /<faultcode>soap:Client</.test(text)]).toEqual([500, true]);
    expect(await control("order")).toEqual([]);
  });
});
