/** ANPR's services, each with its own contract and address, and one exchange with them. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { CallContext } from "../../adapter.ts";
import { type CallFailure, misconfigured, rejected } from "../../failure.ts";
import type { JsonObject } from "../../json.ts";
import { asset } from "../../transport/asset.ts";
import { USUAL_REFUSALS } from "../../transport/refusals.ts";
import type { SoapArguments } from "../../transport/soap-arguments.ts";
import { type SoapClient, soapClient } from "../../transport/soap.ts";
import { tlsOf } from "../../transport/tls-settings.ts";
import type { AnprConfig } from "./config.ts";
import type { CodeMeaning } from "./error-codes.ts";
import { type Header, withId } from "./wire-header.ts";

/** Operations by ANPR's number: the service that has them, and their name in its WSDL. */
const OPERATIONS = {
  "3002": { service: "consultation", name: "interrogazioneCittadino_famiglia_convivenza" },
  "3007": { service: "consultation", name: "ricerca_identificativi_anpr" },
  "5005": { service: "mutation", name: "mutazione_residenza" },
  "6001": { service: "certificate", name: "emissioneCertificato" },
} as const;

export type OperationNumber = keyof typeof OPERATIONS;

export interface Session {
  config: AnprConfig;
  clients: Record<"consultation" | "mutation" | "certificate", SoapClient>;
}

export type Context = CallContext<Session>;

/** A message without its id, which is drawn immediately before it is sent. */
export interface Letter {
  operation: OperationNumber;
  message: SoapArguments;
}

/** Opens no connection. */
export function connect(config: AnprConfig): Session {
  const client = (wsdl: string, endpoint: string) =>
    soapClient({
      system: "anpr",
      wsdl: asset(import.meta.url, wsdl),
      endpoint,
      refusals: USUAL_REFUSALS,
      ...tlsOf(config),
      ...(config.deadlineMs === undefined ? {} : { timeoutMs: config.deadlineMs }),
    });
  const { endpoint, mutationEndpoint = endpoint, certificateEndpoint = endpoint } = config;
  return {
    config,
    clients: {
      consultation: client("anpr-3000.wsdl", endpoint),
      mutation: client("anpr-5000.wsdl", mutationEndpoint),
      certificate: client("anpr-6001.wsdl", certificateEndpoint),
    },
  };
}

/** Sends a letter under an id; gives the answer's element. */
export async function exchange({ clients }: Session, { operation, message }: Letter, id: bigint, signal: AbortSignal): Promise<unknown> {
  const { service, name } = OPERATIONS[operation];
  return (await clients[service].call(name, withId(message, id), { signal })).result;
}

/** The header of a message that is written now. */
export function headerNow({ session, ports }: Context, operation: OperationNumber, more: Pick<Header, "protocol" | "since"> = {}): Header {
  const { municipality, mode, softwareName, softwareVersion, softwareVendor } = session.config;
  const software = { name: softwareName, version: softwareVersion, vendor: softwareVendor };
  return { municipality, mode, software, at: ports.now(), operation, ...more };
}

/** The case's number at the municipality that goes with a write: 20 hexadecimal digits of the key's SHA-256, by which a person finds it in ANPR. */
export const markOf = (key: string): string => createHash("sha256").update(key).digest("hex").slice(0, 20);

const Kept = z.object({
  operation: z.enum(["3002", "3007", "5005", "6001"]),
  message: z.custom<SoapArguments>((value) => typeof value === "object"),
});

/** A letter as it is kept in the register, and read back. */
export const keptLetter = (letter: Letter): JsonObject => JSON.parse(JSON.stringify(letter)) as JsonObject;
export const letterFrom = (request: JsonObject | undefined): Letter => Kept.parse(request);

/** What ANPR's code means by the settings. */
export const meaningOf = (code: string, { errorCodes }: AnprConfig): CodeMeaning | undefined => errorCodes[code];

/** The failure for a refusal; `code` is ANPR's own where the settings give it no meaning. */
export function refusal(meaning: CodeMeaning | undefined, code: string): CallFailure {
  switch (meaning) {
    case "NOT_RESIDENT":
      return rejected("NOT_RESIDENT", "the person is registered in another municipality");
    case "DECEASED":
      return rejected("DECEASED", "the person is registered as deceased");
    case "NOT_FOUND":
      return rejected("NOT_FOUND", "ANPR knows nobody by what was asked");
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
