/** What people and systems may ask of a running case: its update handlers and its query, the same for every service. */
import { ApplicationFailure, condition, defineQuery, defineUpdate, log, setHandler } from "@temporalio/workflow";
import { adopt, type Adoption, checkAdoption } from "../cases/adopt.ts";
import type { Case } from "../cases/case.ts";
import { applyMessage, checkMessage } from "../cases/mailbox.ts";
import { type Message, type MessageAnswer, queries, type Repair, updates } from "../cases/message.ts";
import { applyRepair, checkRepair } from "../cases/problem.ts";
import { Refusal } from "../cases/refusal.ts";
import { snapshot } from "../cases/snapshot.ts";
import type { CaseStatus } from "../cases/status.ts";
import type { JsonObject } from "../connectors/json.ts";

/** A case that has been opened, and the names of messages that may come early. */
export interface Living {
  c: Case;
  expected: () => string[];
  /** Called when a message was taken. */
  heard: () => void;
}

/** Handlers are set before the case is opened: what comes meanwhile waits. */
export interface Holder {
  living?: Living;
}

interface Asked {
  id: string;
}

const statusQuery = defineQuery<CaseStatus | null>(queries.status);

export function setHandlers(holder: Holder): void {
  answer<Message>(holder, updates.message, {
    description: "A decision, an answer, a withdrawal or a hint of a system. The status names in `actions` what the case waits for.",
    check: ({ c, expected }, message) => checkMessage(c.state, message, expected()),
    apply: ({ c }, message) => {
      const recorded = applyMessage(c.state, message, 0, c.now());
      recorded.number = c.touch();
      return recorded;
    },
  });
  answer<Repair>(holder, updates.repair, {
    description:
      "An operator's act, with a name and a reason: retry, resolve, skip or cancel a parked case; cancel an open one; reassign an open decision to another office.",
    check: ({ c }, repair) => checkRepair(c.state, repair, Date.now()),
    apply: ({ c }, repair) => {
      applyRepair(c.state, repair, c.now());
      const recorded: MessageAnswer = { accepted: true, number: c.touch() };
      c.state.seen[repair.id] = recorded;
      return recorded;
    },
  });
  answer<Adoption>(holder, updates.adopt, {
    description: "Another version of the service for this case: at rest only, and only where every step that it has done still stands.",
    check: ({ c }, adoption) => checkAdoption(c, adoption),
    apply: ({ c }, adoption) => adopt(c, adoption),
  });
  setHandler(statusQuery, () => (holder.living ? snapshot(holder.living.c) : null), {
    description: "The status of the case, as operators see it.",
  });
}

interface Answering<T> {
  description: string;
  /** Throws `Refusal`. */
  check: (living: Living, asked: T) => void;
  apply: (living: Living, asked: T) => MessageAnswer;
}

/** An id seen before gets its recorded answer again; a refusal leaves nothing behind. */
function answer<T extends Asked>(holder: Holder, name: string, { description, check, apply }: Answering<T>): void {
  const handle = async (asked: T): Promise<MessageAnswer> => {
    await condition(() => holder.living !== undefined);
    const living = holder.living as Living;
    const recorded = living.c.state.seen[asked.id];
    if (recorded) return recorded;
    refusing(() => check(living, asked));
    living.heard();
    return apply(living, asked);
  };
  const validator = (asked: T): void => {
    const { living } = holder;
    if (living && !living.c.state.seen[asked?.id]) refusing(() => check(living, asked));
  };
  setHandler(defineUpdate<MessageAnswer, [T]>(name), handle, { description, validator });
}

/** A refusal reaches the caller as an ApplicationFailure whose type is its code. What cannot even be read is refused too, and logged. */
function refusing(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Refusal) throw refused(error.code, error.message, error.details);
    const name = error instanceof Error ? error.name : "unknown";
    log.error("a message could not be checked", { error });
    throw refused("INVALID_BODY", `The message could not be read (${name}).`, { errors: [] });
  }
}

const refused = (type: string, message: string, details: JsonObject) =>
  ApplicationFailure.create({ type, message, details: [details], nonRetryable: true });
