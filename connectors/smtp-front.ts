/**
 * SMTP in front of a simulator (`simulator.ts`), whose server speaks HTTP only: each log-in, receiver and message is asked of it as
 * `POST /login`, `/recipient`, `/message`, and it answers `{code, text}`. So faults, ledger and control endpoint are the common ones:
 * a connection that it cuts is cut here, and an answer that is not its own goes out as it stands.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type SMTPServerSession, SMTPServer } from "smtp-server";
import type { Simulator } from "./simulator.ts";

/** A simulator with a mail server in front: `url` is `smtp://`, the control endpoint stays at `controlUrl`. */
export async function withSmtpFront(core: Simulator, options: { port?: number; host?: string } = {}): Promise<Simulator> {
  const server = new SMTPServer({
    authOptional: true,
    // Real servers ask for STARTTLS; this one listens on this machine, and its certificate would prove nothing.
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    logger: false,
    onAuth: ({ username, password }, session, done) =>
      void relay("login", JSON.stringify({ username, password }), session, (error) => done(error, { user: username ?? "" })),
    onRcptTo: ({ address }, session, done) =>
      void relay("recipient", JSON.stringify({ address, user: session.user }), session, (error) => done(error)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => void relay("message", Buffer.concat(chunks), session, done));
    },
  });
  // A client that goes away is no news for a simulator.
  server.on("error", () => undefined);

  async function relay(
    what: string,
    body: string | Buffer,
    session: SMTPServerSession,
    done: (error?: Error | null, text?: string) => void,
  ): Promise<void> {
    const connection = [...server.connections].find((one) => one.session === session);
    try {
      const answer = await fetch(`${core.url}/${what}`, { method: "POST", body: new Uint8Array(Buffer.from(body)) });
      const text = await answer.text();
      if (answer.status === 503) return done(smtpError(451, "4.3.2 Please try again later"));
      if (!answer.headers.get("content-type")?.startsWith("application/json")) return void connection?._socket.end(`${text}\r\n`);
      const said = JSON.parse(text) as { code: number; text: string };
      if (said.code >= 400) return done(smtpError(said.code, said.text));
      done(null, said.text);
    } catch {
      // The simulator cut the connection.
      connection?._socket.destroy();
    }
  }

  const listener = server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await Promise.race([once(listener, "listening"), once(listener, "error").then(([error]) => Promise.reject(error as Error))]);
  const { port } = listener.address() as AddressInfo;
  return {
    ...core,
    url: `smtp://127.0.0.1:${port}`,
    controlUrl: core.controlUrl,
    close: async () => {
      for (const connection of server.connections) connection._socket.destroy();
      await new Promise<void>((resolve) => void server.close(resolve));
      await core.close();
    },
  };
}

const smtpError = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });
