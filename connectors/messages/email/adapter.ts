/** Messages to a person by e-mail, through the municipality's own mail server. A mailbox cannot be asked what it holds, so a lost answer may mean two copies. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { adapter } from "../../adapter.ts";
import { CallFailure, rejected } from "../../failure.ts";
import { Secret } from "../../shared-types.ts";
import { MESSAGE_REFUSED, NO_SUCH_MAILBOX, sendMail, type SmtpSettings } from "../../transport/smtp.ts";
import { messages } from "../contract.ts";

interface MailSession {
  readonly smtp: SmtpSettings;
  readonly from: { name: string; address: string };
}

/** `send`: NOT_REACHABLE without an address or for a mailbox that does not exist; undeclared code BAD_MESSAGE for a refused message. */
export const email = adapter(messages, {
  name: "email",
  title: "E-mail",
  config: z.object({
    baseUrl: z
      .url({ protocol: /^smtps?$/ })
      .describe("the mail server: `smtps://mail.example.it:465`, or `smtp://mail.example.it:587` for STARTTLS"),
    username: z.string().min(1).describe("user of the mail server"),
    password: Secret.describe("its password"),
    encryption: z.enum(["required", "none"]).default("required").describe("`none` only for a relay on this machine"),
    ca: z.string().optional().describe("PEM of the authorities to trust instead of Node's"),
    fromAddress: z.email().describe("sender's address; answers go there"),
    fromName: z.string().min(1).max(100).describe("sender's name, as people read it"),
  }),
  connect: ({ baseUrl, fromAddress, fromName, ...more }): MailSession => ({
    smtp: { system: "messages", url: baseUrl, ...more },
    from: { address: fromAddress, name: fromName },
  }),
  // Being a courtesy, it is sent once more and recorded as "may be doubled"; both copies carry one Message-ID.
  recovery: { send: { by: "person" } },
  operations: {
    send: async ({ email: to, subject, markdown }, { session, key, signal, effect }) => {
      if (to === undefined) throw rejected("NOT_REACHABLE", "messages: no e-mail address is known");
      const id = `${createHash("sha256").update(key).digest("hex").slice(0, 32)}@${session.from.address.split("@")[1]}`;
      const mail = { from: session.from, to, subject, text: markdown, messageId: `<${id}>` };
      await effect(() => sendMail(session.smtp, mail, signal).catch(inWordsOfTheContract));
      return { id };
    },
  },
});

function inWordsOfTheContract(error: unknown): never {
  if (error instanceof CallFailure && error.detail.code === NO_SUCH_MAILBOX) throw rejected("NOT_REACHABLE", error.message);
  if (error instanceof CallFailure && error.detail.code === MESSAGE_REFUSED) throw rejected("BAD_MESSAGE", error.message);
  throw error;
}
