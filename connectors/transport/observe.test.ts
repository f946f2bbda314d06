import { randomBytes } from "node:crypto";
import { type Attributes, type Span, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { municipalXml } from "../tax/municipal-xml/adapter.ts";
import { municipalXmlSimulator, sampleTaxpayers } from "../tax/municipal-xml/simulator.ts";
import { onTrial } from "../trial.ts";
import { closedPort } from "./fixtures/canned-server.ts";
import { client, envelope, HELLO, said, serving } from "./fixtures/echo.ts";
import { failing } from "./fixtures/failing.ts";
import { inCall } from "./observe.ts";
import { openRecording, recordExchanges, replayServer } from "./recording.ts";

interface Seen {
  name: string;
  attributes: Attributes;
  status?: number;
  ended: boolean;
}
const spans: Seen[] = [];

const startSpan = (name: string, options: { attributes?: Attributes } = {}) => {
  const seen: Seen = { name, attributes: { ...options.attributes }, ended: false };
  spans.push(seen);
  const span = {
    setAttribute: (key: string, value: string) => Object.assign(seen.attributes, { [key]: value }),
    setAttributes: (more: Attributes) => Object.assign(seen.attributes, more),
    setStatus: ({ code }: { code: number }) => Object.assign(seen, { status: code }),
    end: () => void (seen.ended = true),
  };
  return span as unknown as Span;
};

/** A provider that keeps what it is told, in place of an exporter. */
beforeAll(() => {
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan }) as unknown as Tracer });
});
afterAll(() => trace.disable());
beforeEach(() => void spans.splice(0));

const marks = ["Xylomarcata", "MRCXLM80A01Z999K", "segreta-parola"];
const showsNoMark = (shown: unknown) => {
  const text = JSON.stringify(shown).toLowerCase();
  expect(marks.filter((mark) => text.includes(mark.toLowerCase()))).toEqual([]);
};

const calling = (url: string, more = {}) =>
  inCall({ correlationId: "case-1/registration", operation: "protocol.register" }, () =>
    client(url, { security: { kind: "username-token", username: "u", password: "segreta-parola" }, ...more }).call(
      "say",
      { text: "Xylomarcata MRCXLM80A01Z999K" },
      { signal: AbortSignal.timeout(2_000) },
    ),
  );

describe("traces", () => {
  test("have a span for each exchange, with the call's id and no personal data", async () => {
    await calling((await serving({ body: said("<text>Xylomarcata</text>") })).url);
    expect(spans).toEqual([
      {
        name: "echo POST",
        ended: true,
        attributes: {
          "darsena.system": "echo",
          "darsena.correlation_id": "case-1/registration",
          "darsena.operation": "protocol.register",
          "http.request.method": "POST",
          "http.response.status_code": 200,
          "darsena.media_type": "text/xml",
        },
      },
    ]);
  });

  test("say of a failure its kind and code; neither they nor the failure quote request or answer", async () => {
    const fault = envelope("<s:Fault><faultcode>s:Server</faultcode><faultstring>Xylomarcata MRCXLM80A01Z999K</faultstring></s:Fault>");
    const answers = [
      { status: 500, body: fault },
      { body: said("<text>Xylomarcata</te") },
      { type: "text/html", body: "<HTML>Xylomarcata" },
      { status: 302, headers: { location: "/Xylomarcata" }, body: "" },
    ];
    for (const answer of answers) {
      const thrown = await calling((await serving(answer)).url).catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(Error);
      const { name, message, stack, ...rest } = thrown as Error;
      showsNoMark([name, message, stack, rest]);
    }
    await failing(calling(`http://127.0.0.1:${await closedPort()}`));
    expect(spans.at(-1)).toMatchObject({
      status: SpanStatusCode.ERROR,
      ended: true,
      attributes: { "darsena.failure": "not-sent", "darsena.code": "REFUSED" },
    });
    expect(spans).toHaveLength(5);
    expect(spans.every(({ ended }) => ended)).toBe(true);
    showsNoMark(spans);
  });

  test("cost nothing that shows outside a call: the span has no id", async () => {
    await client((await serving({ body: said("") })).url).call("say", HELLO, { signal: AbortSignal.timeout(2_000) });
    expect(spans[0]?.attributes).not.toHaveProperty("darsena.correlation_id");
  });
});

describe("recordings", () => {
  const key = randomBytes(32);
  const settings = { user: "darsena", password: "tax-test-password", municipality: "F205" };
  const input = { taxCode: sampleTaxpayers.withFines };

  test("of a real adapter are replayed: the same output, without the system", async () => {
    const simulator = await municipalXmlSimulator();
    const { result, recording } = await recordExchanges({ key }, () =>
      onTrial(municipalXml, { ...settings, baseUrl: simulator.url }).call("openFines", input),
    );
    await simulator.close();
    const opened = openRecording(key, recording);
    expect(opened.exchanges).toHaveLength(1);
    const replay = await replayServer(opened);
    const again = await onTrial(municipalXml, { ...settings, baseUrl: replay.url }).call("openFines", input);
    await replay.close();
    expect(again.output).toEqual(result.output);
    expect(replay.asked()).toBe(1);
    expect(again.output).toMatchObject({ total: 127_656 });
  });

  test("hold no credential and no tax code, nor what they are told to take out, whether opened or not", async () => {
    const simulator = await municipalXmlSimulator();
    const trial = onTrial(municipalXml, { ...settings, baseUrl: simulator.url });
    const first = await recordExchanges({ key }, () => trial.call("openFines", input));
    await simulator.close();
    const server = await serving({ body: said("<text>Xylomarcata perché</text>"), headers: { "set-cookie": "segreta-parola" } });
    const second = await recordExchanges({ key, redact: ["Xylomarcata", "perché"] }, () => calling(server.url));
    for (const { recording } of [first, second]) {
      const { exchanges } = openRecording(key, recording);
      const bodies = exchanges
        .flatMap(({ body = "", answer }) => [body, answer.body])
        .map((body) => Buffer.from(body, "base64").toString("utf8"));
      const shown = JSON.stringify([exchanges, bodies]);
      for (const secret of [...marks, sampleTaxpayers.withFines, "tax-test-password", "perché"]) expect(shown).not.toContain(secret);
      expect(bodies.join("").length).toBeGreaterThan(100);
      expect(recording.toString("latin1")).not.toMatch(/exchanges|xml/);
    }
  });

  test("open with their own key only, and not when a byte was changed", async () => {
    const server = await serving({ body: said("") });
    const { recording } = await recordExchanges({ key }, () => calling(server.url));
    expect(() => openRecording(randomBytes(32), recording)).toThrow();
    recording[40] = (recording[40] ?? 0) ^ 1;
    expect(() => openRecording(key, recording)).toThrow();
  });
});
