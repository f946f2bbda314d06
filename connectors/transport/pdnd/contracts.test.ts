/** Our messages against the public contracts, where `shared/contracts` lies beside the repository. */
import { expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { type CannedServer, cannedServer } from "../fixtures/canned-server.ts";
import { refusals } from "../refusals.ts";
import { modiClient, pdndSigner } from "./session.ts";
import { simulatedClient } from "./simulated-client.ts";

const folder = process.env["DARSENA_CONTRACTS"] ?? resolve(import.meta.dirname, "../../../../shared/contracts");
const present = existsSync(join(folder, "pn-national-registries"));
const run = present ? test : test.skip;
const note = present ? "" : " (skipped: shared/contracts is absent)";
const yaml = (file: string) => parse(readFileSync(join(folder, "pn-national-registries", file), "utf8"));

/** One call with every pattern, to a server that answers as the contracts say. */
async function oneCall(): Promise<CannedServer["received"]> {
  const server = await cannedServer(({ url }, response) => {
    const body = url === "/token.oauth2" ? { access_token: "a", token_type: "Bearer", expires_in: 600 } : {};
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  const audience = "https://modipa.example.org/govway/rest/in/MinInternoPortaANPR/C001/v1";
  const { clientId, purposeId } = simulatedClient;
  const evidence = { userId: "u", userLocation: "w", levelOfAssurance: "LOW" };
  await modiClient({
    system: "trial",
    baseUrl: server.url,
    signer: pdndSigner(simulatedClient),
    pdnd: { ...simulatedClient, tokenUrl: `${server.url}/token.oauth2` },
    integrity: { pattern: "INTEGRITY_REST_02", audience, issuer: clientId },
    audit: { pattern: "AUDIT_REST_02", audience, issuer: clientId, purposeId, evidence },
  }).request({ method: "POST", path: ["anpr-service-e002"], json: {}, signal: AbortSignal.timeout(5_000) });
  await server.close();
  return server.received;
}

run(`the request for a voucher has the fields of PDND's own contract${note}`, async () => {
  const [asked] = await oneCall();
  const { required, properties } = yaml("pdnd-v2.yaml").components.schemas.AccessTokenRequest;
  const form = new URLSearchParams(asked?.body.toString("utf8"));
  expect([...form.keys()].toSorted()).toEqual(Object.keys(properties).toSorted());
  for (const name of required as string[]) expect(form.get(name)).toBeTruthy();
});

run(`the headers of a call are those that ANPR's contract names${note}`, async () => {
  const [, call] = await oneCall();
  const operation = yaml("C001-servizioNotifica.yaml").paths["/anpr-service-e002"].post;
  // `bearerAuth` names the scheme of `Authorization` once more.
  const named = (operation.parameters as { in: string; name: string }[]).filter((one) => one.in === "header" && one.name !== "bearerAuth");
  expect(named.map(({ name }) => call?.headers[name.toLowerCase()] === undefined && name)).toEqual(named.map(() => false));
});

run(`the pattern's own 429 means "not taken", with its wait${note}`, () => {
  const [head = ""] = readFileSync(join(folder, "modi-patterns/problem-429.http"), "utf8").split(/\r?\n\r?\n/);
  const [status = "", ...lines] = head.split(/\r?\n/);
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(":")[0]?.toLowerCase() ?? "", line.slice(line.indexOf(":") + 1).trim()]),
  );
  const failure = refusals("trial", { status: Number(/\d{3}/.exec(status)?.[0]), headers });
  expect([failure?.kind, failure?.detail.code]).toEqual(["not-sent", "HTTP_429"]);
  expect(failure?.detail.retryAfterMs).toBe(Number(headers["retry-after"]) * 1_000);
});
