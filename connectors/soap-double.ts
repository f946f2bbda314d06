/** A simulator of a SOAP service by its wire table: reads requests strictly, answers from samples, keeps a ledger of writes. */
import { type Contract, type Operation, operationsOf } from "./contract.ts";
import { CallFailure } from "./failure.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Recorder, SimulatedAnswer, SimulatedRequest, SimulatorSpec } from "./simulator.ts";
import { checkEnvelope } from "./transport/check-envelope.ts";
import { decodeXml } from "./transport/decode.ts";
import { envelopeOf } from "./transport/soap-service.ts";
import { splitName, type Wire } from "./transport/typed-xml.ts";
import { bodyOf, headersOf, readHeaders, readTyped } from "./transport/typed-xml-read.ts";
import { writeTyped } from "./transport/typed-xml-write.ts";
import { escapeXml } from "./transport/xml-text.ts";

/** One operation's example: what is sent and what comes back. */
export interface Sample {
  input: JsonObject;
  output: JsonObject;
}

export interface SoapDoubleSpec {
  name: string;
  contract: Contract;
  wire: Wire;
  /** By the contract's operations; a control `answer {operation, output}` replaces an output. */
  samples: Readonly<Record<string, Sample>>;
  /** What the system would answer to this input; the sample's output when absent. */
  answer?: (operation: string, input: JsonObject, state: DoubleState) => JsonObject | undefined;
}

export interface DoubleState extends JsonObject {
  answers: { [operation: string]: Json };
  effects: number;
}

/**
 * The specification for `startSimulator`. Operations have the contract's names. The fault `reject` takes a code that the contract
 * declares, which is answered with the WSDL's own fault, or another text; `unauthorized` is a WS-Security fault.
 */
export function soapDouble(spec: SoapDoubleSpec): SimulatorSpec<DoubleState> {
  return {
    name: spec.name,
    initial: { answers: {}, effects: 0 },
    operationOf: (request) => operationIn(spec, request) ?? "unknown",
    answer: (request, state, record) => answer(spec, request, state, record),
    controls: {
      answer: ({ operation, output }, state) => {
        state.answers[String(operation)] = output ?? {};
        return {};
      },
    },
  };
}

const textOf = ({ body, headers }: Omit<SimulatedRequest, "operation">): string => decodeXml("simulator", body, headers["content-type"]);

/** By the root of the body, and by the action where several operations share one root. */
function operationIn({ wire }: SoapDoubleSpec, request: Omit<SimulatedRequest, "operation">): string | undefined {
  try {
    const root = bodyOf("simulator", textOf(request));
    const named = Object.entries(wire.operations).filter(
      ([
        ,
        {
          request: { element },
        },
      ]) => {
        const { prefix, local } = splitName(element);
        return root.local === local && root.uri === (wire.namespaces[prefix] ?? "");
      },
    );
    const headers = `${request.headers["soapaction"] ?? ""} ${request.headers["content-type"] ?? ""}`;
    return (named.length > 1 ? named.find(([, { action }]) => headers.includes(`"${action}"`)) : named[0])?.[0];
  } catch (error) {
    if (error instanceof CallFailure) return undefined;
    throw error;
  }
}

function answer(spec: SoapDoubleSpec, request: SimulatedRequest, state: DoubleState, record: Recorder): SimulatedAnswer {
  const { wire, samples } = spec;
  const one = wire.operations[request.operation];
  const declared = operationsOf(spec.contract).find(({ name }) => name === request.operation);
  if (request.fault?.kind === "unauthorized") return securityFault(wire);
  if (!one || !declared) return fault(wire, "Client", "this service has no such operation");
  const input = inputOf(spec, request, declared);
  if (typeof input === "string") return fault(wire, "Client", input);
  if (request.fault) return businessFault(wire, request.operation, request.fault.code ?? declared.rejections[0] ?? "REFUSED");
  if (declared.effect !== "read") {
    state.effects += 1;
    record({ operation: request.operation, key: JSON.stringify(input), reference: String(state.effects) });
  }
  if (!one.answer) return { status: 202 };
  const output =
    state.answers[request.operation] ?? spec.answer?.(request.operation, input, state) ?? samples[request.operation]?.output ?? {};
  return xml(wire, envelopeOf(wire.version, writeTyped("simulator", wire, one.answer, output, one.encoded)));
}

/** The request's value, or why it is none: a real system refuses what its schema does not allow. */
function inputOf({ wire }: SoapDoubleSpec, request: SimulatedRequest, declared: Operation): JsonObject | string {
  const one = wire.operations[request.operation];
  if (!one) return "this service has no such operation";
  try {
    const text = textOf(request);
    checkEnvelope("simulator", text);
    const body = readTyped("simulator", wire, one.request, bodyOf("simulator", text), { strict: true }) as JsonObject;
    const headers = readHeaders("simulator", wire, one.request, headersOf("simulator", text));
    const parsed = declared.input.safeParse({ ...body, ...(Object.keys(headers).length > 0 ? { headers } : {}) });
    if (parsed.success) return parsed.data as JsonObject;
    return `the request does not fit its schema at ${parsed.error.issues.map(({ path }) => path.join(".")).join(", ")}`;
  } catch (error) {
    if (error instanceof CallFailure) return `the request is refused: ${error.detail.code}`;
    throw error;
  }
}

const xml = (wire: Wire, body: string, status = 200): SimulatedAnswer => ({
  status,
  headers: { "content-type": `${wire.version === "1.2" ? "application/soap+xml" : "text/xml"}; charset=utf-8` },
  body,
});

function fault(wire: Wire, code: "Client" | "Server", text: string, detail = "", namespaces = ""): SimulatedAnswer {
  const newer = { Client: "Sender", Server: "Receiver" }[code];
  const body =
    wire.version === "1.2"
      ? `<soap:Fault${namespaces}><soap:Code><soap:Value>soap:${newer}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">${escapeXml(text)}</soap:Text></soap:Reason>${detail && `<soap:Detail>${detail}</soap:Detail>`}</soap:Fault>`
      : `<soap:Fault${namespaces}><faultcode>soap:${code}</faultcode><faultstring>${escapeXml(text)}</faultstring>${detail && `<detail>${detail}</detail>`}</soap:Fault>`;
  return xml(wire, envelopeOf(wire.version, body), 500);
}

/** The fault that the WSDL declares for this rejection; its detail's content does not matter to the adapter. */
function businessFault(wire: Wire, operation: string, code: string): SimulatedAnswer {
  const element = Object.entries(wire.operations[operation]?.faults ?? {}).find(([, of]) => of === code)?.[0];
  const namespaces = Object.entries(wire.namespaces).map(([prefix, uri]) => ` xmlns:${prefix}="${escapeXml(uri)}"`);
  return fault(wire, element ? "Server" : "Client", code, element ? `<${element}/>` : "", namespaces.join(""));
}

const WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

function securityFault(wire: Wire): SimulatedAnswer {
  const body =
    wire.version === "1.2"
      ? `<soap:Fault xmlns:wsse="${WSSE}"><soap:Code><soap:Value>soap:Sender</soap:Value><soap:Subcode><soap:Value>wsse:FailedAuthentication</soap:Value></soap:Subcode></soap:Code><soap:Reason><soap:Text xml:lang="en">refused</soap:Text></soap:Reason></soap:Fault>`
      : `<soap:Fault xmlns:wsse="${WSSE}"><faultcode>wsse:FailedAuthentication</faultcode><faultstring>refused</faultstring></soap:Fault>`;
  return xml(wire, envelopeOf(wire.version, body), 500);
}
