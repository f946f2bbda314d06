/** Writes a SOAP request through the library, from our own WSDL; nothing is sent here. */
import type { AxiosPromise } from "axios";
import { Client, createClientAsync, type ISecurity, type WSDL } from "soap";
import { misconfigured, rejected } from "../failure.ts";
import { checkArguments, type SoapArguments } from "./soap-arguments.ts";
import { actionHeaders, bodyNamespaces, operationOf, type SoapOperation } from "./soap-contract.ts";
import { writeRpc } from "./soap-rpc.ts";

/** A contract that was read, with its operations. */
export interface LoadedContract {
  wsdl: WSDL;
  operation(name: string): SoapOperation;
}

export interface WrittenRequest {
  envelope: string;
  headers: Record<string, string>;
}

/** Reads the WSDL; throws `misconfigured` code WSDL. */
export async function loadContract(system: string, file: string, version: "1.1" | "1.2"): Promise<LoadedContract> {
  try {
    const namespaces = await bodyNamespaces(file);
    const { wsdl } = await createClientAsync(file, { ...optionsOf(version), httpClient: offline }, "http://never-used.invalid/");
    const known = new Map<string, SoapOperation>();
    const operation = (name: string) => {
      const found = known.get(name) ?? operationOf(wsdl, name, namespaces);
      known.set(name, found);
      return found;
    };
    return { wsdl, operation };
  } catch {
    throw misconfigured("WSDL", `${system}: the WSDL of the connector cannot be read`);
  }
}

export interface RequestParts {
  args: SoapArguments;
  version: "1.1" | "1.2";
  security: ISecurity | undefined;
  /** Elements for `soap:Header`, as XML written by us. */
  soapHeaders: readonly string[];
}

/** The envelope and its HTTP headers, or `rejected`: TEXT_REFUSED for a text that XML cannot hold, REQUEST_REFUSED for what the WSDL has no place for. */
export function writeRequest(system: string, { wsdl }: LoadedContract, operation: SoapOperation, parts: RequestParts): WrittenRequest {
  checkArguments(system, parts.args);
  let written: WrittenRequest | undefined;
  const pen = {
    request: (_url: string, data: unknown, _done: unknown, headers: Record<string, string> = {}): AxiosPromise => {
      written = { envelope: String(data), headers };
      return Promise.resolve({}) as unknown as AxiosPromise;
    },
  };
  // A client for each call: the library keeps the request, personal data included, in fields of the client.
  const client = new Client(operation.rpc ? rpcContract(wsdl, operation, parts) : wsdl, "", {
    ...optionsOf(parts.version),
    httpClient: pen,
  });
  if (parts.security) client.setSecurity(parts.security);
  for (const header of parts.soapHeaders) client.addSoapHeader(header);
  try {
    (client[operation.service] as LibraryClient)[operation.port]?.[operation.name]?.(parts.args, () => undefined);
  } catch {
    // The library's error may hold the arguments.
  }
  if (!written) throw rejected("REQUEST_REFUSED", `${system}: the request cannot be written by the WSDL`);
  const action = (operation.method as { soapAction?: string }).soapAction ?? "";
  return { envelope: written.envelope, headers: { ...written.headers, ...actionHeaders(parts.version, action) } };
}

type LibraryClient = Record<string, Record<string, (args: unknown, done: () => void) => void>>;

/** The library's contract with our own writing of rpc bodies. */
function rpcContract(wsdl: WSDL, operation: SoapOperation, { args, version }: RequestParts): WSDL {
  const { input } = operation.method;
  // Without parts the library takes the operation for a document one and refuses it.
  if (!input.element) input.parts ??= {};
  return Object.create(wsdl, {
    objectToRpcXML: { value: () => writeRpc(wsdl, operation, args, version) },
  }) as WSDL;
}

const optionsOf = (version: "1.1" | "1.2") => ({ disableCache: true, forceSoap12Headers: version === "1.2" });

/** WSDL and XSD lie in the repository: an import of anything else must not reach the network. */
const offline = {
  request: (_url: string, _data: unknown, done: (error: unknown) => unknown): AxiosPromise => {
    done(new Error("the WSDL imports a file that is not in the repository"));
    return Promise.resolve({}) as unknown as AxiosPromise;
  },
};
