/**
 * SOAP over the `soap` library, hardened: the library writes requests from our own WSDL and reads answers that were checked
 * and rewritten before (see `check-envelope.ts`); sockets, encodings, faults and false successes are not left to it.
 */
import type { AxiosPromise } from "axios";
import { BasicAuthSecurity, Client, createClientAsync, type ISecurity, type WSDL, WSSecurity } from "soap";
import { type CallFailure, misconfigured } from "../failure.ts";
import type { SoapFault } from "./check-envelope.ts";
import { type ExchangeSettings, openExchange } from "./exchange.ts";
import type { Refusals } from "./refusals.ts";
import { checkArguments, type SoapArguments } from "./soap-arguments.ts";
import { CheckedSender, type SoapMethod } from "./soap-sender.ts";

export type SoapCredentials =
  | { kind: "basic"; username: string; password: string }
  /** WS-Security UsernameToken with a timestamp. */
  | { kind: "username-token"; username: string; password: string; digest?: boolean };

export interface SoapSettings extends Omit<ExchangeSettings, "baseUrl"> {
  /** Absolute path of our own WSDL, from `asset(import.meta.url, "x.wsdl")`. Read once, at the first call; with one service and one port. */
  wsdl: string;
  /** Where the system listens; the WSDL's `soap:address` is never used. */
  endpoint: string;
  version?: "1.1" | "1.2";
  security?: SoapCredentials;
  /** What a fault means here; undefined leaves it to the usual reading: WS-Security is `misconfigured`, all else `unknown`. */
  onFault?: (fault: SoapFault) => CallFailure | undefined;
  /** Statuses that certainly mean "nothing was done"; none when absent, so that a 503 is `unknown`. */
  refusals?: Refusals;
}

export interface SoapCallOptions {
  /** The deadline, and the cancellation of the call. */
  signal: AbortSignal;
  /** Elements for `soap:Header`, as XML written by us. */
  soapHeaders?: readonly string[];
}

export interface SoapAnswer {
  /**
   * The answer's element as an object: every leaf is text, numbers and dates too; nil and empty elements are absent (an empty
   * `xs:string` is ""); what the WSDL lets repeat is an array. Undefined for a one-way operation. To be read by a strict zod schema.
   */
  result: unknown;
  status: number;
}

export interface SoapClient {
  /** One exchange: it is never repeated here, and every failure is a `CallFailure`. */
  call(operation: string, args: SoapArguments, options: SoapCallOptions): Promise<SoapAnswer>;
  close(): void;
}

type Services = Record<string, { ports: Record<string, { binding: { style?: string; methods: Record<string, SoapMethod> } }> }>;

/** These reach the caller as text: the library would round longs and shift dates. */
const AS_TEXT = ["int", "integer", "short", "long", "float", "double", "decimal", "bool", "boolean", "date", "dateTime"];

/** Prepares calls to one SOAP service; reads nothing and opens no connection yet. */
export function soapClient(settings: SoapSettings): SoapClient {
  const exchange = openExchange({ ...settings, baseUrl: settings.endpoint });
  const security = securityOf(settings.security);
  let contract: Promise<WSDL> | undefined;
  const options = {
    disableCache: true,
    forceSoap12Headers: settings.version === "1.2",
    customDeserializer: Object.assign(
      Object.create(null),
      Object.fromEntries(AS_TEXT.map((type) => [type, (text: string) => text])),
    ) as unknown,
  };

  async function loaded(): Promise<WSDL> {
    contract ??= createClientAsync(settings.wsdl, { ...options, httpClient: offline }, settings.endpoint).then((client) => client.wsdl);
    try {
      return await contract;
    } catch {
      contract = undefined;
      throw misconfigured("WSDL", `${settings.system}: the WSDL of the connector cannot be read`);
    }
  }

  async function call(operation: string, args: SoapArguments, { signal, soapHeaders = [] }: SoapCallOptions): Promise<SoapAnswer> {
    const wsdl = await loaded();
    const { service, port, method, rpc } = methodOf(wsdl, operation);
    checkArguments(settings.system, args);
    const sender = new CheckedSender({ settings, exchange, signal, operation, method, rpc });
    // A client for each call: the library keeps request and answer, personal data included, in fields of the client.
    const client = new Client(wsdl, settings.endpoint, { ...options, httpClient: sender });
    if (security) client.setSecurity(security);
    for (const header of soapHeaders) client.addSoapHeader(header);
    const result = await new Promise<unknown>((resolve, reject) => {
      const invoke = (client[service] as LibraryClient)[port]?.[operation];
      invoke?.(args, (error, value) => (error ? reject(error as Error) : resolve(value)));
    }).catch((error: unknown) => {
      throw sender.failureOf(error);
    });
    return { result: withoutNulls(method.output ? result : undefined), status: sender.status };
  }

  return { call, close: exchange.close };
}

type LibraryClient = Record<string, Record<string, (args: unknown, done: (error: unknown, result: unknown) => void) => void>>;

/** WSDL and XSD lie in the repository: an import of anything else must not reach the network. */
const offline = {
  request: (_url: string, _data: unknown, done: (error: unknown) => unknown): AxiosPromise => {
    done(new Error("the WSDL imports a file that is not in the repository"));
    return Promise.resolve({}) as unknown as AxiosPromise;
  },
};

function methodOf(wsdl: WSDL, operation: string): { service: string; port: string; method: SoapMethod; rpc: boolean } {
  const services = wsdl.definitions.services as unknown as Services;
  for (const [service, { ports }] of Object.entries(services))
    for (const [port, { binding }] of Object.entries(ports)) {
      const method = Object.hasOwn(binding.methods, operation) ? binding.methods[operation] : undefined;
      if (method) return { service, port, method, rpc: (method.style ?? binding.style) === "rpc" };
    }
  throw new TypeError(`the WSDL has no operation ${operation}`);
}

/** The library's object that writes these credentials. */
export function securityOf(credentials: SoapCredentials | undefined): ISecurity | undefined {
  if (!credentials) return undefined;
  const { username, password } = credentials;
  if (credentials.kind === "basic") return new BasicAuthSecurity(username, password);
  return new WSSecurity(username, password, { passwordType: credentials.digest ? "PasswordDigest" : "PasswordText" });
}

/** The library gives null for an empty element that is not a string; to a schema it is absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value ?? undefined;
  return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, withoutNulls(inner)]])));
}
