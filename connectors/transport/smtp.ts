/** One e-mail over SMTP (RFC 5321): TLS demanded, one deadline, and the certainty whether the message was handed over. */
import SMTPConnection from "nodemailer/lib/smtp-connection";
import MailComposer from "nodemailer/lib/mail-composer";
import { Readable } from "node:stream";
import { CallFailure, contractBroken, misconfigured, notSent, rejected, unknownOutcome } from "../failure.ts";

export interface SmtpSettings {
  /** The system's name in messages: `messages`. */
  system: string;
  /** `smtps://host:465` for TLS from the start, `smtp://host:587` for STARTTLS. */
  url: string;
  username: string;
  password: string;
  /** `required` refuses to go on without TLS; `none` is for a relay on this machine. */
  encryption: "required" | "none";
  /** PEM of the authorities to trust instead of Node's. */
  ca?: string;
}

export interface Mail {
  from: { name: string; address: string };
  to: string;
  subject: string;
  /** Plain text, sent as UTF-8. */
  text: string;
  /** `<left@domain>`; the same for the same message, so that a receiver can tell a second copy. */
  messageId: string;
}

/** The codes that a refused message or receiver is told by; `refused` of the receiver is a business answer. */
export const NO_SUCH_MAILBOX = "NO_SUCH_MAILBOX";
export const MESSAGE_REFUSED = "MESSAGE_REFUSED";

/** How far the conversation had come when it ended. */
type Stage = "connection" | "login" | "envelope" | "message";

/** What the library's errors hold beside their text, which is never shown: it quotes the server, and the receiver's address. */
interface SmtpError {
  code?: string;
  originalCode?: string;
  command?: string;
  responseCode?: number;
  response?: string;
}

/**
 * Hands one message over and resolves when the server has taken it. `CallFailure` otherwise: `not-sent` whenever the message's
 * own bytes had not begun or the server said "not now" (4yz), `rejected` NO_SUCH_MAILBOX or MESSAGE_REFUSED, `unknown` when the
 * answer to the message never came.
 */
export async function sendMail(settings: SmtpSettings, mail: Mail, signal: AbortSignal): Promise<void> {
  const bytes = await new MailComposer({ ...mail, to: mail.to, disableFileAccess: true, disableUrlAccess: true }).compile().build();
  const connection = connectionTo(settings);
  let stage: Stage = "connection";
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(Object.assign(new Error("aborted"), { code: "ABORTED" }));
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
  const broken = new Promise<never>((_, reject) => void connection.once("error", reject));
  // Whichever of the two is not waited for any more.
  aborted.catch(() => undefined);
  broken.catch(() => undefined);
  const step = (run: (done: (error?: Error | null) => void) => void) =>
    Promise.race([aborted, broken, new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())))]);
  try {
    await step((done) => connection.connect(done));
    stage = "login";
    await step((done) => connection.login({ user: settings.username, pass: settings.password }, done));
    stage = "envelope";
    // The library reads the message only after the server has accepted sender and receiver, and asked for it.
    const message = Readable.from(
      (function* () {
        stage = "message";
        yield bytes;
      })(),
    );
    await step((done) => connection.send({ from: mail.from.address, to: [mail.to], size: bytes.length }, message, done));
  } catch (error) {
    throw failureOf(settings.system, stage, error as SmtpError, signal);
  } finally {
    connection.close();
  }
}

function connectionTo({ url, encryption, ca }: SmtpSettings): SMTPConnection {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === "smtps:";
  return new SMTPConnection({
    host: hostname,
    port: Number(port || (secure ? 465 : 587)),
    secure,
    requireTLS: encryption === "required",
    ignoreTLS: encryption === "none",
    name: "darsena",
    maxResponseSize: 64 << 10,
    // The caller's signal is the only deadline.
    socketCloseTimeout: 0,
    tls: { minVersion: "TLSv1.2", ...(ca === undefined ? {} : { ca }) },
  });
}

function failureOf(system: string, stage: Stage, error: SmtpError, signal: AbortSignal): CallFailure {
  const { code, responseCode } = error;
  if (responseCode === undefined) return unanswered(system, stage, error, signal);
  if (responseCode < 500 || responseCode > 599) {
    if (responseCode >= 400)
      return notSent(`SMTP_${responseCode}`, `${system}: the mail server does not take the message now (${responseCode})`);
    return unread(system, stage);
  }
  if (stage === "login" || responseCode === 530 || responseCode === 535)
    return misconfigured(`SMTP_${responseCode}`, `${system}: the mail server refused the log-in (${responseCode})`);
  if (stage === "connection") return misconfigured(`SMTP_${responseCode}`, `${system}: the mail server refuses to talk (${responseCode})`);
  if (stage === "message" || error.command === "DATA")
    return rejected(MESSAGE_REFUSED, `${system}: the mail server refused the message (${responseCode})`);
  // 5.7.x is policy: this server does not relay for us, or not from this sender (RFC 3463).
  if (code === "EENVELOPE" && error.command === "RCPT TO" && !/^\d{3}[ -]5\.7\./.test(error.response ?? ""))
    return rejected(NO_SUCH_MAILBOX, `${system}: the mail server does not know the mailbox (${responseCode})`);
  return misconfigured(`SMTP_${responseCode}`, `${system}: the mail server does not send for this sender (${responseCode})`);
}

function unanswered(system: string, stage: Stage, { code, response }: SmtpError, signal: AbortSignal): CallFailure {
  const deadline = (signal.reason as { name?: string } | undefined)?.name === "TimeoutError" ? "DEADLINE" : "CANCELLED";
  const why = signal.aborted ? deadline : undefined;
  if (stage === "message") {
    if (response !== undefined) return unread(system, stage);
    return unknownOutcome(why ?? "RESET", `${system}: the mail server never said whether it took the message`);
  }
  if (code === "ETLS") return misconfigured("TLS", `${system}: no secure connection could be agreed with the mail server`);
  if (code === "EAUTH") return misconfigured("LOGIN", `${system}: the mail server offers no log-in that fits`);
  return notSent(why ?? "NO_CONNECTION", `${system}: the conversation with the mail server ended before the message`);
}

/** Before the message an answer that is none does no harm; after it nobody knows. */
const unread = (system: string, stage: Stage): CallFailure =>
  stage === "message"
    ? contractBroken("NOT_SMTP", `${system}: the answer to the message is not SMTP`)
    : notSent("NOT_SMTP", `${system}: what answers is not a mail server`);
