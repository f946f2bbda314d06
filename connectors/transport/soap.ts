/**
 * SOAP over the `soap` library, hardened: the library writes requests from our own WSDL. Sockets, encodings, faults, rpc bodies and the
 * reading of answers are not left to it (see docs/decisions/soap-library.md).
 */
import { BasicAuthSecurity, type ISecurity, WSSecurity } from "soap";
import { CallFailure } from "../failure.ts";
import type { AttachmentTraffic, Received } from "./attachments.ts";
import { type ExchangeSettings, openExchange } from "./exchange.ts";
import type { SoapArguments } from "./soap-arguments.ts";
import { type SoapOperation, typeShape } from "./soap-contract.ts";
import { exchangeSoap, type SoapReading, type SoapReply } from "./soap-exchange.ts";
import { type LoadedContract, loadContract, writeRequest } from "./soap-request.ts";
import { readValue } from "./soap-value.ts";
import type { XmlNode } from "./xml-tree.ts";

export type SoapCredentials =
  | { kind: "basic"; username: string; password: string }
  /** WS-Security UsernameToken with a timestamp. */
  | { kind: "username-token"; username: string; password: string; digest?: boolean };

export interface SoapSettings extends Omit<ExchangeSettings, "baseUrl">, SoapReading {
  /** Absolute path of our own WSDL, from `asset(import.meta.url, "x.wsdl")`. Read once, at the first call; with one service and one port. */
  wsdl: string;
  /** Where the system listens; the WSDL's `soap:address` is never used. */
  endpoint: string;
  version?: "1.1" | "1.2";
  security?: SoapCredentials;
}

export interface SoapCallOptions {
  /** The deadline, and the cancellation of the call. */
  signal: AbortSignal;
  /** Elements for `soap:Header`, as XML written by us. */
  soapHeaders?: readonly string[];
  /** Files that go along, and whether files may come back; without it a multipart answer is refused. */
  attachments?: AttachmentTraffic;
}

export interface SoapAnswer {
  /**
   * The answer's element as an object: every leaf is text, numbers and dates too; nil and empty elements are absent (an empty
   * `xs:string` is ""); what the WSDL lets repeat is an array. Undefined for a one-way operation. To be read by a strict zod schema.
   */
  result: unknown;
  status: number;
  /** Files that came along, stored. Where the answer refers to one, its reference stands in the result. */
  attachments: readonly Received[];
}

export interface SoapClient {
  /** One exchange: it is never repeated here, and every failure is a `CallFailure`. */
  call(operation: string, args: SoapArguments, options: SoapCallOptions): Promise<SoapAnswer>;
  close(): void;
}

/** Prepares calls to one SOAP service; reads nothing and opens no connection yet. */
export function soapClient(settings: SoapSettings): SoapClient {
  const { system, version = "1.1" } = settings;
  const exchange = openExchange({ ...settings, baseUrl: settings.endpoint });
  let contract: Promise<LoadedContract> | undefined;

  async function loaded(): Promise<LoadedContract> {
    contract ??= loadContract(system, settings.wsdl, version);
    try {
      return await contract;
    } catch (error) {
      contract = undefined;
      throw error;
    }
  }

  async function call(name: string, args: SoapArguments, { signal, soapHeaders = [], attachments }: SoapCallOptions): Promise<SoapAnswer> {
    const contract = await loaded();
    const operation = contract.operation(name);
    const security = securityOf(settings.security);
    const request = writeRequest(system, contract, operation, { args, version, security, soapHeaders });
    const oneWay = !operation.method.output;
    const traffic = attachments ? { attachments } : {};
    const reply = await exchangeSoap({ settings, exchange, signal }, { ...request, oneWay, references: operation.encoded, ...traffic });
    try {
      return await readReply(contract, operation, reply);
    } finally {
      await reply.close();
    }
  }

  async function readReply(
    { wsdl }: LoadedContract,
    operation: SoapOperation,
    { status, envelope, attachments }: SoapReply,
  ): Promise<SoapAnswer> {
    if (!operation.method.output) return { result: undefined, status, attachments: [] };
    const root = envelope?.root;
    if (!root || !isExpected(operation, root))
      throw new CallFailure("contract-broken", `${system}: this is the answer of another operation`, {
        code: "UNEXPECTED_RESPONSE",
        status,
      });
    const typeOf = (uri: string | undefined, local: string) => typeShape(wsdl, uri, local);
    const received = await attachments();
    const files = new Map(received.map(({ contentId, ref }) => [contentId, ref]));
    const reading = { encoded: operation.encoded, typeOf, referred: envelope.referred, files };
    return { result: readValue(system, root, operation.shape, reading), status, attachments: received };
  }

  return { call, close: exchange.close };
}

function isExpected({ name, rpc, method: { output } }: SoapOperation, { tag }: XmlNode): boolean {
  if (rpc) return tag.local === `${name}Response`;
  return tag.local === output?.$name && tag.uri === (output.targetNamespace ?? tag.uri);
}

/** The library's object that writes these credentials. */
export function securityOf(credentials: SoapCredentials | undefined): ISecurity | undefined {
  if (!credentials) return undefined;
  const { username, password } = credentials;
  if (credentials.kind === "basic") return new BasicAuthSecurity(username, password);
  return new WSSecurity(username, password, { passwordType: credentials.digest ? "PasswordDigest" : "PasswordText" });
}
