/** Queues and times that calls share, whichever way they take. */

export const CASES_QUEUE = "cases";
/** Room for queueing inside the activity (the ordered sender) and for the ledger's writes, beyond the contract's deadline. */
export const SLACK_MS = 45_000;
/** A worker that is killed during a call is noticed within this time. */
export const HEARTBEAT_MS = 10_000;
