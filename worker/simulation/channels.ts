/** The channels of a simulated town: they send requests through the start that is shipped (`client/cases.ts`) until one is accepted. */
import type { VirtualClock } from "../../cases/simulation/virtual-clock.ts";
import type { CaseStart } from "../../cases/message.ts";
import { type StartDeps, startCase } from "../../client/cases.ts";
import { DarsenaError } from "../../client/errors.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { Chance } from "./chance.ts";

/** The gateway's process ended here. */
class Killed extends Error {}

/** A request with the key that its channel gave it. */
export interface Submission {
  channel: string;
  key: string;
  service: string;
  request: JsonObject;
}

/** What channels stand on. */
export interface ChannelsDeps extends Omit<StartDeps, "checkpoint" | "warn"> {
  clock: VirtualClock;
  chance: Chance;
  /** Temporal takes the start. */
  begin(caseId: string, service: string, start: CaseStart): void;
  breach(invariant: "same-key-same-case", what: string): void;
  tell(line: () => string): void;
}

const DAY = 86_400_000;

export class Channels {
  readonly #deps: ChannelsDeps;
  /** The case that each accepted key stands for, with what was sent. */
  readonly accepted = new Map<string, { caseId: string; submission: Submission }>();

  constructor(deps: ChannelsDeps) {
    this.#deps = deps;
  }

  /** Sends a request, again and again until it is accepted; and what others make of its key. */
  submit(submission: Submission): void {
    const { chance, clock } = this.#deps;
    void this.#untilAccepted(submission);
    const soon = () => clock.now() + chance.random.pick([0, 0, chance.random.int(1, 60_000), chance.random.int(1, 60 * DAY)]);
    if (chance.strikes("same-key-same-body", 0.1)) clock.at(soon(), () => void this.#untilAccepted(submission));
    if (chance.strikes("same-key-other-channel", 0.03))
      clock.at(soon(), () => void this.#untilAccepted({ ...submission, channel: `${submission.channel}-2` }));
    if (chance.strikes("same-key-other-body", 0.05)) clock.at(soon(), () => void this.#otherBody(submission));
  }

  async #untilAccepted(submission: Submission): Promise<void> {
    const { clock, chance, breach, tell } = this.#deps;
    for (let pauseMs = 500; ; pauseMs = Math.min(2 * pauseMs, 60_000)) {
      const heard = await this.#post(submission);
      const caseId = chance.strikes("reply-lost", 0.03) ? undefined : heard;
      if (caseId !== undefined) {
        const name = `${submission.channel} ${submission.key}`;
        const known = this.accepted.get(name);
        if (known && known.caseId !== caseId) breach("same-key-same-case", `one key gave ${known.caseId} and ${caseId}`);
        if (!known) tell(() => `${submission.channel}: accepted as ${caseId}`);
        this.accepted.set(name, known ?? { caseId, submission });
        return;
      }
      await new Promise<void>((resolve) => void clock.at(clock.now() + pauseMs, resolve));
    }
  }

  /** Refused once the key stands for another request. */
  async #otherBody(submission: Submission): Promise<void> {
    const known = this.accepted.get(`${submission.channel} ${submission.key}`);
    if (!known) return;
    const caseId = await this.#post({ ...submission, request: { ...submission.request, applicant: {} } }, false);
    if (caseId !== undefined) this.#deps.breach("same-key-same-case", `a used key took another request, as ${caseId}`);
  }

  /** One POST: the case's id, or undefined when the channel has to try again. */
  async #post({ channel, key, service, request }: Submission, checked = true): Promise<string | undefined> {
    const { chance, begin, catalogue, tell } = this.#deps;
    const dies = chance.strikes("gateway-killed", 0.03) ? chance.random.pick(["after-row", "after-start"] as const) : undefined;
    const deps: StartDeps = {
      ...this.#deps,
      catalogue: checked ? catalogue : { ...catalogue, checkRequest: async () => [] },
      checkpoint: (reached) => {
        if (reached === dies) throw new Killed();
      },
    };
    const engine = {
      start: async (caseId: string, id: string, _title: string, start: CaseStart) => {
        if (chance.strikes("temporal-away", 0.03)) throw new DarsenaError("TEMPORAL_UNAVAILABLE");
        begin(caseId, id, start);
      },
    };
    try {
      return (await startCase(deps, engine, { service, request, channel, idempotencyKey: key })).case;
    } catch (error) {
      if (!(error instanceof Killed || error instanceof DarsenaError)) throw error;
      tell(() => `${channel}: ${error instanceof DarsenaError ? error.code : `the gateway dies ${dies}`}`);
      return undefined;
    }
  }
}
