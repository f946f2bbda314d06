/**
 * A SOAP service by its wire table (see `typed-xml.ts`): writes the envelope itself and reads the checked answer, so that neither the
 * library's mapping nor its reading of WSDLs is needed at run time. Sockets, faults, statuses and encodings are those of `soap.ts`.
 */
import type { ISecurity } from "soap";
import type { z } from "zod";
import type { Operation } from "../contract.ts";
import { CallFailure, contractBroken, rejected } from "../failure.ts";
import { type CheckedEnvelope, checkEnvelope, type SoapFault } from "./check-envelope.ts";
import { decodeXml } from "./decode.ts";
import { type Answer, type ExchangeSettings, openExchange } from "./exchange.ts";
import { refusals, unclearStatus } from "./refusals.ts";
import { type SoapCredentials, securityOf } from "./soap.ts";
import { protectedBy, provenBy, type SoapReading } from "./soap-exchange.ts";
import { faultFailure } from "./soap-fault.ts";
import { splitName, type Wire, type WireOperation } from "./typed-xml.ts";
import { bodyOf, readTyped } from "./typed-xml-read.ts";
import { writeHeaders, writeTyped } from "./typed-xml-write.ts";
import { xmlBytes } from "./xml-text.ts";

export interface SoapServiceSettings extends Omit<ExchangeSettings, "baseUrl">, SoapReading {
  wire: Wire;
  /** Where the system listens; an address in a WSDL is never used. */
  endpoint: string;
  security?: SoapCredentials;
  /** The vendor confirms that a fault of class Client (Sender) means "nothing was done": it is `rejected` with CLIENT_FAULT, else unknown. */
  clientFaultRefuses?: boolean;
}

export interface SoapService {
  /** One exchange for an operation of the wire table, never repeated; every failure is a `CallFailure`, and the output fits the contract. */
  call<Output extends z.ZodType>(operation: Operation<z.ZodType, Output>, input: unknown, signal: AbortSignal): Promise<z.infer<Output>>;
  close(): void;
}

/** Namespaces of the envelope by version. */
export const ENVELOPES = {
  "1.1": "http://schemas.xmlsoap.org/soap/envelope/",
  "1.2": "http://www.w3.org/2003/05/soap-envelope",
} as const;

/** Prepares calls to one service; opens no connection. */
export function soapService(settings: SoapServiceSettings): SoapService {
  const { system, wire } = settings;
  const exchange = openExchange({ ...settings, baseUrl: settings.endpoint });

  async function call<Output extends z.ZodType>(operation: Operation<z.ZodType, Output>, input: unknown, signal: AbortSignal) {
    const one = wire.operations[operation.name];
    if (!one) throw new TypeError(`${system}: the wire table has no operation ${operation.name}`);
    const { envelope, headers } = requestOf(system, wire, one, input, securityOf(settings.security));
    const body = xmlBytes(system, protectedBy(settings, envelope), "UTF-8");
    const answer = await exchange.send({ method: "POST", path: "", headers, body, signal });
    const refusal = settings.refusals && refusals(system, answer, settings.refusals);
    if (refusal) throw refusal;
    const output = operation.output.safeParse(read(settings, one, answer));
    if (output.success) return output.data;
    // Paths come from the schema, never from the answer's values.
    const paths = output.error.issues.map(({ path }) => path.join(".")).slice(0, 5);
    throw contractBroken("SCHEMA", `${system}: the answer does not fit its schema at ${paths.join(", ") || "its root"}`);
  }

  return { call, close: exchange.close };
}

/** The whole request as it is sent. */
function requestOf(system: string, wire: Wire, one: WireOperation, input: unknown, security: ISecurity | undefined) {
  const headers: Record<string, string> =
    wire.version === "1.2"
      ? { "Content-Type": `application/soap+xml; charset=utf-8; action="${one.action}"` }
      : { "Content-Type": "text/xml; charset=utf-8", SOAPAction: `"${one.action}"` };
  headers["Accept"] = "text/xml, application/soap+xml";
  security?.addHeaders?.(headers);
  const header = [...writeHeaders(system, wire, one.request, input), security?.toXML?.() ?? ""].join("");
  const envelope = envelopeOf(wire.version, writeTyped(system, wire, one.request, input, one.encoded), header);
  return { headers, envelope: security?.postProcess?.(envelope, "soap") ?? envelope };
}

/** An envelope around written XML. */
export function envelopeOf(version: Wire["version"], body: string, header = ""): string {
  const head = header === "" ? "" : `<soap:Header>${header}</soap:Header>`;
  return (
    `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${ENVELOPES[version]}" ` +
    `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${head}<soap:Body>${body}</soap:Body></soap:Envelope>`
  );
}

function read(settings: SoapServiceSettings, one: WireOperation, answer: Answer): unknown {
  const { system, wire } = settings;
  if (!one.answer && answer.bytes.length === 0 && answer.status >= 200 && answer.status < 300) return {};
  let checked: { envelope: CheckedEnvelope; text: string };
  try {
    checked = envelopeIn(settings, answer);
  } catch (error) {
    // Without a readable fault an error status says nothing about the effect.
    throw answer.status >= 400 ? unclearStatus(system, answer) : stated(error, answer);
  }
  const { fault } = checked.envelope;
  if (fault) throw stated(faultMeaning(settings, one, fault), answer);
  if (answer.status >= 400) throw unclearStatus(system, answer);
  if (!one.answer) return {};
  try {
    return readTyped(system, wire, one.answer, bodyOf(system, checked.text));
  } catch (error) {
    throw stated(error, answer);
  }
}

function envelopeIn(settings: SoapServiceSettings, { bytes, contentType }: Answer): { envelope: CheckedEnvelope; text: string } {
  const { system } = settings;
  if (bytes.length === 0) throw contractBroken("EMPTY", `${system}: the answer is empty`);
  const type = (contentType ?? "text/xml").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type.startsWith("multipart/"))
    throw contractBroken("MULTIPART", `${system}: the answer has attachments, which this connector does not read`);
  if (!/^(?:text|application)\/(?:[\w.-]+\+)?xml$/.test(type)) throw contractBroken("NOT_SOAP", `${system}: the answer is not XML`);
  const came = decodeXml(system, bytes, contentType);
  const envelope = checkEnvelope(system, came);
  const text = provenBy(settings, came);
  return { envelope: text === came ? envelope : checkEnvelope(system, text), text };
}

function faultMeaning(settings: SoapServiceSettings, one: WireOperation, fault: SoapFault): CallFailure {
  const { system, wire, onFault, clientFaultRefuses } = settings;
  const usual = declaredFault(wire, one, system, fault) ?? faultFailure(system, fault, onFault);
  const isClient = fault.code === "Client" || fault.code === "Sender";
  if (!clientFaultRefuses || !isClient || usual.kind !== "unknown") return usual;
  return rejected("CLIENT_FAULT", `${system}: the system refused the request with a fault of class Client`);
}

/** The rejection that the WSDL declares by the element in the fault's detail. */
function declaredFault(wire: Wire, one: WireOperation, system: string, fault: SoapFault): CallFailure | undefined {
  const found = Object.entries(one.faults ?? {}).find(([element]) => {
    const { prefix, local } = splitName(element);
    return fault.detailElement?.name === local && fault.detailElement.namespace === (wire.namespaces[prefix] ?? "");
  });
  return found && rejected(found[1], `${system}: the system answered with its fault ${splitName(found[0]).local}`);
}

/** The failure with what is known of the answer, for operators. */
function stated(error: unknown, { status, contentType, bytes }: Answer): unknown {
  if (!(error instanceof CallFailure)) return error;
  return new CallFailure(error.kind, error.message, { status, contentType, bytes: bytes.length, ...error.detail });
}
