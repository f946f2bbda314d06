/** One request from its start to its end: what its applicant, its office and its payer do, whatever happens to the gateway meanwhile. */
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import type { Action, CaseStatus } from "../../cases/status.ts";
import type { CasesClient, NewMessage, StartRequest, Upload } from "../../client/cases-client.ts";
import { DarsenaError } from "../../client/errors.ts";
import type { JsonObject } from "../../connectors/json.ts";
import type { City } from "./city.ts";
import { insist } from "./insist.ts";
import type { Wish } from "./people.ts";
import type { Act, ClientRecord, Request } from "./record.ts";

const decisions: Readonly<Record<string, JsonObject>> = {
  grant: { outcome: "grant", form: { validUntil: "2031-03-01", plate: "AB987YZ" } },
  accept: { outcome: "accept", form: {} },
  refuse: { outcome: "refuse", form: { reason: "I requisiti non sussistono." } },
};

/** A stream is read once: each try has its own. */
const upload = (): Upload => ({ name: "prova.txt", mediaType: "text/plain", content: Readable.from([Buffer.from("segnodipersona")]) });

/** Where lives are led. */
export interface Stage {
  readonly city: Pick<City, "gateway" | "gatewayUrl" | "direct">;
  readonly record: ClientRecord;
  readonly signal: AbortSignal;
}

/** Leads a life to the end of its case. */
export async function live(stage: Stage, wish: Wish): Promise<void> {
  const life = new Life(stage, wish);
  await life.start();
  await life.lead();
}

class Life {
  readonly #stage: Stage;
  readonly #wish: Wish;
  readonly #request: Request;
  readonly #gateway: CasesClient;
  readonly #answered = new Set<string>();
  #file: JsonObject = {};

  constructor(stage: Stage, wish: Wish) {
    this.#stage = stage;
    this.#wish = wish;
    this.#gateway = stage.city.gateway;
    this.#request = stage.record.open(wish);
  }

  /** Starts the case, and at times once more with the same body or with another. */
  async start(): Promise<void> {
    this.#file = await this.#attach();
    const start = () => this.#start();
    await Promise.all(this.#wish.again === "twice" ? [start(), start()] : [start()]);
    if (this.#wish.again === "later") await start();
    if (this.#wish.again !== "no") await this.startOtherwise();
  }

  async lead(): Promise<void> {
    const [id = ""] = this.#request.cases;
    if (this.#wish.withdrawsAt === "start") await this.#withdraw();
    for (let after = 0; ; ) {
      const status = await this.#insist(() => this.#gateway.status(id, { view: "operator", after }));
      this.#request.last = status;
      if (status.problem && !this.#request.problems.includes(status.problem.code)) this.#request.problems.push(status.problem.code);
      if (status.state === "closed") return;
      for (const action of status.actions) await this.#answer(action, status);
      after = status.number + 1;
    }
  }

  async #attach(): Promise<JsonObject> {
    if (this.#wish.service === "residence-certificate") return {};
    return { ...(await this.#insist(() => this.#gateway.attach(upload()))) } as unknown as JsonObject;
  }

  async #start(): Promise<void> {
    const start = this.#startRequest();
    const answer = await this.#insist(
      () => this.#gateway.startCase(start),
      () => (this.#request.unanswered += 1),
    );
    this.#request.cases.push(answer.case);
  }

  /** The same key with another body is refused. */
  async startOtherwise(): Promise<void> {
    const code = await this.#insist(() => this.#gateway.startCase(this.#startRequest(true))).then(
      () => "accepted",
      (error: unknown) => codeOf(error),
    );
    this.#request.otherBody.push(code);
  }

  #startRequest(other = false): StartRequest {
    const { service, key } = this.#wish;
    return { service, request: this.#wish.body(this.#file, other), channel: "portal", idempotencyKey: key };
  }

  async #answer(action: Action, status: CaseStatus): Promise<void> {
    if (this.#answered.has(action.id)) return;
    this.#answered.add(action.id);
    if (this.#wish.withdrawsAt === action.name) return this.#withdraw();
    if (action.name === "decision") return this.#decide(action, status);
    if (action.name === "payment") return this.#pay(action);
    if (action.who === "applicant") await this.#send({ name: action.name, for: action.id, body: {}, from: "applicant" }, action.name);
  }

  async #decide(action: Action, { service }: CaseStatus): Promise<void> {
    const asked = (ask: string) => this.#request.acts.some((act) => act.what === `decision:${ask}` && act.answer === "accepted");
    const ask =
      this.#wish.corrected && !asked("correction")
        ? "correction"
        : this.#wish.ending === "refuse" && !asked("rejectionNotice")
          ? "rejectionNotice"
          : undefined;
    const outcome = this.#wish.ending === "refuse" ? "refuse" : service === "patronage-request" ? "accept" : "grant";
    const body: JsonObject = ask ? { ask } : (decisions[outcome] ?? {});
    const decided = this.#wish.ending === "refuse" ? "refuse" : "grant";
    await this.#send({ name: "decision", for: action.id, body, from: "office:test" }, `decision:${ask ?? decided}`);
  }

  async #withdraw(): Promise<void> {
    await this.#send({ name: "withdraw", body: {}, from: "applicant" }, "withdraw");
  }

  /** The citizen pays at the payment service, past Darsena. */
  async #pay({ shows }: Action): Promise<void> {
    const { city, signal, record } = this.#stage;
    const body = {
      nav: String(shows?.["noticeNumber"]),
      ...(this.#wish.tells ? { tell: city.gatewayUrl, case: this.#request.cases[0] } : {}),
    };
    const act: Act = { id: `pay-${this.#wish.key}`, what: "pay", tries: 0 };
    this.#request.acts.push(act);
    while (!signal.aborted) {
      act.tries += 1;
      const response = await fetch(`${city.direct.simulator("payments")}/_control/pay`, {
        method: "POST",
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(60_000),
      }).catch(() => undefined);
      // With a word to the gateway the control fails when the gateway is away, and may be repeated: the debt is paid once.
      if (response?.ok) {
        act.answer = "accepted";
        return;
      }
      if (response && !this.#wish.tells) record.strangely(`the payment was refused: ${response.status} ${await response.text()}`);
      await pause(500);
    }
  }

  async #send(message: NewMessage, what: string): Promise<void> {
    const [id = ""] = this.#request.cases;
    const act: Act = { id: `m-${this.#wish.key}-${this.#request.acts.length}`, what, tries: 1 };
    this.#request.acts.push(act);
    act.answer = await this.#insist(
      () => this.#gateway.send(id, { ...message, id: act.id }),
      () => (act.tries += 1),
    ).then(
      () => "accepted",
      (error: unknown) => codeOf(error),
    );
  }

  #insist<T>(call: () => Promise<T>, repeated?: () => void): Promise<T> {
    return insist(this.#stage.record, this.#stage.signal, call, repeated);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DarsenaError) return error.code;
  throw error;
}
