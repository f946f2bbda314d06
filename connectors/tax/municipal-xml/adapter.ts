/** Contract of the project; not the interface of any real system. Fines by XML over HTTP POST in ISO-8859-1, business errors in a 200. */
import { z } from "zod";
import { adapter } from "../../adapter.ts";
import { contractBroken } from "../../failure.ts";
import { Secret } from "../../shared-types.ts";
import { refusals, unclearStatus, type XmlClient, xmlClient } from "../../transport/http.ts";
import { tlsOf, tlsShape } from "../../transport/tls-settings.ts";
import { parseXml } from "../../transport/xml.ts";
import { tax } from "../contract.ts";
import { type Caller, toFines, toRequest } from "./wire.ts";

interface TaxSession {
  readonly client: XmlClient;
  readonly caller: Caller;
}

/** `openFines`: undeclared codes `TAX_<nnn>`, which park the case, for business errors that the schema does not name. */
export const municipalXml = adapter(tax, {
  name: "municipal-xml",
  title: "Municipal fines by XML (contract of the project)",
  config: z.object({
    baseUrl: z.url().describe("address to which the XML is posted"),
    user: z.string().min(1).max(250).describe("user of the tax system"),
    password: Secret.describe("its password"),
    municipality: z
      .string()
      .regex(/^[A-Z][0-9]{3}$/, "is not a cadastral code like F205")
      .describe("cadastral code of the municipality: `F205` is Milan"),
    ...tlsShape,
  }),
  connect: ({ baseUrl, user, password, municipality, ...tls }): TaxSession => ({
    client: xmlClient({ system: "tax", baseUrl, ...tlsOf(tls) }),
    caller: { municipality, user, password },
  }),
  recovery: {},
  operations: {
    openFines: async (input, { session, signal }) => {
      const answer = await session.client.postXml({ xml: toRequest(input, session.caller), encoding: "ISO-8859-1", signal });
      const refusal = refusals("tax", answer);
      if (refusal) throw refusal;
      if (answer.status >= 500) throw unclearStatus("tax", answer);
      if (answer.status !== 200) throw contractBroken("NOT_TAX", `tax: HTTP ${answer.status} is not an answer of the tax system`);
      return toFines(parseXml("tax", answer.text, { repeated: ["Sanzione"] }));
    },
  },
});
