/**
 * Golden cases of an adapter: flat files `<case>.json` with `{operation, input, output}` (or `failure: {kind, code}`), and for
 * each exchange `<case>.<n>.request.<ext>` and `<case>.<n>.response.<ext>`. The adapter runs against a socket that checks each
 * request's body with the file and answers with the recorded response. Adding a case adds no code.
 * `GOLDEN_WRITE=1` writes the request files anew; read the difference before committing it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Adapter, CallContext } from "./adapter.ts";
import { WithWarnings } from "./adapter.ts";
import { CallFailure } from "./failure.ts";
import type { Json } from "./json.ts";
import type { Ports } from "./ports.ts";

interface Case {
  operation: string;
  input: Json;
  output?: Json;
  warnings?: string[];
  failure?: { kind: string; code: string };
  /** Status of each response when it is not 200. */
  status?: number[];
}

export interface GoldenRun {
  adapter: Adapter;
  folder: string;
  /** Settings of the adapter for an endpoint. */
  settings(endpoint: string): Record<string, unknown>;
  ports: Ports;
  key?: string;
}

export const goldenCases = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => /^[a-z0-9-]+\.json$/.test(file))
    .map((file) => file.slice(0, -".json".length));

/** Runs one golden case; returns what was expected and what came, for one `toEqual`. */
export async function runGolden(name: string, run: GoldenRun): Promise<{ expected: unknown; actual: unknown }> {
  const golden = JSON.parse(readFileSync(join(run.folder, `${name}.json`), "utf8")) as Case;
  const files = readdirSync(run.folder).filter((file) => file.startsWith(`${name}.`));
  const sent: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      const n = sent.push(comparable(body.toString(encodingOf(body)), request.method, request.url));
      const file = files.find((one) => one.startsWith(`${name}.${n}.response.`));
      if (!file) return void response.writeHead(500).end(`no golden response ${n}`);
      const recorded = readFileSync(join(run.folder, file));
      const charset = encodingOf(recorded) === "latin1" ? "iso-8859-1" : "utf-8";
      const type = file.endsWith(".xml") ? `text/xml; charset=${charset}` : "application/json";
      response.writeHead(golden.status?.[n - 1] ?? 200, { "content-type": type }).end(recorded);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const actual = await perform(run, golden, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const extension =
      files
        .find((one) => one.includes(".response."))
        ?.split(".")
        .pop() ?? "txt";
    if (process.env["GOLDEN_WRITE"])
      for (const [i, body] of sent.entries()) {
        const file = join(run.folder, `${name}.${i + 1}.request.${extension}`);
        writeFileSync(file, `${body}\n`, encodingOf(Buffer.from(body)));
      }
    const expectedRequests = sent.map((_, i) => {
      const recorded = readFileSync(join(run.folder, `${name}.${i + 1}.request.${extension}`));
      return recorded.toString(encodingOf(recorded)).trim();
    });
    const { output, warnings, failure } = golden;
    return { expected: { output, warnings, failure, requests: expectedRequests }, actual: { ...actual, requests: sent } };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function perform(run: GoldenRun, golden: Case, endpoint: string): Promise<Pick<Case, "output" | "warnings" | "failure">> {
  const config = run.adapter.config.parse(run.settings(endpoint));
  const session = run.adapter.connect(config as never, run.ports);
  const signal = AbortSignal.timeout(5_000);
  const context: CallContext<unknown> = {
    session,
    ports: run.ports,
    key: run.key ?? "case-golden/step",
    signal,
    effect: (send) => send(),
    restartDeadline: () => signal,
  };
  try {
    const result = await run.adapter.operations[golden.operation]?.(golden.input as never, context as CallContext<never>);
    if (result instanceof WithWarnings) return { output: result.output as Json, warnings: result.warnings, failure: undefined };
    return { output: result as Json, warnings: undefined, failure: undefined };
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    return { output: undefined, warnings: undefined, failure: { kind: error.kind, code: error.detail.code } };
  }
}

/** A document that declares ISO-8859-1 is kept in it, so that its file is right for other tools too. */
const encodingOf = (bytes: Buffer): "latin1" | "utf8" =>
  /^<\?xml[^>]*encoding="ISO-8859-1"/.test(bytes.subarray(0, 100).toString("latin1")) ? "latin1" : "utf8";

/**
 * Line breaks between elements are layout, not content. GET requests have no body: their path stands for it. A WS-Security header
 * holds the time and a nonce, so that it is compared by its being there only.
 */
const comparable = (body: string, method = "POST", url = "/") => {
  if (body === "") return `${method} ${url}`;
  const plain = body.replaceAll(/<wsse:Security\b[^]*?<\/wsse:Security>/g, "<wsse:Security/>");
  return plain.replaceAll(/>\s+</g, ">\n<").trim();
};
