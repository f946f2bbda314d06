/**
 * Vouchers of PDND (Piattaforma Digitale Nazionale Dati): the token that a producer's service demands, given for an assertion
 * that we sign with the client's key. Asking for one reaches no system: whatever fails here is "not sent" or "misconfigured".
 */
import { z } from "zod";
import { CallFailure, misconfigured, notSent } from "../../failure.ts";
import { type Answer, openExchange, type TlsSettings } from "../exchange.ts";
import { retryAfter } from "../refusals.ts";
import { type DpopProver } from "./dpop.ts";
import { type Moment, secondsOf, type Signer, signed } from "./jws.ts";

export interface VoucherSettings {
  /** The system's name in messages. */
  system: string;
  /** Where vouchers are given: `https://auth.interop.pagopa.it/token.oauth2`. */
  tokenUrl: string;
  /** Whom the assertion is for: `auth.interop.pagopa.it/client-assertion`. */
  assertionAudience: string;
  clientId: string;
  purposeId: string;
  signer: Signer;
  /** Given when the producer asks for vouchers with proof of possession. */
  dpop?: DpopProver;
  tls?: TlsSettings;
  /** Bound of one request for a voucher; 5 s when absent. */
  timeoutMs?: number;
}

export interface Voucher {
  readonly token: string;
  readonly scheme: "Bearer" | "DPoP";
}

export interface VoucherSource {
  /**
   * A voucher that is good for a while yet. Without `digest` it is shared by all calls until shortly before it expires, and
   * however many wait for it, one request is made. With `digest` (hex SHA-256 of the audit evidence) it is for one call only.
   */
  voucher(request: { digest?: string; signal: AbortSignal }): Promise<Voucher>;
  /** This voucher was refused: the next call asks for another. */
  forget(refused: Voucher): void;
  close(): void;
}

const ASSERTION_SECONDS = 60;
/** A voucher is not used in its last 30 seconds, or its last fifth when it lives shortly: calls take their time. */
const marginMs = (livesMs: number) => Math.min(30_000, livesMs / 5);

const TokenAnswer = z.looseObject({
  access_token: z.string().min(1),
  token_type: z.string(),
  expires_in: z.number().positive(),
});

interface Given {
  voucher: Voucher;
  until: number;
}

/** Prepares requests for vouchers; opens no connection. */
export function voucherSource(settings: VoucherSettings, moment: Moment): VoucherSource {
  const { system, tokenUrl, tls, timeoutMs = 5_000 } = settings;
  const exchange = openExchange({ system, baseUrl: tokenUrl, timeoutMs, maxResponseBytes: 1 << 16, ...(tls ? { tls } : {}) });
  let kept: Given | undefined;
  let asking: Promise<Given> | undefined;

  async function ask(digest: string | undefined, signal: AbortSignal): Promise<Given> {
    const body = Buffer.from((await formOf(settings, moment, digest)).toString(), "utf8");
    const proof: Record<string, string> = settings.dpop ? { DPoP: await settings.dpop({ method: "POST", url: tokenUrl }) } : {};
    const headers = { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded", ...proof };
    const askedAt = moment.now().getTime();
    const answer = await exchange.send({ method: "POST", path: "", headers, body, signal }).catch((error: unknown) => {
      throw unreached(system, error);
    });
    return givenBy(settings, answer, askedAt);
  }

  async function shared(): Promise<Given> {
    if (kept && moment.now().getTime() < kept.until) return kept;
    // Nobody's deadline ends the request for all who wait for it; its own time-out does.
    asking ??= ask(undefined, new AbortController().signal).finally(() => {
      asking = undefined;
    });
    kept = await asking;
    return kept;
  }

  return {
    voucher: async ({ digest, signal }) => {
      const given = digest === undefined ? await orAborted(system, shared(), signal) : await ask(digest, signal);
      return given.voucher;
    },
    forget: ({ token }) => {
      if (kept?.voucher.token === token) kept = undefined;
    },
    close: exchange.close,
  };
}

/** The assertion holds exactly what PDND takes: one claim more, `nbf` included, and it is refused. */
async function formOf({ clientId, assertionAudience, purposeId, signer }: VoucherSettings, moment: Moment, digest: string | undefined) {
  const iat = secondsOf(moment.now());
  const assertion = await signed(signer, {
    iss: clientId,
    sub: clientId,
    aud: assertionAudience,
    purposeId,
    jti: moment.newId(),
    iat,
    exp: iat + ASSERTION_SECONDS,
    ...(digest === undefined ? {} : { digest: { alg: "SHA256", value: digest } }),
  });
  return new URLSearchParams({
    client_id: clientId,
    client_assertion: assertion,
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    grant_type: "client_credentials",
  });
}

function givenBy({ system, dpop }: VoucherSettings, answer: Answer, askedAt: number): Given {
  const { status } = answer;
  const expected = dpop ? "DPoP" : "Bearer";
  if (status === 200) {
    const read = TokenAnswer.safeParse(jsonOf(answer));
    if (!read.success) throw notSent("VOUCHER_UNREADABLE", `${system}: the authorisation server's answer is not a voucher`);
    const { access_token: token, token_type: type, expires_in: lives } = read.data;
    if (type.toLowerCase() !== expected.toLowerCase())
      throw misconfigured("VOUCHER_TYPE", `${system}: the authorisation server gave no voucher of the kind ${expected}`);
    return { voucher: { token, scheme: expected }, until: askedAt + lives * 1_000 - marginMs(lives * 1_000) };
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 429)
    throw misconfigured(
      "ASSERTION_REFUSED",
      `${system}: the authorisation server refused our assertion (HTTP ${status}): client, key, purpose or agreement are not in order`,
    );
  throw notSent(
    "VOUCHER_UNAVAILABLE",
    `${system}: the authorisation server gives no voucher now (HTTP ${status})`,
    retryAfter(answer.headers["retry-after"]),
  );
}

function jsonOf({ bytes }: Answer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** No request to the system has left: what may or may not have happened at the authorisation server counts for nothing. */
function unreached(system: string, error: unknown): unknown {
  if (!(error instanceof CallFailure) || error.kind === "misconfigured") return error;
  return notSent(
    `VOUCHER_${error.detail.code}`,
    `${system}: the authorisation server gave no voucher, so nothing was sent`,
    error.detail.retryAfterMs,
  );
}

function orAborted<T>(system: string, waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(notSent("VOUCHER_DEADLINE", `${system}: there was no voucher before the deadline, so nothing was sent`));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    waiting.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
