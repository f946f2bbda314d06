/** The log-in that all calls of a worker share, and the three requests of the interface with the meaning of their error numbers. */
import type { z } from "zod";
import { CallFailure, contractBroken, misconfigured, notSent, rejected, unknownOutcome } from "../../failure.ts";
import { asset } from "../../transport/asset.ts";
import { soapClient } from "../../transport/soap.ts";
import { tlsOf } from "../../transport/tls-settings.ts";
import type { DocareaConfig } from "./config.ts";
import { type Dialect, type DialectRequest, dialects, type FieldValue } from "./dialects.ts";
import { xmlText } from "./segnatura.ts";
import { answerOf, argumentsOf, InserimentoRet, isPositive, isSessionExpired, LoginRet, ProtocollazioneRet } from "./wire.ts";

export interface Session {
  readonly config: DocareaConfig;
  readonly dialect: Dialect;
  /**
   * Runs `send` with the DST of the last log-in, logging in when there is none. When it fails with `SESSION_EXPIRED` it runs once more
   * with a new DST; a second refusal is `misconfigured`. Many callers share one log-in.
   */
  inSession<T>(signal: AbortSignal, send: (dst: string) => Promise<T>): Promise<T>;
  /** Stores a document. `warning` is the vendor's code of an accepted signature warning. */
  insert(dst: string, document: { name: string; base64: string }, signal: AbortSignal): Promise<{ id: string; warning?: string }>;
  /** The one request with a legal effect. "Session expired" is `not-sent`: it says that nothing was registered. */
  register(dst: string, segnatura: string, signal: AbortSignal): Promise<z.infer<typeof ProtocollazioneRet>>;
}

/** Builds the session; opens no connection. */
export function openSession(config: DocareaConfig): Session {
  const dialect: Dialect = dialects[config.dialect];
  const client = soapClient({
    system: "docarea",
    wsdl: asset(import.meta.url, `./wsdl/${dialect.wsdl}`),
    endpoint: config.endpoint,
    // The largest document in base64, and room for the rest of the message.
    maxRequestBytes: Math.ceil(config.maxDocumentBytes / 3) * 4 + 1_000_000,
    // A SOAP fault stays "unknown": the interface declares none, so it may come after the registration.
    refusals: { unauthorised: [401, 403], notTaken: config.unavailableIsNotTaken ? [429, 503] : [] },
    ...tlsOf(config),
  });
  const { organisationCode, username, password } = config;

  async function exchange<S extends z.ZodType>(
    request: DialectRequest,
    schema: S,
    values: Partial<Record<FieldValue, string>>,
    signal: AbortSignal,
  ) {
    const { result } = await client.call(request.operation, argumentsOf(request, { username, ...values }), { signal });
    return answerOf(schema, request, result);
  }

  const logIn = sharedLogIn(async (signal) => {
    const answer = await exchange(dialect.login, LoginRet, { organisationCode, password }, signal);
    if (answer.lngErrNumber !== "0") throw logInRefused(answer.lngErrNumber, dialect);
    if (answer.strDST === undefined) throw contractBroken("NO_SESSION", "Login: the answer reports success and holds no DST");
    return answer.strDST;
  }, config.deadlineMs);

  return {
    config,
    dialect,
    async inSession(signal, send) {
      const first = await logIn.current(signal);
      try {
        return await send(first);
      } catch (error) {
        if (!isExpired(error)) throw error;
        logIn.forget(first);
      }
      const second = await logIn.current(signal);
      try {
        return await send(second);
      } catch (error) {
        if (!isExpired(error)) throw error;
        logIn.forget(second);
        throw misconfigured("SESSION_REFUSED", "the session was refused again, immediately after a new log-in");
      }
    },
    async insert(dst, { name, base64 }, signal) {
      const answer = await exchange(
        dialect.insert,
        InserimentoRet,
        { session: dst, documentName: xmlText(name), documentBase64: base64 },
        signal,
      );
      const { lngDocID: id, lngErrNumber: code } = answer;
      if (isSessionExpired(answer, dialect.errors)) throw sessionExpired("Inserimento");
      const warned = dialect.errors.signatureWarning.includes(code);
      if (code !== "0" && !(warned && config.acceptSignatureWarning)) throw refused("Inserimento", code);
      if (!isPositive(id)) throw contractBroken("NO_DOCUMENT_ID", "Inserimento: the answer reports success and holds no document id");
      return warned ? { id, warning: code } : { id };
    },
    async register(dst, segnatura, signal) {
      const segnaturaBase64 = Buffer.from(segnatura, "utf8").toString("base64");
      const answer = await exchange(dialect.register, ProtocollazioneRet, { session: dst, segnatura, segnaturaBase64 }, signal);
      if (answer.lngErrNumber === "0") return answer;
      // An error beside a number is no refusal: something may be registered, and a person must look.
      if (isPositive(answer.lngNumPG))
        throw contractBroken("ERROR_WITH_NUMBER", `Protocollazione: the answer holds a number and vendor code ${answer.lngErrNumber}`);
      throw isSessionExpired(answer, dialect.errors) ? sessionExpired("Protocollazione") : refused("Protocollazione", answer.lngErrNumber);
    },
  };
}

/** One log-in at a time, with a deadline of its own: a caller that gives up does not end it for the others. */
function sharedLogIn(logIn: (signal: AbortSignal) => Promise<string>, deadlineMs: number) {
  let dst: string | undefined;
  let pending: Promise<string> | undefined;
  const renew = async () => {
    try {
      dst = await logIn(AbortSignal.timeout(deadlineMs));
      return dst;
    } finally {
      pending = undefined;
    }
  };
  return {
    current: (signal: AbortSignal): Promise<string> =>
      dst === undefined ? whileWaiting((pending ??= renew()), signal) : Promise.resolve(dst),
    forget(expired: string): void {
      if (dst === expired) dst = undefined;
    },
  };
}

function whileWaiting<T>(shared: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(unknownOutcome(isTimeout(signal) ? "DEADLINE" : "CANCELLED", "Login: no answer before the call ended"));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    shared.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

const isTimeout = (signal: AbortSignal) => (signal.reason as { name?: string } | undefined)?.name === "TimeoutError";

function logInRefused(code: string, { errors: { credentials } }: Dialect): CallFailure {
  if (credentials === "any" || credentials.includes(code))
    return misconfigured("CREDENTIALS", `Login: user or password refused (vendor code ${code})`);
  return misconfigured("LOGIN_REFUSED", `Login: refused (vendor code ${code})`);
}

const isExpired = (error: unknown) => error instanceof CallFailure && error.detail.code === SESSION_EXPIRED;
const SESSION_EXPIRED = "SESSION_EXPIRED";
const sessionExpired = (operation: string) => notSent(SESSION_EXPIRED, `${operation}: the session has expired`);
/** The vendor's number and never its text, which may quote the request. */
const refused = (operation: string, code: string) => rejected("REFUSED", `${operation}: refused by the protocol (vendor code ${code})`);
