/** `darsena connector check`: settings, certificates, reachability, and one read. */
import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { connect as connectPlain } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Command } from "commander";
import { AnswerIsNo, UsageError } from "../../client/cli/exit-codes.ts";
import { objectFrom } from "../../client/cli/given.ts";
import { type Paint, plain, table } from "../../client/cli/paint.ts";
import { type CommandDeps, type SharedOptions, shellFor } from "../../client/cli/shell.ts";
import type { Adapter } from "../../connectors/adapter.ts";
import { milliseconds, operationsOf } from "../../connectors/contract.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { memoryPorts, onTrial } from "../../connectors/trial.ts";
import { SettingsError } from "../configuration/problems.ts";
import { systemSettings } from "../configuration/systems.ts";
import { adapterOf, contractNamed } from "./chosen-adapter.ts";

interface CheckOptions extends SharedOptions {
  adapter?: string;
  read?: string;
  input?: string;
}

/** One thing that was looked at. */
export interface Finding {
  what: string;
  state: "right" | "wrong" | "warning" | "not tried";
  said: string;
}

const EXAMPLES = ["darsena connector check registry", "darsena connector check registry --read findResident --input person.json"];
const SOON_DAYS = 30;
const CONNECT_MS = 5_000;

/** Adds the command to `darsena connector`. */
export function addConnectorCheck(connector: Command, deps: CommandDeps): void {
  connector
    .command("check <name>")
    .description("look at a connector's settings, certificates and reachability, and do one read; exit code 1 when something is wrong")
    .option("--adapter <name>", "the adapter; otherwise the municipality's")
    .option("--read <operation>", "the read to do; it needs --input")
    .option("--input <file>", "its input as JSON; - for stdin")
    .option("--json", "one JSON document on stdout, errors as JSON on stderr")
    .addHelpText(
      "after",
      `\nSettings come from the environment, as the worker's do (docs/settings.md).\nExamples:\n${EXAMPLES.map((line) => `  ${line}`).join("\n")}`,
    )
    .action(async (name: string, options: CheckOptions) => {
      const shell = shellFor(deps, options);
      const contract = contractNamed(name);
      const adapter = adapterOf(contract, options.adapter, deps.env);
      const input = options.input === undefined ? undefined : await objectFrom(options.input, deps.stdin, deps.cwd);
      const findings = await checkAll(adapter, contract, {
        env: deps.env,
        ...(options.read ? { read: options.read } : {}),
        ...(input ? { input } : {}),
      });
      shell.show({ contract, adapter: adapter.name, findings }, () => page(findings, shell.paint));
      if (findings.some(({ state }) => state === "wrong")) throw new AnswerIsNo("something is wrong");
    });
}

interface Wish {
  env: NodeJS.ProcessEnv;
  read?: string;
  input?: JsonObject;
}

async function checkAll(adapter: Adapter, contract: string, wish: Wish): Promise<Finding[]> {
  let settings: Record<string, unknown>;
  try {
    settings = systemSettings(adapter, contract, wish.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.map(({ variable, reason }) => ({ what: variable, state: "wrong", said: reason }));
  }
  const findings: Finding[] = [{ what: "settings", state: "right", said: "all there" }, ...certificatesIn(settings)];
  const addresses = Object.values(settings).filter((value): value is string => typeof value === "string" && /^https?:\/\//.test(value));
  const reached = await Promise.all([...new Set(addresses)].map((address) => reachable(address)));
  findings.push(...reached.flat());
  if (reached.flat().some(({ state }) => state === "wrong"))
    return [...findings, { what: "one read", state: "not tried", said: "the system is not reachable" }];
  return [...findings, await oneRead(adapter, settings, wish)];
}

/** Certificates that a setting holds as PEM, or as the path of such a file. */
export function certificatesIn(settings: Record<string, unknown>): Finding[] {
  return Object.entries(settings).flatMap(([field, value]) => {
    if (typeof value !== "string") return [];
    const text = value.includes("-----BEGIN CERTIFICATE-----")
      ? value
      : /\.(pem|crt|cer)$/i.test(value) && existsSync(value)
        ? readFileSync(value, "utf8")
        : "";
    const [pem] = /-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/.exec(text) ?? [];
    return pem === undefined ? [] : [expiry(`certificate (${field})`, new X509Certificate(pem).validTo)];
  });
}

function expiry(what: string, validTo: string): Finding {
  const days = Math.floor((Date.parse(validTo) - Date.now()) / 86_400_000);
  const day = new Date(validTo).toISOString().slice(0, 10);
  if (days < 0) return { what, state: "wrong", said: `expired on ${day}` };
  return { what, state: days < SOON_DAYS ? "warning" : "right", said: `expires on ${day}, in ${days} days` };
}

/** Opens a connection and closes it again; of a server with TLS it looks at the certificate. */
function reachable(address: string): Promise<Finding[]> {
  const { hostname, port, protocol } = new URL(address);
  const secure = protocol === "https:";
  const what = `${hostname}:${port || (secure ? 443 : 80)}`;
  const target = { host: hostname.replaceAll(/[[\]]/g, ""), port: Number(port || (secure ? 443 : 80)) };
  const began = performance.now();
  return new Promise((resolve) => {
    // The chain is the adapter's to judge: it may trust an authority of its own.
    const socket = secure ? connectTls({ ...target, servername: target.host, rejectUnauthorized: false }) : connectPlain(target);
    const end = (findings: Finding[]) => {
      socket.destroy();
      resolve(findings);
    };
    socket.setTimeout(CONNECT_MS, () => end([{ what, state: "wrong", said: `no connection within ${CONNECT_MS / 1_000} s` }]));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      end([{ what, state: "wrong", said: `no connection (${error.code ?? "failed"})` }]),
    );
    socket.once(secure ? "secureConnect" : "connect", () => {
      const connected: Finding = { what, state: "right", said: `reachable in ${Math.round(performance.now() - began)} ms` };
      const validTo = secure ? (socket as TLSSocket).getPeerCertificate().valid_to : undefined;
      end(validTo === undefined ? [connected] : [connected, expiry(`certificate of ${hostname}`, validTo)]);
    });
  });
}

/** A read that is answered, with a result or with a refusal, shows that credentials are taken. */
async function oneRead(adapter: Adapter, settings: Record<string, unknown>, { read, input }: Wish): Promise<Finding> {
  const reads = operationsOf(adapter.contract).filter(({ effect }) => effect === "read");
  const what = "one read";
  if (reads.length === 0) return { what, state: "not tried", said: "the contract has no operation that only reads" };
  if (read === undefined || input === undefined)
    return { what, state: "not tried", said: `give --read (${reads.map(({ name }) => name).join(", ")}) and --input` };
  const operation = reads.find(({ name }) => name === read);
  if (!operation) throw new UsageError(`${read} is no operation that only reads; there are ${reads.map(({ name }) => name).join(", ")}`);
  const wrong = operation.input.safeParse(input).error?.issues.map(({ path, message }) => `${path.join(".") || "the input"}: ${message}`);
  if (wrong) throw new UsageError(`the input does not fit ${operation.id}: ${wrong.join("; ")}`);
  const began = performance.now();
  const { failure } = await onTrial(adapter, settings, memoryPorts()).call(read, input, { deadlineMs: milliseconds(operation.deadline) });
  const took = `in ${Math.round(performance.now() - began)} ms`;
  if (!failure) return { what: operation.id, state: "right", said: `answered ${took}` };
  if (failure.kind === "rejected")
    return { what: operation.id, state: "right", said: `answered ${took}: refused with ${failure.detail.code}` };
  return { what: operation.id, state: "wrong", said: `${failure.kind} (${failure.detail.code}): ${failure.message}` };
}

function page(findings: readonly Finding[], paint: Paint): string {
  const coloured = { right: paint.good, wrong: paint.bad, warning: paint.warn, "not tried": paint.faint };
  return table(findings.map(({ what, state, said }) => [coloured[state](state), plain(what), plain(said)])).join("\n");
}
