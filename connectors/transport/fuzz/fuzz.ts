/**
 * Calls adapters against mutated real answers, over a socket. Looks for: an error that is no `CallFailure`, a call that takes too long, a change of
 * `Object.prototype`, and a false success.
 */
import { isDeepStrictEqual } from "node:util";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CallFailure } from "../../failure.ts";
import { chance, type Mutated, mutate } from "./mutations.ts";
import { CONTRACT_BROKEN, type Seed } from "./seeds.ts";
import { isWellFormed, type Judged, wellFormed } from "./well-formed.ts";

export interface FuzzOptions {
  seeds: readonly Seed[];
  cases: number;
  /** The run's own number: the same number draws the same cases. */
  number: number;
  onProgress?: (done: number) => void;
}

export interface Finding {
  /** What was found: `crash`, `slow`, `prototype`, `false-success`, `false-refusal`. */
  kind: string;
  seed: string;
  change: string;
  /** Number of the case: with the run's number it draws the same answer again. */
  case: number;
  detail: string;
}

export interface FuzzResult {
  cases: number;
  /** Outcomes by kind of failure, and `done` with the same value or another. */
  outcomes: Record<string, number>;
  /** Answers with another value that an independent parser judged; `unjudged` when it is not installed. */
  judged: Judged;
  findings: Finding[];
  slowestMs: number;
  /** Largest resident memory of the process. */
  peakMb: number;
}

/** CPU time that one call may take. */
export const SLOW_MS = 2_000;
const FEW_FINDINGS = 50;

interface Original {
  seed: Seed;
  outcome: unknown;
}

/** Runs the cases one after the other. */
export async function fuzz({ seeds, cases, number, onProgress }: FuzzOptions): Promise<FuzzResult> {
  const system = await mutatedSystem();
  const result: FuzzResult = { cases, outcomes: {}, judged: { wellFormed: 0, unjudged: 0 }, findings: [], slowestMs: 0, peakMb: 0 };
  try {
    const originals: Original[] = [];
    for (const seed of seeds) {
      system.script = seed.answers.map((answer) => ({ ...answer, change: "", fatal: false }));
      originals.push({ seed, outcome: await outcomeOf(seed, system.url) });
    }
    const changed: { finding: Finding; answer: Mutated; kind: Seed["kind"] }[] = [];
    for (let i = 0; i < cases; i += 1) {
      const random = chance(number * 1_000_003 + i);
      const original = originals[Math.floor(random() * originals.length)] as Original;
      const verdict = await oneCase(original, random, system, result);
      if (verdict) {
        const finding = { seed: original.seed.name, case: i, change: verdict.answer.change, kind: verdict.kind, detail: verdict.detail };
        if (verdict.kind === "other-value")
          changed.push({ finding: { ...finding, kind: "false-success" }, answer: verdict.answer, kind: original.seed.kind });
        else result.findings.push(finding);
      }
      if (i % 500 === 499) {
        await judge(changed.splice(0), result);
        result.peakMb = Math.max(result.peakMb, Math.round(process.memoryUsage().rss / 1_048_576));
        onProgress?.(i + 1);
      }
      if (result.findings.length >= FEW_FINDINGS) break;
    }
    await judge(changed, result);
    return result;
  } finally {
    await system.close();
  }
}

interface Verdict {
  kind: string;
  answer: Mutated;
  detail: string;
}

async function oneCase(
  { seed, outcome }: Original,
  random: () => number,
  system: System,
  result: FuzzResult,
): Promise<Verdict | undefined> {
  const place = Math.floor(random() * seed.answers.length);
  const answer = mutate(seed.answers[place] as Mutated, seed.kind, random);
  system.script = seed.answers.map((one, i) => (i === place ? answer : { ...one, change: "", fatal: false }));
  const cpu = process.cpuUsage();
  const now = await outcomeOf(seed, system.url);
  const { user, system: kernel } = process.cpuUsage(cpu);
  const ms = Math.round((user + kernel) / 1_000);
  result.slowestMs = Math.max(result.slowestMs, ms);
  const found = (kind: string, detail: string): Verdict => ({ kind, answer, detail });
  const label = labelOf(now, outcome);
  result.outcomes[label] = (result.outcomes[label] ?? 0) + 1;
  if (now instanceof Crash) return found("crash", now.what);
  if (Object.keys(Object.prototype).length > 0) return found("prototype", Object.keys(Object.prototype).join());
  if (ms > SLOW_MS) return found("slow", `${ms} ms`);
  const success = !(now instanceof CallFailure) && now !== CONTRACT_BROKEN;
  const refusal = now instanceof CallFailure && now.kind === "rejected";
  if (answer.fatal && system.served > place) {
    if (success) return found("false-success", "done after a change that no success survives");
    if (refusal && seed.kind !== "json") return found("false-refusal", "rejected after a change that no refusal survives");
  }
  return success && !isDeepStrictEqual(now, outcome)
    ? found("other-value", "done with another value, and the answer is not well formed")
    : undefined;
}

/** Another value is right when the changed answer is a message in its own right. */
async function judge(changed: readonly { finding: Finding; answer: Mutated; kind: Seed["kind"] }[], result: FuzzResult): Promise<void> {
  const documents = changed.map(({ answer, kind }) => ({ kind, type: answer.type, body: answer.body }));
  const verdicts = await wellFormed(documents);
  for (const [i, { finding }] of changed.entries()) {
    if (verdicts[i] === "unjudged") result.judged.unjudged += 1;
    else if (isWellFormed(verdicts[i])) result.judged.wellFormed += 1;
    else result.findings.push(finding);
  }
}

function labelOf(now: unknown, original: unknown): string {
  if (now instanceof Crash) return "crash";
  if (now instanceof CallFailure) return now.kind;
  if (now === CONTRACT_BROKEN) return "contract-broken";
  return isDeepStrictEqual(now, original) ? "done, same value" : "done, another value";
}

class Crash {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

async function outcomeOf(seed: Seed, url: string): Promise<unknown> {
  try {
    return await seed.perform(url, AbortSignal.timeout(10_000));
  } catch (error) {
    if (error instanceof CallFailure) return error;
    return new Crash(error instanceof Error ? (error.stack ?? error.message).split("\n").slice(0, 4).join(" ") : String(error));
  }
}

interface System {
  url: string;
  script: readonly Mutated[];
  /** Requests since the script was set. */
  served: number;
  close(): Promise<void>;
}

async function mutatedSystem(): Promise<System> {
  let script: readonly Mutated[] = [];
  let served = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const answer = script[served++];
      if (!answer) return void response.writeHead(500).end();
      const length = { "content-length": String(answer.body.length) };
      response.writeHead(answer.status, { "content-type": answer.type, ...length, ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get script() {
      return script;
    },
    set script(given) {
      script = given;
      served = 0;
    },
    get served() {
      return served;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
