/** Real answers to begin with: the golden cases of the adapters listed here, and answers of our own to the transport's clients. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Adapter, CallContext } from "../../adapter.ts";
import { WithWarnings } from "../../adapter.ts";
import { operationsOf } from "../../contract.ts";
import { memorySender } from "../../memory-sender.ts";
import { appIo } from "../../messages/app-io/adapter.ts";
import { pagopaGpd } from "../../payments/pagopa-gpd/adapter.ts";
import { settings as gpdSettings } from "../../payments/pagopa-gpd/samples.ts";
import type { Ports } from "../../ports.ts";
import { docarea } from "../../protocol/docarea/adapter.ts";
import { ports as docareaPorts, settings as docareaSettings } from "../../protocol/docarea/fixtures.ts";
import { anpr } from "../../registry/anpr/adapter.ts";
import { municipalXml } from "../../tax/municipal-xml/adapter.ts";
import { memoryPorts } from "../../trial.ts";
import { ownSeeds } from "./own-seeds.ts";

export type SeedKind = "soap" | "xml" | "json" | "multipart";

export interface SeedAnswer {
  status: number;
  type: string;
  body: Buffer;
}

export interface Seed {
  name: string;
  kind: SeedKind;
  /** What the system answers, one after the other. */
  answers: readonly SeedAnswer[];
  /** One call against a system at `url`: its output, checked by the contract where there is one. */
  perform(url: string, signal: AbortSignal): Promise<unknown>;
}

interface Source {
  adapter: Adapter;
  /** From the project's root. */
  folder: string;
  kind: SeedKind;
  settings(url: string, name: string): Record<string, unknown>;
  ports(): Ports;
}

const sources: readonly Source[] = [
  {
    adapter: anpr,
    folder: "connectors/registry/anpr/golden",
    kind: "soap",
    settings: (endpoint) => ({
      endpoint,
      municipality: "015146",
      mode: "PRE_SUB",
      requestedData: "1,2",
      officerFamilyName: "ESEMPIO",
      officerGivenName: "ANNA",
      errorCodes: { EN900: "NOT_FOUND" },
    }),
    ports: () => ({ ...memoryPorts(), orderedSender: memorySender(1_041n), now: () => new Date("2026-11-21T23:30:00Z") }),
  },
  {
    adapter: docarea,
    folder: "connectors/protocol/docarea/golden",
    kind: "soap",
    settings: (url, name) =>
      docareaSettings(url, { dialect: name.split("-")[0], acceptSignatureWarning: name.includes("signature-warning") }),
    ports: () => docareaPorts,
  },
  {
    adapter: municipalXml,
    folder: "connectors/tax/municipal-xml/golden",
    kind: "xml",
    settings: (baseUrl) => ({ baseUrl, user: "darsena", password: "perché-no", municipality: "F205" }),
    ports: memoryPorts,
  },
  {
    adapter: pagopaGpd,
    folder: "connectors/payments/pagopa-gpd/golden",
    kind: "json",
    settings: (baseUrl) => ({ ...gpdSettings, baseUrl }),
    ports: memoryPorts,
  },
  {
    adapter: appIo,
    folder: "connectors/messages/app-io/golden",
    kind: "json",
    settings: (baseUrl) => ({ baseUrl, subscriptionKey: "io-test-key" }),
    ports: memoryPorts,
  },
];

interface Case {
  operation: string;
  input: unknown;
  status?: number[];
}

/** All seeds; `root` is the project's folder. */
export function allSeeds(root: string): Seed[] {
  return [...sources.flatMap((source) => goldenSeeds(source, root)), ...ownSeeds()];
}

function goldenSeeds(source: Source, root: string): Seed[] {
  const folder = join(root, source.folder);
  const files = readdirSync(folder);
  return files
    .filter((file) => /^[a-z0-9-]+\.json$/.test(file))
    .map((file) => {
      const name = file.slice(0, -".json".length);
      const golden = JSON.parse(readFileSync(join(folder, file), "utf8")) as Case;
      const answers = files
        .filter((one) => one.startsWith(`${name}.`) && one.includes(".response."))
        .toSorted((a, b) => Number(a.split(".")[1]) - Number(b.split(".")[1]))
        .map((one, i) => ({ status: golden.status?.[i] ?? 200, ...recorded(join(folder, one)) }));
      return {
        name: `${source.adapter.name}/${name}`,
        kind: source.kind,
        answers,
        perform: (url: string, signal: AbortSignal) => perform(source, name, golden, { url, signal }),
      };
    })
    .filter(({ answers }) => answers.length > 0);
}

function recorded(file: string): { type: string; body: Buffer } {
  const body = readFileSync(file);
  const latin1 = /^<\?xml[^>]*encoding="ISO-8859-1"/.test(body.subarray(0, 100).toString("latin1"));
  return { body, type: file.endsWith(".xml") ? `text/xml; charset=${latin1 ? "iso-8859-1" : "utf-8"}` : "application/json" };
}

async function perform(
  source: Source,
  name: string,
  golden: Case,
  { url, signal }: { url: string; signal: AbortSignal },
): Promise<unknown> {
  const { adapter } = source;
  const ports = source.ports();
  const session = adapter.connect(adapter.config.parse(source.settings(url, name)) as never, ports);
  const context: CallContext<unknown> = {
    session,
    ports,
    key: "case-golden/step",
    signal,
    effect: (send) => send(),
    restartDeadline: () => signal,
  };
  const result = await adapter.operations[golden.operation]?.(golden.input as never, context as CallContext<never>);
  const output = result instanceof WithWarnings ? result.output : result;
  const declared = operationsOf(adapter.contract).find((one) => one.name === golden.operation);
  // The executor checks outputs so, and takes one that does not fit for a broken contract.
  return declared?.output.safeParse(output).success ? output : CONTRACT_BROKEN;
}

/** Stands for an output that the contract's schema refused. */
export const CONTRACT_BROKEN = Symbol("contract-broken");
