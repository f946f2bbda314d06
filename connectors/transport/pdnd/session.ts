/**
 * A REST client through PDND and by ModI's patterns. An adapter declares which of them its producer asks for, and calls it
 * like any other REST client; the settings that all of them share are `pdndFields`.
 */
import { z } from "zod";
import { Secret } from "../../shared-types.ts";
import type { ExchangeSettings } from "../exchange.ts";
import { type Outgoing, type RestAnswer, type RestClient, type RestRequest, restClient } from "../http.ts";
import { type DpopProver, dpopProver } from "./dpop.ts";
import { type Moment, realMoment, sha256, type Signer } from "./jws.ts";
import { type Audit, auditEvidence, type IdAuth, idAuthHeaders, type Integrity, integrityHeaders } from "./patterns.ts";
import { privateKeyOf, RsaPrivateKey } from "./signing-key.ts";
import { type AnswerIntegrity, verifyAnswer } from "./verify-answer.ts";
import { type Voucher, type VoucherSettings, type VoucherSource, voucherSource } from "./voucher.ts";

/** What an adapter's `config` takes in for PDND: `z.object({ baseUrl: z.url(), ...pdndFields })`. */
export const pdndFields = {
  tokenUrl: z.url().describe("where PDND gives vouchers: `https://auth.interop.pagopa.it/token.oauth2`"),
  assertionAudience: z.string().min(1).default("auth.interop.pagopa.it/client-assertion").describe("whom our assertion is for"),
  clientId: z.string().min(1).describe("id of the client on PDND"),
  keyId: z.string().min(1).describe("`kid` of the client's key on PDND"),
  privateKey: Secret.pipe(RsaPrivateKey).describe("the client's private RSA key: PEM, or the base64 of its PKCS#8 in one line"),
  purposeId: z.string().min(1).describe("id of the purpose (finalità) on PDND"),
};

const PdndConfig = z.object(pdndFields);
type PdndConfig = z.infer<typeof PdndConfig>;

/** The client's key, as it is named on PDND. */
export const pdndSigner = ({ privateKey, keyId }: Pick<PdndConfig, "privateKey" | "keyId">): Signer => ({
  key: privateKeyOf(privateKey),
  by: { kid: keyId },
});

export interface ModiSettings extends ExchangeSettings {
  readonly signer: Signer;
  /** Given when the service is behind PDND; `dpop` when its producer asks for proof of possession. */
  readonly pdnd?: Omit<VoucherSettings, "system" | "signer" | "dpop"> & { readonly dpop?: boolean };
  /** For a service without PDND; a voucher takes its place. */
  readonly idAuth?: IdAuth;
  readonly integrity?: Integrity;
  readonly audit?: Audit;
  /** Given when the producer signs its answers. */
  readonly answer?: AnswerIntegrity;
}

/** Prepares calls by the declared patterns; opens no connection. A voucher that is refused (401) is renewed once, and that request repeated. */
export function modiClient(settings: ModiSettings, moment: Moment = realMoment): RestClient {
  const { signer, pdnd, idAuth, integrity, audit, answer: signedAnswer, ...exchange } = settings;
  const { system } = exchange;
  if (pdnd && idAuth) throw new TypeError(`${system}: ID_AUTH_REST and a voucher exclude each other`);
  const client = restClient(exchange);
  const prover = pdnd?.dpop === true ? dpopProver(moment) : undefined;
  const vouchers = pdnd ? sourceOf(settings, pdnd, prover, moment) : undefined;

  async function attempt(request: RestRequest): Promise<{ answer: RestAnswer; used?: Voucher }> {
    let used: Voucher | undefined;
    const dress = async (outgoing: Outgoing) => {
      const evidence = audit ? await auditEvidence(audit, signer, moment) : undefined;
      const digest = evidence !== undefined && audit?.pattern === "AUDIT_REST_02" ? sha256(evidence, "hex") : undefined;
      used = await vouchers?.voucher({ signal: request.signal, ...(digest === undefined ? {} : { digest }) });
      return {
        ...(evidence === undefined ? {} : { "Agid-JWT-TrackingEvidence": evidence }),
        ...(idAuth ? await idAuthHeaders(idAuth, signer, moment) : {}),
        ...(integrity ? await integrityHeaders(integrity, outgoing, signer, moment) : {}),
        ...(used ? await authorised(used, outgoing, prover) : {}),
        // The digest is of the bytes on the wire: compressed ones could not be compared.
        ...(signedAnswer ? { "Accept-Encoding": "identity" } : {}),
      };
    };
    const answer = await client.request({ ...request, dress });
    if (signedAnswer) await verifyAnswer(system, signedAnswer, answer, moment);
    return { answer, ...(used ? { used } : {}) };
  }

  async function request(given: RestRequest): Promise<RestAnswer> {
    const first = await attempt(given);
    if (first.answer.status !== 401 || !first.used) return first.answer;
    vouchers?.forget(first.used);
    const second = await attempt(given);
    if (second.answer.status === 401 && second.used) vouchers?.forget(second.used);
    return second.answer;
  }

  const close = () => {
    client.close();
    vouchers?.close();
  };
  return { request, close };
}

function sourceOf(
  { system, signer, tls }: ModiSettings,
  { dpop: _declared, ...pdnd }: NonNullable<ModiSettings["pdnd"]>,
  prover: DpopProver | undefined,
  moment: Moment,
): VoucherSource {
  // A client certificate is for the producer; the private authorities may hold for both.
  const shared = tls?.ca === undefined ? {} : { tls: { ca: tls.ca } };
  return voucherSource({ ...shared, ...pdnd, system, signer, ...(prover ? { dpop: prover } : {}) }, moment);
}

const authorised = async ({ scheme, token }: Voucher, { method, url }: Outgoing, prover: DpopProver | undefined) => ({
  Authorization: `${scheme} ${token}`,
  ...(prover ? { DPoP: await prover({ method, url, voucher: token }) } : {}),
});
