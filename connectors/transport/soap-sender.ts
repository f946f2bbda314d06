/** One SOAP call on the wire: sends what the library wrote, and lets it see only an answer that was checked and rewritten. */
import type { AxiosPromise } from "axios";
import { HttpClient } from "soap";
import { CallFailure, type FailureKind } from "../failure.ts";
import { type CheckedEnvelope, checkEnvelope, type SoapFault } from "./check-envelope.ts";
import { decodeXml } from "./decode.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { type Refusals, refusals, unclearStatus } from "./refusals.ts";
import { faultFailure } from "./soap-fault.ts";
import { xmlBytes } from "./xml-text.ts";

/** What we read of the library's description of an operation. */
export interface SoapMethod {
  style?: string;
  output?: { $name: string; targetNamespace?: string };
}

export interface OneCall {
  settings: { system: string; refusals?: Refusals; onFault?: (fault: SoapFault) => CallFailure | undefined };
  exchange: Exchange;
  signal: AbortSignal;
  operation: string;
  method: SoapMethod;
  rpc: boolean;
}

/** The library's way to the network for one call: sends, checks the answer in order, and hands on the plain form only. */
export class CheckedSender extends HttpClient {
  status = 0;
  #began = false;
  readonly #call: OneCall;

  constructor(call: OneCall) {
    super();
    this.#call = call;
  }

  override request(
    _url: string,
    data: unknown,
    done: (error: unknown, response?: unknown, body?: unknown) => unknown,
    headers?: Record<string, string>,
  ): AxiosPromise {
    return this.#hand(String(data), headers ?? {}, done) as unknown as AxiosPromise;
  }

  /** Never rejects: what the library throws while it parses reaches the caller too. */
  async #hand(
    envelope: string,
    headers: Record<string, string>,
    done: (error: unknown, response?: unknown, body?: unknown) => unknown,
  ): Promise<void> {
    try {
      const body = await this.#perform(envelope, headers);
      done(null, { status: this.status, headers: {} }, body);
    } catch (error) {
      done(error);
    }
  }

  override handleResponse(_request: unknown, _response: unknown, body: unknown): unknown {
    return body;
  }

  /** The library's own errors hold the request or the answer: only ours pass. */
  failureOf(error: unknown): CallFailure {
    if (error instanceof CallFailure) return error;
    const { system } = this.#call.settings;
    if (!this.#began)
      return new CallFailure("rejected", `${system}: the request cannot be written by the WSDL`, { code: "REQUEST_REFUSED" });
    return this.#fail("contract-broken", "UNEXPECTED_RESPONSE", "the answer does not fit the WSDL");
  }

  async #perform(envelope: string, headers: Record<string, string>): Promise<string> {
    const { settings, exchange, signal } = this.#call;
    const body = xmlBytes(settings.system, envelope, "UTF-8");
    this.#began = true;
    const answer = await exchange.send({
      method: "POST",
      path: "",
      headers: { ...headers, Accept: "text/xml, application/soap+xml" },
      body,
      signal,
    });
    this.status = answer.status;
    const refusal = settings.refusals && refusals(settings.system, answer, settings.refusals);
    if (refusal) throw refusal;
    return this.#read(answer);
  }

  #read(answer: Answer): string {
    const { settings, method } = this.#call;
    if (!method.output && answer.bytes.length === 0 && (answer.status === 202 || answer.status === 204)) return ONE_WAY_DONE;
    let envelope: CheckedEnvelope;
    try {
      envelope = this.#envelope(answer);
    } catch (error) {
      // Without a readable fault an error status says nothing about the effect.
      throw answer.status >= 400 ? unclearStatus(settings.system, answer) : this.#stated(error, answer);
    }
    if (envelope.fault) throw this.#stated(faultFailure(settings.system, envelope.fault, settings.onFault), answer);
    if (answer.status >= 400) throw unclearStatus(settings.system, answer);
    if (!this.#isExpected(envelope.body))
      throw this.#stated(this.#fail("contract-broken", "UNEXPECTED_RESPONSE", "this is the answer of another operation"), answer);
    return envelope.plain;
  }

  #envelope(answer: Answer): CheckedEnvelope {
    const { system } = this.#call.settings;
    if (answer.bytes.length === 0) throw this.#fail("contract-broken", "EMPTY", "the answer is empty");
    const type = (answer.contentType ?? "text/xml").split(";")[0]?.trim().toLowerCase() ?? "";
    if (type.startsWith("multipart/"))
      throw this.#fail("contract-broken", "MULTIPART", "the answer has attachments, which this connector does not read");
    if (!/^(?:text|application)\/(?:[\w.-]+\+)?xml$/.test(type)) throw this.#fail("contract-broken", "NOT_SOAP", "the answer is not XML");
    return checkEnvelope(system, decodeXml(system, answer.bytes, answer.contentType));
  }

  #isExpected(body: CheckedEnvelope["body"]): boolean {
    const { method, rpc, operation } = this.#call;
    if (!method.output || rpc) return !method.output || body?.name === `${operation}Response`;
    return body?.name === method.output.$name && body.namespace === (method.output.targetNamespace ?? body.namespace);
  }

  #fail(kind: FailureKind, code: string, what: string): CallFailure {
    return new CallFailure(kind, `${this.#call.settings.system}: ${what}`, { code, ...(this.status ? { status: this.status } : {}) });
  }

  /** The failure with what is known of the answer, for operators. */
  #stated(error: unknown, { status, contentType, bytes }: Answer): CallFailure {
    const failure = this.failureOf(error);
    return new CallFailure(failure.kind, failure.message, { status, contentType, bytes: bytes.length, ...failure.detail });
  }
}

/** What the library may parse after an accepted one-way call. */
const ONE_WAY_DONE = "<accepted/>";
