/** Plays a scenario on a stage: opens the case, lets people act and time pass, and notes what is not as expected. */
import type { Act, Scenario, ScenarioAnswer, ScenarioSystems } from "../../catalogue/scenario.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { durationMs } from "../duration.ts";
import type { Message, MessageAnswer } from "../message.ts";
import type { AnswerScript, SystemAnswer } from "../simulation/answers.ts";
import { UnknownSample, withSamples } from "../simulation/sample-values.ts";
import type { Action, CaseStatus } from "../status.ts";
import { type Difference, differencesOf, effectsOf } from "./expectation.ts";
import type { Stage } from "./stage.ts";
import { Timeline, type TimelineEntry } from "./timeline.ts";

export interface Trial {
  service: string;
  scenario: Scenario;
  /** Joined to the scenario's own. */
  request: JsonObject;
  caseId: string;
  /** False where the calendar is another than the scenario's. */
  withDates?: boolean;
}

/** What a message did: taken, kept, or refused with a code. */
export interface ActEffect {
  act: number;
  effect: "taken" | "kept" | "refused";
  code?: string;
}

export interface Played {
  caseId: string;
  differences: Difference[];
  effects: ActEffect[];
  timeline: TimelineEntry[];
  /** Effects in the systems, by operation. */
  ledger: Record<string, number>;
  status?: CaseStatus;
  beganAt: number;
  endedAt: number;
}

/** Stops the scenario: what follows would only say the same again. */
class Unplayable extends Error {
  readonly difference: Difference;
  constructor(difference: Difference) {
    super(difference.what);
    this.difference = difference;
  }
}

export async function play(trial: Trial, stage: Stage): Promise<Played> {
  const player = new Player(trial, stage);
  try {
    await player.play();
  } catch (error) {
    player.differences.push(asDifference(error));
  }
  return player.result();
}

function asDifference(error: unknown): Difference {
  if (error instanceof Unplayable) return error.difference;
  if (error instanceof UnknownSample) return { at: error.path, what: error.message };
  return { at: [], what: `the scenario could not be played: ${error instanceof Error ? error.message : String(error)}` };
}

class Player {
  readonly differences: Difference[] = [];
  readonly #effects: ActEffect[] = [];
  readonly #trial: Trial;
  readonly #stage: Stage;
  readonly #timeline: Timeline;
  readonly #beganAt: number;
  #status: CaseStatus | undefined;

  constructor(trial: Trial, stage: Stage) {
    this.#trial = trial;
    this.#stage = stage;
    this.#beganAt = stage.now();
    this.#timeline = new Timeline(trial.caseId, stage.systems.calls);
    stage.listen((status) => this.#timeline.heard(status));
  }

  async play(): Promise<void> {
    const { scenario, service, caseId } = this.#trial;
    this.#setSystems(scenario.systems, ["systems"]);
    const request = { ...this.#filled(this.#trial.request, []), ...this.#filled(scenario.request, ["request"]) };
    await this.#opened(() => this.#stage.open(caseId, service, { request, channel: scenario.channel }));
    for (const [index, act] of scenario.timeline.entries()) await this.#act(act, index);
    await this.#expect(scenario.expect, ["expect"], caseId);
    this.#status = await this.#stage.status(caseId);
  }

  result(): Played {
    const { caseId } = this.#trial;
    const endedAt = this.#stage.now();
    const timeline = this.#timeline.entries();
    const ledger = effectsOf(this.#stage.systems, caseId, endedAt);
    const played = { caseId, differences: this.differences, effects: this.#effects, timeline, ledger, beganAt: this.#beganAt, endedAt };
    return this.#status ? { ...played, status: this.#status } : played;
  }

  async #opened(open: () => Promise<void>): Promise<void> {
    try {
      await open();
    } catch (error) {
      const { code, message, details } = error as { code?: string; message: string; details?: { errors?: { field: string }[] } };
      if (code === undefined) throw error;
      const field = details?.errors?.[0]?.field.split(/[.[]/)[0];
      throw new Unplayable({
        at: field === undefined ? ["request"] : ["request", field],
        what: `the request is refused (${code}): ${message}`,
      });
    }
  }

  async #act(act: Act, index: number): Promise<void> {
    const at = ["timeline", index];
    if ("after" in act) return this.#stage.pass(durationMs(act.after));
    if ("systems" in act) return this.#setSystems(act.systems, [...at, "systems"]);
    const caseId = this.#caseOf("of" in act ? act.of : undefined);
    if ("expect" in act) return this.#expect(act.expect, [...at, "expect"], caseId);
    this.#timeline.acted(this.#stage.now(), describe(act), caseId);
    if ("crash" in act) return this.#stage.crash(caseId);
    const status = await this.#known(caseId, at);
    await this.#taken(act, index, () => this.#perform(act, index, caseId, status));
  }

  async #known(caseId: string, at: (string | number)[]): Promise<CaseStatus> {
    try {
      return await this.#stage.status(caseId);
    } catch {
      throw new Unplayable({ at: [...at, "of"], what: `there is no case ${caseId}` });
    }
  }

  #perform(act: MessageAct, index: number, caseId: string, status: CaseStatus): Promise<MessageAnswer> {
    const now = new Date(this.#stage.now()).toISOString();
    const at = ["timeline", index];
    const id = `act-${index}`;
    if ("repair" in act) return this.#repair(act, index, caseId, status);
    const send = (message: Omit<Message, "id" | "at">) => this.#stage.send(caseId, { id, at: now, ...message });
    if ("withdraw" in act) return send({ name: "withdraw", body: { reason: act.withdraw }, from: "applicant" });
    if ("send" in act) return send({ name: act.send, body: this.#filled(act.with, [...at, "with"]), from: act.from });
    if ("answer" in act) {
      const question = act.refused === undefined ? questionOf(status, act.answer, act.step, [...at, "answer"]).id : act.step;
      return send({
        name: act.answer,
        ...(question === undefined ? {} : { for: question }),
        body: this.#filled(act.with, [...at, "with"]),
        from: "applicant",
      });
    }
    const question = questionOf(status, "decision", act.step, at);
    const note: JsonObject = act.note === undefined ? {} : { note: act.note };
    const body: JsonObject =
      "ask" in act ? { ask: act.ask, ...note } : { outcome: act.decide, form: this.#filled(act.form, [...at, "form"]), ...note };
    return send({ name: "decision", for: question.id, body, from: `office:${question.office ?? ""}` });
  }

  #repair(act: Extract<Act, { repair: unknown }>, index: number, caseId: string, status: CaseStatus): Promise<MessageAnswer> {
    const at = ["timeline", index, "repair"];
    const { problem } = status;
    if (!problem && act.repair !== "cancel")
      throw new Unplayable({ at, what: "the case is not parked", expected: "parked", found: status.state });
    const result = act.result === "@effect" ? this.#effectAt(caseId, problem?.path ?? "") : act.result;
    return this.#stage.repair(caseId, {
      id: `act-${index}`,
      verb: act.repair,
      by: "operator",
      reason: act.reason,
      ...(problem ? { problem: problem.id } : {}),
      ...(result === undefined ? {} : { result: withSamples(result, this.#stage.now(), [...at, "result"]) }),
    });
  }

  /** What the operator finds in the system. */
  #effectAt(caseId: string, path: string) {
    const key = path.endsWith("/undo") ? `${caseId}/${path.slice(0, -"/undo".length)}` : `${caseId}/${path}`;
    return this.#stage.systems.ledger(this.#stage.now()).findLast((entry) => entry.key.startsWith(key))?.output;
  }

  /** Notes what the act did, and whether it was to be refused. */
  async #taken(act: MessageAct, index: number, perform: () => Promise<MessageAnswer>): Promise<void> {
    const at = ["timeline", index, "refused"];
    try {
      const answer = await perform();
      this.#effects.push({ act: index, effect: answer.kept ? "kept" : "taken" });
      if (act.refused !== undefined) this.differences.push({ at, what: "the act is refused", expected: act.refused, found: "taken" });
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === undefined || error instanceof Unplayable) throw error;
      this.#effects.push({ act: index, effect: "refused", code });
      if (act.refused === code) return;
      const what = `the act is refused: ${error instanceof Error ? error.message : ""}`;
      if (act.refused === undefined) throw new Unplayable({ at: ["timeline", index], what, expected: "taken", found: code });
      this.differences.push({ at, what, expected: act.refused, found: code });
    }
  }

  async #expect(expected: Scenario["expect"], at: readonly (string | number)[], caseId: string): Promise<void> {
    const status = await this.#stage.status(caseId);
    const { withDates = true } = this.#trial;
    for (const { key, ...difference } of differencesOf(expected, status, this.#stage.systems, this.#stage.now(), withDates))
      this.differences.push({ at: [...at, ...key], ...difference });
  }

  #setSystems(systems: ScenarioSystems, at: readonly (string | number)[]): void {
    this.#stage.systems.scripts.set(scriptsOf(this.#filled(systems, at)));
  }

  #filled<T>(value: T, at: readonly (string | number)[]): T {
    return withSamples(value as unknown as JsonObject, this.#stage.now(), at) as unknown as T;
  }

  #caseOf(of: string | undefined): string {
    return of === undefined ? this.#trial.caseId : `${this.#trial.caseId}.${of.replaceAll(/[^A-Za-z0-9]+/g, "-")}`;
  }
}

type MessageAct = Exclude<Act, { after: string } | { systems: unknown } | { expect: unknown } | { crash: true }>;

function questionOf(status: CaseStatus, name: string, step: string | undefined, at: (string | number)[]): Action {
  const found = status.actions.filter((action) => action.name === name && (step === undefined || action.id.startsWith(`${step}.`)));
  const [first] = found;
  if (first && found.length === 1) return first;
  const open = status.actions.map((action) => `${action.name} (${action.id})`).join(", ") || "nothing";
  const what = first ? `more than one "${name}" is open: say which by step` : `the case does not wait for "${name}"`;
  throw new Unplayable({ at, what, expected: step === undefined ? name : `${name} of ${step}`, found: open });
}

const describe = (act: Exclude<Act, { after: string } | { systems: unknown } | { expect: unknown }>): string => {
  if ("crash" in act) return "the case is thrown away and goes on from its state";
  if ("repair" in act) return `operator: ${act.repair} (${act.reason})`;
  if ("withdraw" in act) return `applicant withdraws: ${act.withdraw}`;
  if ("send" in act) return `${act.from} sends "${act.send}"`;
  if ("answer" in act) return `applicant answers "${act.answer}"`;
  return "ask" in act ? `office asks for "${act.ask}"` : `office decides "${act.decide}"`;
};

const scriptsOf = (systems: ScenarioSystems): Record<string, AnswerScript> =>
  Object.fromEntries(
    Object.entries(systems).map(([operation, script]) => [operation, Array.isArray(script) ? script.map(answerOf) : answerOf(script)]),
  );

function answerOf({ held, notSent, ...rest }: ScenarioAnswer): SystemAnswer {
  return {
    ...rest,
    ...(held === undefined ? {} : { heldMs: durationMs(held) }),
    ...(notSent === undefined ? {} : { notSentMs: durationMs(notSent) }),
  } as SystemAnswer;
}
