/**
 * A fake of INAD's single look-up, with the authorisation server of PDND at `/token.oauth2` of the same address.
 *
 * Everybody has a domicile unless `setDomicile` says otherwise; its address is invented from a hash of the code.
 * Controls: `setDomicile {taxCode, digitalAddress: [...]}` (none: no domicile), `setActive {active}` (the purpose on PDND).
 * Codes of the fault `reject`: `QUOTA` (429), `FORBIDDEN` (403), `SERVER_ERROR` (500); else 400. INAD's files are not open:
 * this is written from the facts that are public.
 */
import { createHash } from "node:crypto";
import type { Json, JsonObject } from "../../json.ts";
import { type SimulatedAnswer, type SimulatedRequest, type Simulator, type SimulatorOptions, startSimulator } from "../../simulator.ts";
import { type AuthorityState, newAuthority } from "../../transport/pdnd/simulated-authority.ts";
import { answerBehindPdnd, isTokenRequest, TOKEN } from "../../transport/pdnd/simulated-producer.ts";

interface InadState extends JsonObject {
  pdnd: AuthorityState;
  /** What was set, by the hash of the code. */
  domiciles: Record<string, Json>;
}

/** Starts the simulator; `url` is the adapter's `baseUrl`, `<url>/token.oauth2` its `tokenUrl`. */
export const inadSimulator = (options: SimulatorOptions = {}): Promise<Simulator> =>
  startSimulator<InadState>(
    {
      name: "inad",
      initial: { pdnd: newAuthority(), domiciles: {} },
      operationOf: (request) => (isTokenRequest(request) ? TOKEN : request.path.startsWith("/extract/") ? "extract" : "unknown"),
      answer: (request, state) =>
        answerBehindPdnd(request, state.pdnd, {
          refused: ({ status, code }) => problem(status, code, "the request is not authorised"),
          answer: () => extract(request, state),
        }),
      controls: {
        setDomicile: ({ taxCode, digitalAddress }, state) => {
          state.domiciles[hash(String(taxCode))] = digitalAddress ?? [];
          return {};
        },
        setActive: ({ active }, { pdnd }) => {
          for (const purpose of Object.values(pdnd.purposes)) purpose.active = active === true;
          return {};
        },
      },
    },
    options,
  );

const hash = (code: string) => createHash("sha256").update(code).digest("hex").slice(0, 24);

const json = (status: number, body: unknown, headers: Record<string, string> = {}): SimulatedAnswer => ({
  status,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const problem = (status: number, type: string, detail: string, headers?: Record<string, string>) =>
  json(status, { status: String(status), type, detail }, headers);

function extract({ method, path, query, fault, operation }: SimulatedRequest, state: InadState): SimulatedAnswer {
  if (fault) return refuse(fault.code);
  // The gateway's own answer for an address that is none of INAD's.
  if (operation === "unknown" || method !== "GET")
    return json(404, { status: 404, title: "NotFound", detail: "Unknown API", govway_id: "simulated" });
  const code = decodeURIComponent(path.slice("/extract/".length));
  if (!/^[A-Z0-9]{16}$|^[0-9]{11}$/.test(code)) return problem(400, "BAD_REQUEST", "the code is not well formed");
  if (!query.get("practicalReference")) return problem(400, "BAD_REQUEST", "practicalReference is missing");
  const digitalAddress = state.domiciles[hash(code)] ?? [{ digitalAddress: `${hash(code).slice(0, 10)}@pec.example.it` }];
  if (Array.isArray(digitalAddress) && digitalAddress.length === 0) return problem(404, "NOT_FOUND", "CF non trovato");
  return json(200, { codiceFiscale: code, since: "2024-03-01T09:00:00", digitalAddress });
}

function refuse(code: string | undefined): SimulatedAnswer {
  if (code === "QUOTA") return problem(429, "TOO_MANY_REQUESTS", "quota", { "retry-after": "60" });
  if (code === "FORBIDDEN") return problem(403, "FORBIDDEN", "not allowed");
  if (code === "SERVER_ERROR") return problem(500, "INTERNAL", "error");
  return problem(400, "BAD_REQUEST", "refused on demand");
}
