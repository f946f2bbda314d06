/** The population register by ANPR's SOAP services for municipalities. All operations here are reads. */
import { z } from "zod";
import { type Adapter, adapter, type CallContext, WithWarnings } from "../../adapter.ts";
import { milliseconds } from "../../contract.ts";
import { CallFailure, misconfigured, rejected } from "../../failure.ts";
import { asset } from "../../transport/asset.ts";
import { USUAL_REFUSALS } from "../../transport/refusals.ts";
import { type SoapClient, soapClient } from "../../transport/soap.ts";
import { tlsOf, tlsShape } from "../../transport/tls-settings.ts";
import { type Resident, registry } from "../contract.ts";
import { type CodeMeaning, ErrorCodes, SIMULATOR_MEANINGS } from "./error-codes.ts";
import { fromAnswer, type Header, type Question, toRequest, type Verdict } from "./wire.ts";

const software = (most: number) =>
  z
    .string()
    .regex(/^[0-9a-zA-Z.\- ]+$/, "holds other characters than letters, digits, '.', '-' and space")
    .max(most);

/** Settings of the adapter; facts of the wire that an agreement or a later release may change are among them. */
export const AnprConfig = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).describe("where service 3000 listens; the address in ANPR's own WSDL is never used"),
  municipality: z
    .string()
    .regex(/^[0-9]{6}$/, "is not an ISTAT code of 6 digits")
    .describe("ISTAT code of the municipality: the sender, and where a person must live to be a resident"),
  mode: z.enum(["TEST", "PRE_SUB", "PROD"]).describe("ANPR's environment (`tipoInvio`)"),
  softwareName: z
    .string()
    .regex(/^[0-9a-zA-Z. ]+$/, "holds other characters than letters, digits, '.' and space")
    .max(80)
    .default("Darsena")
    .describe("name of the software as agreed with ANPR"),
  softwareVersion: software(80).default("0.1.0").describe("its version"),
  softwareVendor: software(80).default("Darsena").describe("its vendor"),
  deadlineMs: z.coerce
    .number()
    .int()
    .min(100)
    .optional()
    .describe("bound of each exchange, when it is to be shorter than the operation's deadline"),
  card: z
    .string()
    .regex(/^[0-9]$/, "is not one digit")
    .default("1")
    .describe("`schedaAnagraficaRichiesta`; the meaning of the digits is in ANPR's decode tables"),
  requestedData: z
    .string()
    .regex(/^$|^[0-9]{1,2}(,[0-9]{1,2})*$/, "is not a list like 1,2,10")
    .default("")
    .describe("`datiAnagraficiRichiesti`: `1,2,10`; none when absent"),
  errorCodes: ErrorCodes.default({ ...SIMULATOR_MEANINGS }).describe(
    "meanings of ANPR's error codes, `EN123=NOT_FOUND,EN124=DECEASED`; codes that are not listed are passed on as they are, and the case parks",
  ),
  ...tlsShape,
});
export type AnprConfig = z.infer<typeof AnprConfig>;

interface Session {
  config: AnprConfig;
  client: SoapClient;
}

const OPERATION = "interrogazioneCittadino_famiglia_convivenza";
const DEADLINE_MS = milliseconds(registry.findResident.deadline);
/** A call that is queued longer has not been sent; the wait is not part of the deadline. */
const QUEUE_MS = 30_000;
/** How much longer than the deadline the section is held: a call that was given up cannot be overtaken while it still runs. */
const LEASE_MARGIN_MS = 5_000;

/**
 * Identifies residents by operation 3002. ANPR takes operation ids in rising order only, so one request per municipality is under way at a
 * time: throughput is 1 / latency. An id whose outcome is unknown is abandoned, the next attempt draws a higher one.
 */
export const anpr: Adapter = adapter(registry, {
  name: "anpr",
  title: "ANPR, the national population register (SOAP)",
  config: AnprConfig,
  connect: (config): Session => ({
    config,
    client: soapClient({
      system: "anpr",
      wsdl: asset(import.meta.url, "anpr-3000.wsdl"),
      endpoint: config.endpoint,
      refusals: USUAL_REFUSALS,
      ...tlsOf(config),
      ...(config.deadlineMs === undefined ? {} : { timeoutMs: config.deadlineMs }),
    }),
  }),
  recovery: {},
  queueMs: QUEUE_MS,
  operations: { findResident },
});

async function findResident({ taxCode }: { taxCode: string }, context: CallContext<Session>): Promise<Resident | WithWarnings<Resident>> {
  const { session, ports } = context;
  const { config, client } = session;
  const question: Question = { taxCode, card: config.card, requestedData: config.requestedData.split(",").filter((code) => code !== "") };
  const leaseMs = Math.min(config.deadlineMs ?? DEADLINE_MS, DEADLINE_MS) + LEASE_MARGIN_MS;
  // The id is drawn inside the section, immediately before the send: a lower one after a higher one is refused for good.
  const { id, result } = await ports.orderedSender.inOrder(config.municipality, leaseMs, QUEUE_MS, async (id) => {
    const signal = context.restartDeadline();
    const answer = await client.call(OPERATION, toRequest(headerOf(config, id, ports.now()), question), { signal });
    return { id, result: answer.result };
  });
  return residentOf(fromAnswer(result, { id, taxCode, municipality: config.municipality }), config);
}

function headerOf({ municipality, mode, softwareName, softwareVersion, softwareVendor }: AnprConfig, id: bigint, at: Date): Header {
  return { id, municipality, mode, software: { name: softwareName, version: softwareVersion, vendor: softwareVendor }, at };
}

function residentOf(verdict: Verdict, config: AnprConfig): Resident | WithWarnings<Resident> {
  switch (verdict.kind) {
    case "resident":
      return verdict.warnings.length > 0 ? new WithWarnings(verdict.resident, verdict.warnings) : verdict.resident;
    case "elsewhere":
      throw meant("NOT_RESIDENT", "NOT_RESIDENT");
    case "deceased":
      throw meant("DECEASED", "DECEASED");
    case "nobody":
      throw meant("NOT_FOUND", "NOT_FOUND");
    case "refused":
      throw meant(config.errorCodes[verdict.code], verdict.code);
  }
}

/** The failure for a meaning; `code` is ANPR's own where there is no other. */
function meant(meaning: CodeMeaning | undefined, code: string): CallFailure {
  switch (meaning) {
    case "NOT_RESIDENT":
      return rejected("NOT_RESIDENT", "the person is registered in another municipality");
    case "DECEASED":
      return rejected("DECEASED", "the person is registered as deceased");
    case "NOT_FOUND":
      return rejected("NOT_FOUND", "ANPR knows nobody with this tax code");
    case "ID_TOO_LOW":
      return misconfigured(
        "ID_TOO_LOW",
        `anpr: a higher operation id was used already (${code}): another system sends for this municipality, or the sequence was set back`,
      );
    case "MISCONFIGURED":
      return misconfigured(code, `anpr: environment or sender was refused (${code})`);
    case undefined:
      return rejected(code, `ANPR refused the request (${code})`);
  }
}
