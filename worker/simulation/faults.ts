/**
 * What can go wrong in a simulation, by name, and the thirty fault scenarios that a hub of legacy systems has to stand: each is injected
 * here by the faults named, or said to be shown elsewhere, where memory and virtual time cannot show it.
 */

/** Each fault: where it strikes, and what it does. */
export const faultKinds = {
  "answer-lost": ["systems", "the effect happens and the answer never comes"],
  "connection-reset": ["systems", "the effect happens and the connection breaks"],
  "request-lost": ["systems", "the request is swallowed: no effect, no answer"],
  "late-arrival": ["systems", "the request is held and takes effect after the deadline, within the settle time"],
  "held-long": ["systems", "the request is held for twice the settle time, and then takes effect"],
  refused: ["systems", "the connection is refused: certainly nothing was sent"],
  busy: ["systems", "the system says that it takes nothing now, and when to come back"],
  outage: ["systems", "the system is away for minutes, a night or a weekend"],
  slow: ["systems", "the answer takes so long that the deadline may pass"],
  "contract-broken": ["systems", "after the effect an answer comes that does not fit the contract"],
  rejected: ["systems", "the system says no, with a code of the contract or another"],
  "duplicate-refused": ["systems", "a system that knows the key refuses the second request, and shows the first one's result"],
  "look-up-fails": ["systems", "the look-up by our reference gives no answer"],
  misconfigured: ["systems", "the system refuses our credentials until an operator has put them right"],
  poison: ["systems", "one operation of one case fails by a defect at every attempt"],
  "killed-before-intent": ["workers", "SIGKILL before the intent is written"],
  "killed-before-send": ["workers", "SIGKILL between intent and send"],
  "killed-after-send": ["workers", "SIGKILL while the request is on its way"],
  "killed-before-settle": ["workers", "SIGKILL after the answer, before the ledger has it"],
  "killed-before-report": ["workers", "SIGKILL after the ledger, before Temporal has the result"],
  "cut-off": ["workers", "the worker loses Temporal and goes on with its call, while another attempt begins"],
  zombie: ["workers", "the worker stands still between any two acts, and goes on after its replacement"],
  replayed: ["workers", "an attempt that has succeeded is run again from the start"],
  "shut-down": ["workers", "the worker stops and cancels its call"],
  "clock-skew": ["workers", "the worker's clock is up to ten minutes off"],
  "restart-from-state": ["cases", "the case is thrown away at rest and goes on from its JSON, once or after every step"],
  reset: ["cases", "the case goes back to an earlier state; what it did since is done again"],
  "opened-twice": ["cases", "the first activity of a case runs twice"],
  "register-away": ["register", "the database cannot be reached for a while"],
  "register-answer-lost": ["register", "a write is carried out and its answer lost"],
  "publication-late": ["register", "an older status arrives after newer ones"],
  "publication-twice": ["register", "a status arrives twice"],
  "gate-closed": ["gates", "an operator closes a system's gate, or it is outside its opening hours"],
  "gate-rate": ["gates", "a system takes only so many calls a minute"],
  "gateway-killed": ["channels", "the gateway dies between the row and the start, or between the start and its answer"],
  "reply-lost": ["channels", "the channel never hears that its request was accepted"],
  "temporal-away": ["channels", "Temporal does not take the start"],
  "same-key-same-body": ["channels", "the same request with the same key, at once or later"],
  "same-key-other-body": ["channels", "another request with a used key"],
  "same-key-other-channel": ["channels", "another channel happens to use the same key"],
  "message-twice": ["people", "a message arrives twice, at once or later"],
  "message-early": ["people", "a message comes before the case waits for it"],
  "message-late": ["people", "an answer comes after the question is closed"],
  "message-wrong": ["people", "a message that the question does not take"],
  unanswered: ["people", "nobody answers until the time allowed is over"],
  withdrawal: ["people", "the applicant withdraws at any moment"],
  "hasty-operator": ["people", "an operator wants to send again while the first request may still arrive"],
  "operator-cancels": ["people", "an operator cancels the case at any moment"],
  "clock-jump": ["time", "the clock jumps ahead by minutes or hours; what was due comes late"],
  "odd-calendar": ["time", "a night of daylight saving, the 29th of February, the turn of the year"],
} as const satisfies Record<string, readonly [strikes: string, what: string]>;

/** A fault by name. */
export type FaultName = keyof typeof faultKinds;

export const faultNames = Object.keys(faultKinds) as FaultName[];

/** One of the thirty scenarios: the faults that make it up here, or where else it is shown and why not here. */
export interface FaultScenario {
  number: number;
  title: string;
  faults: readonly FaultName[];
  elsewhere?: string;
}

const shown = (number: number, title: string, ...faults: FaultName[]): FaultScenario => ({ number, title, faults });
const partly = (number: number, title: string, faults: readonly FaultName[], elsewhere: string): FaultScenario => ({
  number,
  title,
  faults,
  elsewhere,
});

/** The thirty, in the order of the reference. */
export const faultScenarios: readonly FaultScenario[] = [
  shown(1, "deadline after the effect", "answer-lost", "slow"),
  shown(2, "reset after the effect", "connection-reset"),
  shown(3, "deadline before the effect, and the late arrival", "request-lost", "late-arrival", "held-long"),
  shown(
    4,
    "one key many times: same body, other body, other channel, after completion",
    "same-key-same-body",
    "same-key-other-body",
    "same-key-other-channel",
  ),
  shown(5, "reply to the channel lost", "reply-lost"),
  shown(6, "gateway killed between key record and start", "gateway-killed"),
  shown(
    7,
    "worker killed before the send, after it, before completion",
    "killed-before-intent",
    "killed-before-send",
    "killed-after-send",
    "killed-before-settle",
    "killed-before-report",
  ),
  partly(8, "Temporal killed under load", ["temporal-away", "cut-off", "replayed"], "the server itself: npm run chaos"),
  partly(9, "PostgreSQL killed", ["register-away", "register-answer-lost"], "durability on disk: npm run chaos"),
  partly(10, "state older than the world", ["reset"], "a restored database: an operator's act, not simulated"),
  shown(11, "legacy system down for a weekend", "outage", "refused", "busy"),
  partly(12, "a backlog drained at a rate", ["gate-rate"], "10,000 waiting calls: npm run bench"),
  partly(13, "a burst of starts", [], "one simulated case is alone in its world: npm run bench"),
  shown(14, "one slow system", "slow"),
  shown(15, "a message that always fails", "poison"),
  partly(16, "worker poison", ["poison"], "hostile bytes, sizes and depths: connectors/transport"),
  shown(17, "an answer of the wrong shape after the effect", "contract-broken"),
  partly(18, "an answer that is too large", ["contract-broken"], "sizes and depths: connectors/transport"),
  partly(19, "hostile uploads", [], "the gateway's own tests: client/gateway"),
  partly(20, "a definition changed under running cases", ["restart-from-state"], "test/versions.test.ts and test/upgrade"),
  partly(21, "code that does not replay", ["replayed", "reset"], "test/replay.test.ts"),
  shown(22, "clocks: skew, jumps, daylight saving, 29 February", "clock-skew", "clock-jump", "odd-calendar"),
  partly(23, "disk full", ["register-away"], "to us a register that refuses writes; the disk itself is not simulated"),
  partly(24, "audit log altered", [], "the simulation checks one entry per effect; nothing here forges entries"),
  shown(25, "credentials refused", "misconfigured"),
  shown(26, "a message twice, too early, too late", "message-twice", "message-early", "message-late", "message-wrong", "unanswered"),
  shown(27, "withdrawal at every step", "withdrawal", "operator-cancels"),
  shown(28, "shut-down under load", "shut-down"),
  shown(29, "worker cut off from Temporal", "cut-off", "zombie"),
  shown(30, "all of it mixed, from a seed"),
];
