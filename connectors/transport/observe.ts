/** Who may look at exchanges: traces by OpenTelemetry's API (nothing is exported unless a process sets that up), and recordings. */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { CallFailure } from "../failure.ts";
import type { Answer, Exchange, ExchangeRequest } from "./exchange.ts";

/** The call of an operation that exchanges belong to. Its id is the idempotency key: case and step, no personal data. */
export interface ObservedCall {
  correlationId: string;
  operation: string;
}

/** One exchange as it went over the wire, credentials and personal data included: whoever takes it must not show it as it is. */
export interface WholeExchange {
  system: string;
  method: ExchangeRequest["method"];
  path: string;
  headers: Readonly<Record<string, string>>;
  body: Buffer | undefined;
  answer: Answer;
}

const calls = new AsyncLocalStorage<ObservedCall>();
const takers = new AsyncLocalStorage<(whole: WholeExchange) => void>();

/** Runs one call of an adapter, so that its exchanges are traced under its id. */
export const inCall = <T>(call: ObservedCall, run: () => Promise<T>): Promise<T> => calls.run(call, run);

/** Runs something and hands over every exchange that was answered, streamed ones aside. */
export const takingExchanges = <T>(take: (whole: WholeExchange) => void, run: () => Promise<T>): Promise<T> => takers.run(take, run);

/**
 * The same exchange, observed. Spans have the system's name, the method and the status, and a failure's kind and code; never an address, a
 * header or a body.
 */
export function observed(exchange: Exchange): Exchange {
  const { system } = exchange;
  return {
    ...exchange,
    send: (request) =>
      traced(system, request.method, async (span) => {
        const answer = await exchange.send(request);
        noteAnswer(span, answer);
        const { method, path, headers = {}, body } = request;
        takers.getStore()?.({ system, method, path, headers, body, answer });
        return answer;
      }),
    sendStreamed: (request) =>
      traced(system, request.method, async (span) => {
        const answer = await exchange.sendStreamed(request);
        noteAnswer(span, answer);
        return answer;
      }),
  };
}

function noteAnswer(span: Span, { status, contentType }: Pick<Answer, "status" | "contentType">): void {
  span.setAttribute("http.response.status_code", status);
  if (contentType !== undefined) span.setAttribute("darsena.media_type", (contentType.split(";")[0] ?? "").trim().slice(0, 100));
}

async function traced<T>(system: string, method: string, run: (span: Span) => Promise<T>): Promise<T> {
  const call = calls.getStore();
  const attributes = {
    "darsena.system": system,
    "http.request.method": method,
    ...(call ? { "darsena.correlation_id": call.correlationId, "darsena.operation": call.operation } : {}),
  };
  const span = trace.getTracer("darsena").startSpan(`${system} ${method}`, { kind: SpanKind.CLIENT, attributes });
  try {
    return await run(span);
  } catch (error) {
    if (error instanceof CallFailure) {
      span.setAttributes({ "darsena.failure": error.kind, "darsena.code": error.detail.code });
      if (error.detail.status !== undefined) span.setAttribute("http.response.status_code", error.detail.status);
    }
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
