/** Digital domiciles of natural persons by INAD, the national index (CAD art. 6-quater), through PDND. Single look-ups. */
import { z } from "zod";
import { adapter } from "../../adapter.ts";
import { contractBroken, rejected } from "../../failure.ts";
import { type RestAnswer, type RestClient, refusals, unclearStatus } from "../../transport/http.ts";
import { modiClient, pdndFields, pdndSigner } from "../../transport/pdnd/session.ts";
import { domicile } from "../contract.ts";
import { isInadError, noDomicile, toDomicile } from "./wire.ts";

/** `findDomicile`: undeclared code BAD_REQUEST, which parks the case, when INAD refuses the question itself. */
export const inad = adapter(domicile, {
  name: "inad",
  title: "INAD",
  config: z.object({ baseUrl: z.url().describe("INAD's e-service, as PDND's catalogue says"), ...pdndFields }),
  connect: ({ baseUrl, tokenUrl, assertionAudience, clientId, purposeId, ...key }): RestClient =>
    modiClient({
      system: "domicile",
      baseUrl,
      signer: pdndSigner(key),
      pdnd: { tokenUrl, assertionAudience, clientId, purposeId },
    }),
  recovery: {},
  operations: {
    findDomicile: async ({ taxCode }, { session, ports, key, signal }) => {
      // INAD wants to know for which practice it is asked: the case, never a name.
      const query = { practicalReference: key.split("/")[0] };
      const answer = await session.request({ method: "GET", path: ["extract", taxCode], query, signal });
      if (answer.status !== 200) throw failureOf(answer);
      return toDomicile(answer.json, taxCode, ports.now());
    },
  },
});

function failureOf(answer: RestAnswer): Error {
  const { status } = answer;
  // INAD's own 404 carries its error; a gateway's 404 for a wrong address does not.
  if (status === 404 && isInadError(answer.json)) return noDomicile();
  const notTaken = answer.headers["retry-after"] === undefined ? [429] : [429, 503];
  const refusal = refusals("domicile", answer, { unauthorised: [401, 403], notTaken });
  if (refusal) return refusal;
  if (status < 400 || status === 404) return contractBroken("NOT_INAD", `domicile: HTTP ${status} is not an answer of INAD`);
  if (status >= 500 || status === 408) return unclearStatus("domicile", answer);
  return rejected("BAD_REQUEST", `domicile: INAD refused the question (HTTP ${status})`);
}
