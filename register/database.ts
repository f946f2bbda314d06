/** The case register on PostgreSQL, opened: all its parts over one pool of connections. */
import { type Attachments, noAttachments, openAttachments } from "./attachments.ts";
import { Cases } from "./cases.ts";
import { Connection, type RegisterLog } from "./connection.ts";
import { Definitions } from "./definitions.ts";
import { Effects } from "./effects.ts";
import { Gates } from "./gates.ts";
import { Permits } from "./permits.ts";
import { Evidence } from "./evidence.ts";
import { Numbers } from "./numbers.ts";
import { Problems } from "./problems.ts";
import { Senders } from "./senders.ts";
import { StatusNotices } from "./status-notices.ts";

export { isUnreachable, RegisterError, type RegisterErrorCode } from "./errors.ts";
export { migrate } from "./migrate.ts";

/** Settings of `openRegister`. */
export interface RegisterOptions {
  /** Connections at most; 10 when absent. One more listens for statuses while somebody waits for one. */
  poolSize?: number;
  /** Where the bytes of attachments are kept; all processes of an installation share it. Without it, attachments are refused. */
  attachmentsFolder?: string;
  log?: RegisterLog;
}

/** The parts of the register. */
export interface Register {
  readonly cases: Cases;
  readonly effects: Effects;
  readonly evidence: Evidence;
  readonly problems: Problems;
  readonly senders: Senders;
  readonly numbers: Numbers;
  readonly attachments: Attachments;
  readonly definitions: Definitions;
  readonly gates: Gates;
  readonly permits: Permits;
  /** Ends all waits, waits for statements under way, and closes the connections. */
  close(): Promise<void>;
}

/** Opens the register; connects at the first use, and again by itself after the database was away. `migrate` must have run. */
export function openRegister(url: string, options: RegisterOptions = {}): Register {
  const connection = new Connection(url, options);
  const notices = new StatusNotices(connection);
  const { attachmentsFolder } = options;
  return {
    cases: new Cases(connection, notices),
    effects: new Effects(connection),
    evidence: new Evidence(connection),
    problems: new Problems(connection),
    senders: new Senders(connection),
    numbers: new Numbers(connection),
    attachments: attachmentsFolder === undefined ? noAttachments() : openAttachments({ db: connection, folder: attachmentsFolder }),
    definitions: new Definitions(connection),
    gates: new Gates(connection),
    permits: new Permits(connection),
    close: async () => {
      await notices.close();
      await connection.close();
    },
  };
}
