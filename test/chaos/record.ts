/** What the client itself knows: its keys, what it was answered, and what it said to its cases. The judge holds Darsena to it. */
import type { CaseStatus } from "../../cases/status.ts";
import type { Wish } from "./people.ts";

/** One act on a case, with what became of it. */
export interface Act {
  readonly id: string;
  /** `decision:grant`, `withdraw`, `correction` ... */
  readonly what: string;
  /** `accepted`, or the code of the refusal; absent while unanswered. */
  answer?: string;
  /** How often it was sent. */
  tries: number;
}

/** One request with its key. */
export interface Request {
  readonly key: string;
  readonly service: string;
  readonly ending: Wish["ending"];
  /** The case ids of all 201 and 200 answers to this key and body. */
  readonly cases: string[];
  /** Codes of the answers to this key with another body. */
  readonly otherBody: string[];
  readonly acts: Act[];
  /** Sends of the start that got no clear answer. */
  unanswered: number;
  /** The last status that was read. */
  last?: CaseStatus;
  /** Problems that it was seen parked with. */
  readonly problems: string[];
}

/** Everything that the client keeps of a run. */
export class ClientRecord {
  readonly requests: Request[] = [];
  /** Calls that were answered in a way that no caller should ever see (`INTERNAL` ...), with their count. */
  readonly strange = new Map<string, number>();
  /** Calls to the gateway that had to be made again. */
  repeated = 0;

  open(wish: Wish): Request {
    const { key, service, ending } = wish;
    const request: Request = { key, service, ending, cases: [], otherBody: [], acts: [], unanswered: 0, problems: [] };
    this.requests.push(request);
    return request;
  }

  strangely(what: string): void {
    this.strange.set(what, (this.strange.get(what) ?? 0) + 1);
  }

  /** The requests that were accepted, each with its case. */
  accepted(): { request: Request; caseId: string }[] {
    return this.requests.flatMap((request) => (request.cases[0] === undefined ? [] : [{ request, caseId: request.cases[0] }]));
  }
}
