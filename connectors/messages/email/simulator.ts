/**
 * A fake of a municipality's mail server, with its log-in, its mailboxes and its refusals (RFC 5321, RFC 3463).
 *
 * Everybody has a mailbox unless `setReachable` says otherwise. The ledger's key is the message's Message-ID: two entries with one
 * key are two copies of one message. The ledger holds neither receiver nor text, only the names of the headers.
 * Controls: `setReachable {email, reachable}`, `setPassword {password}`.
 * Codes of the fault `reject`: `GREYLISTED` (450), `RELAY_DENIED` (550 5.7.1); else 554.
 */
import { createHash } from "node:crypto";
import type { JsonObject } from "../../json.ts";
import {
  type Recorder,
  type SimulatedAnswer,
  type SimulatedRequest,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../simulator.ts";
import { withSmtpFront } from "../../smtp-front.ts";

interface MailState extends JsonObject {
  password: string;
  /** Hashes of addresses without a mailbox. */
  unreachable: Record<string, true>;
  queued: number;
}

/** The user that the server knows; the first password is `mail-test-password`. */
export const MAIL_USER = "darsena";

const hash = (address: string) => createHash("sha256").update(address.toLowerCase()).digest("hex").slice(0, 24);

/** Starts it: the control endpoint on `port`, the mail server on the port after it; `url` is the adapter's `baseUrl`. */
export async function emailSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const core = await startSimulator<MailState>(
    {
      name: "email",
      initial: { password: "mail-test-password", unreachable: {}, queued: 0 },
      operationOf: ({ path }) => path.slice(1),
      answer,
      controls: {
        setReachable: ({ email, reachable }, state) => {
          if (reachable === true) delete state.unreachable[hash(String(email))];
          else state.unreachable[hash(String(email))] = true;
          return {};
        },
        setPassword: ({ password }, state) => {
          state.password = String(password);
          return {};
        },
      },
    },
    options,
  );
  const front = { ...(options.host === undefined ? {} : { host: options.host }), port: options.port ? options.port + 1 : 0 };
  return withSmtpFront(core, front);
}

const says = (code: number, text: string): SimulatedAnswer => ({
  status: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ code, text }),
});

function answer({ operation, body, fault }: SimulatedRequest, state: MailState, record: Recorder): SimulatedAnswer {
  if (fault?.kind === "unauthorized") return says(535, "5.7.8 Authentication credentials invalid");
  if (fault?.code === "GREYLISTED") return says(450, "4.2.0 Greylisted, try again later");
  if (fault?.code === "RELAY_DENIED") return says(550, "5.7.1 Relay access denied");
  if (fault) return says(554, "5.6.0 Message refused");
  if (operation === "message") return take(body, state, record);
  const asked = JSON.parse(body.toString("utf8")) as { username?: string; password?: string; address?: string; user?: string };
  if (operation === "login") {
    const right = asked.username === MAIL_USER && asked.password === state.password;
    return right ? says(235, "2.7.0 Authentication successful") : says(535, "5.7.8 Authentication credentials invalid");
  }
  if (asked.user !== MAIL_USER) return says(530, "5.7.0 Authentication required");
  if (state.unreachable[hash(asked.address ?? "")]) return says(550, "5.1.1 No such mailbox here");
  return says(250, "2.1.5 OK");
}

function take(body: Buffer, state: MailState, record: Recorder): SimulatedAnswer {
  const head = body.toString("utf8").split(/\r?\n\r?\n/, 1)[0] ?? "";
  const id = /^message-id:\s*<([^>\s]+)>/im.exec(head)?.[1];
  const headers = [...head.matchAll(/^([a-z-]+):/gim)].map(([, name]) => name?.toLowerCase()).join(" ");
  if (id === undefined) return says(554, "5.6.0 A message without Message-ID is refused");
  state.queued += 1;
  const reference = `Q${String(state.queued).padStart(8, "0")}`;
  record({ operation: "message", key: id, reference, headers });
  return says(250, `2.0.0 OK queued as ${reference}`);
}
