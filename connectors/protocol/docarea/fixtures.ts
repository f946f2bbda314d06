/** What the tests of this folder share: invented people, attachments in memory, and a call as the executor makes it. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { z } from "zod";
import { type CallContext, WithWarnings } from "../../adapter.ts";
import { CallFailure } from "../../failure.ts";
import type { Json } from "../../json.ts";
import type { Ports } from "../../ports.ts";
import type { AttachmentRef, Organisation, Person } from "../../shared-types.ts";
import { docarea } from "./adapter.ts";
import { simulatedAccount } from "./simulator.ts";

export const ada: Person = { taxCode: "ZZPXQN85C55F205H", givenName: "Zoppina", familyName: "Zzapaqua", email: "zoppina@example.invalid" };
export const club: Organisation = { code: "09999990999", name: "Circolo dei Prova", email: "circolo@example.invalid", representative: ada };

const stored = new Map<string, Uint8Array>();

/** Puts bytes where the ports below find them. */
export function attachment(id: string, name: string, content: string | Uint8Array): AttachmentRef {
  const bytes = Buffer.from(content as Uint8Array);
  stored.set(id, bytes);
  return { id, name, sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length, mediaType: "application/pdf" };
}

export const certificate = attachment("att-certificate1", "certificato.pdf", "%PDF-1.4 certificate");
export const annex = attachment("att-annex00001", "allegato.pdf", "%PDF-1.4 annex");

const notLent = () => Promise.reject(new Error("docarea does not use this port"));

export const ports: Ports = {
  attachments: {
    open: (ref) => {
      const bytes = stored.get(ref.id);
      if (!bytes) return Promise.reject(new CallFailure("rejected", `${ref.id}: no such attachment`, { code: "ATTACHMENT_MISSING" }));
      return Promise.resolve(Readable.from([bytes.subarray(0, 7), bytes.subarray(7)]));
    },
    put: notLent,
    receive: () => Promise.reject(new Error("nothing is received in these tests")),
  },
  orderedSender: { inSection: notLent },
  numbers: { draw: notLent },
  now: () => new Date("2026-11-22T10:00:00Z"),
};

/** Settings that fit the simulator's account. */
export const settings = (endpoint: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  endpoint,
  dialect: "halley",
  organisationCode: simulatedAccount.organisationCode,
  aoo: simulatedAccount.aoo,
  username: simulatedAccount.username,
  password: simulatedAccount.password,
  classification: "06.03",
  ...more,
});

export interface Called {
  output?: Json;
  warnings?: string[];
  failure?: CallFailure;
  /** How often the request with the effect was begun, as the ledger would count it. */
  effects: number;
}

/** One session of the adapter, called like the executor does. */
export function connected(given: Record<string, unknown>) {
  const session = docarea.connect(docarea.config.parse(given) as never, ports);
  return async (
    operation: "register" | "registerOutgoing",
    input: Json,
    options: { key?: string; deadlineMs?: number } = {},
  ): Promise<Called> => {
    const signal = AbortSignal.timeout(options.deadlineMs ?? 20_000);
    const called: Called = { effects: 0 };
    const effect: CallContext<unknown>["effect"] = (send) => {
      called.effects += 1;
      return send();
    };
    const context = { session, ports, key: options.key ?? "case-1/registration", signal, effect, restartDeadline: () => signal };
    const parsed = docarea.contract[operation]?.input.parse(input);
    try {
      const result = await docarea.operations[operation]?.(parsed as never, context as CallContext<never>);
      const output = result instanceof WithWarnings ? result.output : result;
      const checked = docarea.contract[operation]?.output.parse(output) as Json;
      return { ...called, output: checked, ...(result instanceof WithWarnings ? { warnings: result.warnings } : {}) };
    } catch (error) {
      if (error instanceof z.ZodError || !(error instanceof CallFailure)) throw error;
      return { ...called, failure: error };
    }
  };
}
