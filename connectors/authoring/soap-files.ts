/** The files of a SOAP connector: contract, wire table, adapter, simulator, samples, golden cases, test, pinned WSDL. */
import type { JsonObject } from "../json.ts";
import type { Sample } from "../soap-double.ts";
import { envelopeOf } from "../transport/soap-service.ts";
import type { Wire } from "../transport/typed-xml.ts";
import { writeHeaders, writeTyped } from "../transport/typed-xml-write.ts";
import { type ConnectorNames, kebab } from "./connector-names.ts";
import { contractCode, GENERATED } from "./contract-code.ts";
import { type ContractFile, pinned } from "./documents.ts";
import type { Model, ModelOperation } from "./model.ts";
import { NOTES, type Note, type Notes } from "./notes.ts";
import { NoSample, type SampleKind, sampleMessage } from "./sample.ts";
import { literal, wireOf } from "./wire-table.ts";

export type SoapAuth = "none" | "basic" | "username-token";

/** One file to be written, below the folder of the connectors. */
export interface GeneratedFile {
  path: string;
  text: string;
}

/** Where the generated files find the kit: `../` for files of the project, else the way to its connectors/. */
export interface KitPaths {
  /** From the contract's folder. */
  fromContract: string;
  /** From the adapter's folder. */
  fromAdapter: string;
}

export const INSIDE: KitPaths = { fromContract: "..", fromAdapter: "../.." };

/** Name of the pinned WSDL; drift compares with it. */
export const PINNED_WSDL = "service.wsdl";

/** All files of the connector; notes are complete after it. */
export function soapFiles(
  model: Model,
  files: readonly ContractFile[],
  names: ConnectorNames,
  auth: SoapAuth,
  notes: Notes,
  kit = INSIDE,
): GeneratedFile[] {
  const wire = wireOf(model);
  const at = `${names.folder}/${names.adapter}`;
  const contract = contractCode(model, { contract: names.contract, variable: names.contract, title: names.title }, notes, kit.fromContract);
  const samples = samplesOf(model, notes);
  return [
    { path: `${names.folder}/contract.ts`, text: contract },
    { path: `${at}/wire.ts`, text: wireCode(wire, names, kit) },
    { path: `${at}/adapter.ts`, text: adapterCode(model, names, auth, kit) },
    { path: `${at}/simulator.ts`, text: simulatorCode(names, kit) },
    { path: `${at}/samples.json`, text: `${JSON.stringify(samples, undefined, 2)}\n` },
    { path: `${at}/connector.test.ts`, text: testCode(names, auth, kit) },
    ...conformanceFiles(names, {
      auth,
      whole: Object.keys(samples).length === model.operations.length,
      undeclared: "CLIENT_FAULT",
      refuse: "UNDECLARED",
      kit,
    }),
    ...goldenFiles(model, wire, auth, notes).map(({ path, text }) => ({ path: `${at}/golden/${path}`, text })),
    ...pinned(files, PINNED_WSDL).map(({ name, text }) => ({ path: `${at}/wsdl/${name}`, text })),
    { path: `${at}/notes.md`, text: notesPage(names, notes.list()) },
  ];
}

/** The full sample of each operation. */
function samplesOf(model: Model, notes: Notes): Record<string, Sample> {
  const samples: Record<string, Sample> = {};
  for (const one of model.operations) {
    const sample = sampleOf(model, one, "full") ?? sampleOf(model, one, "minimal");
    if (sample) samples[one.name] = sample;
    else notes.add("no-sample", one.wsdlName);
  }
  return samples;
}

/** Request and answer, or undefined where a type has no sample. */
export function sampleOf(model: Model, one: ModelOperation, kind: SampleKind): Sample | undefined {
  try {
    return { input: sampleMessage(model, one.request, kind), output: one.answer ? sampleMessage(model, one.answer, kind) : {} };
  } catch (error) {
    if (error instanceof NoSample) return undefined;
    throw error;
  }
}

/** The envelopes of a sample, as the transport writes them. */
export function envelopesOf(
  wire: Wire,
  operation: string,
  { input, output }: Sample,
  security = "",
): { request: string; response: string } {
  const one = wire.operations[operation];
  if (!one) throw new TypeError(`the wire table has no operation ${operation}`);
  const header = writeHeaders("sample", wire, one.request, input).join("") + security;
  return {
    request: envelopeOf(wire.version, writeTyped("sample", wire, one.request, input, one.encoded), header),
    response: one.answer ? envelopeOf(wire.version, writeTyped("sample", wire, one.answer, output, one.encoded)) : "",
  };
}

function goldenFiles(model: Model, wire: Wire, auth: SoapAuth, notes: Notes): GeneratedFile[] {
  return model.operations.flatMap((one) => {
    const seen = new Set<string>();
    return (["full", "minimal", "other"] as const).flatMap((kind) => {
      const sample = sampleOf(model, one, kind);
      const text = JSON.stringify(sample);
      if (!sample || seen.has(text)) return [];
      seen.add(text);
      if (!one.answer) notes.add("one-way", one.wsdlName);
      const name = `${kebab(one.name)}${kind === "full" ? "" : `-${kind}`}`;
      const golden: JsonObject = { operation: one.name, ...sample, ...(one.answer ? {} : { status: [202] }) };
      const { request, response } = envelopesOf(wire, one.name, sample, auth === "username-token" ? "<wsse:Security/>" : "");
      return [
        { path: `${name}.json`, text: `${JSON.stringify(golden, undefined, 2)}\n` },
        { path: `${name}.1.request.xml`, text: `${request}\n` },
        { path: `${name}.1.response.xml`, text: response },
      ];
    });
  });
}

const wireCode = (wire: Wire, names: ConnectorNames, kit: KitPaths): string => `${GENERATED}
/** ${names.title}: the messages of its WSDL (wsdl/${PINNED_WSDL}), for the transport. */
import type { Wire } from "${kit.fromAdapter}/transport/typed-xml.ts";

export const wire: Wire = ${literal(wire)};
`;

const CREDENTIALS = `    username: z.string().min(1).describe("user of the service"),
    password: Secret.describe("its password"),
`;

/** Settings that say what the vendor confirms; without it, what is unclear may have had an effect. */
export const UNAVAILABLE = `    unavailableIsNotTaken: z
      .boolean()
      .default(false)
      .describe('whether the vendor confirms that HTTP 503 and 429 mean "nothing was taken"; otherwise either may hide an effect'),
`;
const CLIENT_FAULT = `    clientFaultRefuses: z
      .boolean()
      .default(false)
      .describe('whether the vendor confirms that a SOAP fault of class Client means "nothing was done"; otherwise it may hide an effect'),
`;

function adapterCode(model: Model, names: ConnectorNames, auth: SoapAuth, kit: KitPaths): string {
  const writes = model.operations.filter(({ effect }) => effect === "write");
  const session = `{ endpoint, ${auth === "none" ? "" : "username, password, "}unavailableIsNotTaken, clientFaultRefuses }`;
  const security = auth === "none" ? "" : `, security: { kind: "${auth}", username, password }`;
  const operations = model.operations.map(({ name, effect }) =>
    effect === "read"
      ? `    ${name}: (input, { session, signal }) => session.call(${names.contract}.${name}, input, signal),\n`
      : `    ${name}: (input, { session, signal, effect }) => effect(() => session.call(${names.contract}.${name}, input, signal)),\n`,
  );
  const recovery = writes.map(({ name }) => `    ${name}: { by: "person" },\n`).join("");
  return `${GENERATED}
/**
 * ${names.title} over SOAP. What was assumed or left out stands in notes.md.${
   writes.length === 0
     ? ""
     : `
 * Recovery: the WSDL does not say how the system treats a request that comes twice, so a person settles what is unknown. Declare "key" or
 * "find" where the vendor confirms one.`
 }
 */
import { z } from "zod";
import { type Adapter, adapter } from "${kit.fromAdapter}/adapter.ts";
${auth === "none" ? "" : `import { Secret } from "${kit.fromAdapter}/shared-types.ts";\n`}import { soapService } from "${kit.fromAdapter}/transport/soap-service.ts";
import { ${names.contract} } from "../contract.ts";
import { wire } from "./wire.ts";

export const ${names.adapterVariable}: Adapter = adapter(${names.contract}, {
  name: "${names.adapter}",
  title: "${names.title} (SOAP)",
  config: z.strictObject({
    endpoint: z.url({ protocol: /^https?$/ }).describe("address of the service"),
${auth === "none" ? "" : CREDENTIALS}${UNAVAILABLE}${CLIENT_FAULT}  }),
  connect: (${session}) =>
    soapService({
      system: "${names.contract}",
      wire,
      endpoint${security},
      refusals: { unauthorised: [401, 403], notTaken: unavailableIsNotTaken ? [429, 503] : [] },
      clientFaultRefuses,
    }),
  recovery: {${recovery === "" ? "" : `\n${recovery}  `}},
  operations: {
${operations.join("")}  },
});
`;
}

const simulatorCode = (names: ConnectorNames, kit: KitPaths): string => `${GENERATED}
/** A fake of ${names.title}: it refuses what the WSDL does not allow, and answers with the samples. What the real system does beyond its WSDL is not known. */
import { readFileSync } from "node:fs";
import { type Simulator, type SimulatorOptions, startSimulator } from "${kit.fromAdapter}/simulator.ts";
import { type Sample, soapDouble } from "${kit.fromAdapter}/soap-double.ts";
import { asset } from "${kit.fromAdapter}/transport/asset.ts";
import { ${names.contract} } from "../contract.ts";
import { wire } from "./wire.ts";

/** A request and an answer of each operation. */
export const samples = JSON.parse(readFileSync(asset(import.meta.url, "samples.json"), "utf8")) as Record<string, Sample>;

/** Starts the simulator; \`url\` is the adapter's \`endpoint\`. The control \`answer {operation, output}\` sets an answer. */
export const ${names.simulatorVariable} = (options: SimulatorOptions = {}): Promise<Simulator> =>
  startSimulator(soapDouble({ name: "${names.contract}", contract: ${names.contract}, wire, samples }), options);
`;

export const testCode = (names: ConnectorNames, auth: SoapAuth, kit: KitPaths): string => `${GENERATED}
import { join } from "node:path";
import { testSampled } from "${kit.fromAdapter}/sampled-suite.ts";
import { ${names.adapterVariable} } from "./adapter.ts";
import { samples, ${names.simulatorVariable} } from "./simulator.ts";

testSampled({
  adapter: ${names.adapterVariable},
  simulator: ${names.simulatorVariable},
  settings: (${auth === "none" ? "endpoint" : "endpoint"}) => ({ endpoint${auth === "none" ? "" : ', username: "darsena", password: "sample-password"'} }),
  samples,
  golden: join(import.meta.dirname, "golden"),
});
`;

/** The project's own suite, through the real executor and ledger; for connectors of the project, where every operation has a sample. */
export function conformanceFiles(
  names: ConnectorNames,
  { auth, whole, undeclared, refuse, kit }: { auth: SoapAuth; whole: boolean; undeclared: string; refuse: string; kit: KitPaths },
): GeneratedFile[] {
  if (kit !== INSIDE || !whole) return [];
  const fields = [
    "endpoint",
    ...(auth === "none" ? [] : ['username: "darsena"', 'password: "sample-password"']),
    "unavailableIsNotTaken: true",
  ];
  if (undeclared === "CLIENT_FAULT") fields.push("clientFaultRefuses: true");
  const text = `${GENERATED}
import { executorStage } from "../../../activities/testing.ts";
import { conforms } from "../../conformance.ts";
import { sampledOperations } from "../../sampled-suite.ts";
import { ${names.adapterVariable} } from "./adapter.ts";
import { samples, ${names.simulatorVariable} } from "./simulator.ts";

conforms(
  {
    adapter: ${names.adapterVariable},
    simulator: () => ${names.simulatorVariable}(),
    // What the vendor may or may not confirm is played as confirmed.
    settings: (endpoint) => ({ ${fields.join(", ")} }),
    secrets: [${auth === "none" ? "" : '"sample-password"'}],
    operations: sampledOperations(${names.adapterVariable}.contract, samples, { code: "${undeclared}", refuse: "${refuse}" }),
  },
  executorStage,
);
`;
  return [{ path: `${names.folder}/${names.adapter}/conformance.test.ts`, text }];
}

/** What was assumed or left out, for the integrator. */
export function notesPage(names: ConnectorNames, notes: readonly Note[]): string {
  const codes = [...new Set(notes.map(({ code }) => code))];
  const parts = codes.map((code) => {
    const lines = notes.filter((one) => one.code === code).map(({ where, detail }) => `- \`${where}\`${detail ? `: ${detail}` : ""}`);
    return `## ${code}\n\n${sentence(NOTES[code])}.\n\n${lines.join("\n")}\n`;
  });
  const head = `# ${names.title}: notes of the generator\n\n`;
  return `${head}${parts.length === 0 ? "Nothing was left out or assumed.\n" : parts.join("\n")}`;
}

const sentence = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
