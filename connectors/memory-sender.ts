/** An ordered sender in memory, for trials and tests: one holder per sender at a time, ids rising, writes kept. It has no leases. */
import { notSent } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { Closed, Closing, KeptWrite, OrderedSender, Section, Turn, WriteState } from "./ports.ts";

interface Kept {
  id: bigint;
  sender: string;
  key: string;
  state: WriteState;
  request?: JsonObject;
  result?: JsonObject;
  settleAt: number;
  triedAt?: number;
}

export interface MemorySender extends OrderedSender {
  /** What the sections were asked for. */
  readonly asked: Turn[];
  /** The id drawn next for every sender; set it back to see what the system says. */
  next: bigint;
  /** Milliseconds that have passed for writes, beyond the clock: moves their settle time. */
  later: number;
  /** What was told of writes that were closed by anything but their first answer. */
  readonly evidence: { key: string; code: string; message: string }[];
  /** All writes, the oldest first. */
  writes(): { id: bigint; key: string; state: WriteState }[];
}

/** Waits in turn; whoever does not get the section within `waitMs` is not sent. */
export function memorySender(first = 1n): MemorySender {
  const tails = new Map<string, Promise<unknown>>();
  const kept: Kept[] = [];
  const self: MemorySender = {
    asked: [],
    next: first,
    later: 0,
    evidence: [],
    writes: () => kept.map(({ id, key, state }) => ({ id, key, state })),
    async inSection(turn, run) {
      self.asked.push(turn);
      const before = tails.get(turn.sender) ?? Promise.resolve();
      let givenUp = false;
      const mine = before.then(() => (givenUp ? undefined : run(sectionOf(self, kept, turn.sender))));
      tails.set(
        turn.sender,
        mine.catch(() => undefined),
      );
      await inTime(before, turn.waitMs, () => {
        givenUp = true;
      });
      return mine as ReturnType<typeof run>;
    },
  };
  return self;
}

async function inTime(before: Promise<unknown>, waitMs: number, giveUp: () => void): Promise<void> {
  const timer = { handle: undefined as NodeJS.Timeout | undefined };
  const tooLong = new Promise<never>((_, reject) => {
    timer.handle = setTimeout(() => {
      giveUp();
      reject(notSent("SECTION_BUSY", "the section is held by another call"));
    }, waitMs);
  });
  try {
    await Promise.race([before, tooLong]);
  } finally {
    clearTimeout(timer.handle);
  }
}

function sectionOf(self: MemorySender, kept: Kept[], sender: string): Section {
  const draw = () => {
    const id = self.next;
    self.next += 1n;
    return id;
  };
  const now = () => Date.now() + self.later;
  const seen = (write: Kept | undefined): KeptWrite | undefined => write && { ...write, due: now() >= write.settleAt };
  return {
    draw: async () => draw(),
    renew: async () => undefined,
    open: async () => seen(kept.find((one) => one.sender === sender && one.state === "open")),
    mayTry: async (id) => {
      const write = kept.find((one) => one.id === id);
      if (!write || (write.triedAt ?? 0) > now() - 2_000) return false;
      write.triedAt = now();
      return true;
    },
    ofKey: async (key) => seen(kept.findLast((one) => one.sender === sender && one.key === key)),
    keep: async ({ key, request, settleMs }) => {
      const id = draw();
      kept.push({ id, sender, key, state: "open", request, settleAt: now() + settleMs });
      return id;
    },
    close: async (id, closing) => {
      const write = kept.find((one) => one.id === id);
      return write ? closed(self, write, closing) : "kept";
    },
  };
}

function closed(self: MemorySender, write: Kept, closing: Closing): Closed {
  const { state, evidence } = closing;
  if (write.state !== "open" && (write.state !== "left" || state === "left" || state === "not-sent")) return "kept";
  write.state = state === "not-sent" ? "absent" : state;
  if ("result" in closing) write.result = closing.result;
  if (state !== "left") delete write.request;
  if (evidence) self.evidence.push({ key: write.key, ...evidence });
  return "closed";
}
