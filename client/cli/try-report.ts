/** How `darsena try` tells what it found: a timeline per scenario, and each difference with its place in the file. */
import type { Scenario } from "../../catalogue/scenario.ts";
import type { TrialFiles } from "../../catalogue/trial-files.ts";
import type { Difference } from "../../cases/trial/expectation.ts";
import type { Played } from "../../cases/trial/play.ts";
import type { TimelineEntry } from "../../cases/trial/timeline.ts";
import type { Json } from "../../connectors/json.ts";
import { type Paint, plain, table } from "./paint.ts";

export interface Tried {
  files: TrialFiles;
  seed: number;
  trials: { scenario: Scenario; played: Played }[];
  tookMs: number;
}

export const failuresOf = (tried: Tried): number => tried.trials.filter(({ played }) => played.differences.length > 0).length;

/** The whole report. `quiet`: timelines of failed scenarios only. */
export function report(tried: Tried, paint: Paint, quiet: boolean): string {
  const { files, trials, seed, tookMs } = tried;
  const blocks = trials.map(({ scenario, played }) => blockOf(tried, scenario, played, paint, quiet));
  const failed = failuresOf(tried);
  const passed = trials.length - failed;
  const count = `${passed} passed${failed > 0 ? `, ${failed} failed` : ""}`;
  const last = `${files.service}: ${(failed > 0 ? paint.bad : paint.good)(count)} ${paint.faint(`in ${Math.round(tookMs)} ms, seed ${seed}`)}`;
  return [...blocks, last].join(quiet ? "\n" : "\n\n");
}

function blockOf(tried: Tried, scenario: Scenario, played: Played, paint: Paint, quiet: boolean): string {
  const failed = played.differences.length > 0;
  const mark = failed ? paint.bad("✖") : paint.good("✔");
  const title = scenario.title === undefined ? "" : paint.faint(` ${plain(scenario.title)}`);
  const outcome = played.status?.outcome ?? played.status?.state ?? "not played";
  const head = `${mark} ${paint.strong(scenario.name)}${title}  ${outcome}${lasted(played)}`;
  const lines = quiet && !failed ? [] : [...timelineOf(played, paint), ...standingOf(played, paint)];
  return [head, ...lines, ...played.differences.flatMap((one) => differenceOf(tried, scenario, one, paint))].join("\n");
}

const DAY_MS = 86_400_000;

function lasted({ beganAt, endedAt }: Played): string {
  const days = (endedAt - beganAt) / DAY_MS;
  return days >= 1 ? ` after ${Math.round(days * 10) / 10} days` : "";
}

const marks: Record<TimelineEntry["kind"], string> = { act: "→", call: "⇄", event: "•", wait: "…", parked: "!", closed: "■" };

function timelineOf(played: Played, paint: Paint): string[] {
  const entries = folded(played.timeline);
  const rows = entries.map(({ entry, times }) => {
    const { kind, path = "", text, due, of } = entry;
    const where = of === undefined ? path : `${of.slice(played.caseId.length + 1)}: ${path}`;
    const until = due === undefined ? "" : `, until ${instant(Date.parse(due))}`;
    const again = times > 1 ? ` (${times} times)` : "";
    return [instant(entry.at), marks[kind], where, `${plain(text)}${until}${again}`];
  });
  return table(rows).map((line, index) => `  ${coloured(entries[index]?.entry.kind, line, paint)}`);
}

/** The same call, again and again, is one line. */
function folded(timeline: readonly TimelineEntry[]): { entry: TimelineEntry; times: number }[] {
  const lines: { entry: TimelineEntry; times: number; key: string }[] = [];
  for (const entry of timeline) {
    const key = keyOf(entry);
    const before = lines.slice(-2).find((line) => line.key === key && entry.kind !== "act");
    if (before) before.times += 1;
    else lines.push({ entry, times: 1, key });
  }
  return lines;
}

const keyOf = ({ kind, path, text, of }: TimelineEntry): string => [kind, of, path?.replace(/\.\d+$/, ""), text].join("\n");

const coloured = (kind: TimelineEntry["kind"] | undefined, line: string, paint: Paint): string => {
  if (kind === "parked") return paint.bad(line);
  if (kind === "wait") return paint.warn(line);
  if (kind === "closed" || kind === "act") return paint.strong(line);
  return paint.faint(line);
};

/** Minutes are enough for people; the year is not needed on every line. */
const instant = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");

function standingOf({ status, effects, ledger }: Played, paint: Paint): string[] {
  if (!status) return [];
  const counts = Object.entries(ledger).map(([operation, count]) => `${operation} ${count}`);
  const clock = status.clock ? [`legal term ${status.clock.state}, last day ${status.clock.due}`] : [];
  const refused = effects.filter((one) => one.effect === "refused").length;
  const acts = refused > 0 ? [`${refused} refused as expected`] : [];
  return [paint.faint(`  effects: ${counts.join(", ") || "none"}; ${[...clock, ...acts].join("; ")}`)];
}

function differenceOf({ files }: Tried, scenario: Scenario, difference: Difference, paint: Paint): string[] {
  const { line, column } = placeIn(files, scenario, difference);
  const lines = [`  ${paint.bad(`${files.scenarioFile}:${line}:${column}`)}  ${plain(difference.what)}`];
  if (difference.expected !== undefined) lines.push(`    expected  ${paint.good(shown(difference.expected))}`);
  if (difference.found !== undefined) lines.push(`    found     ${paint.bad(shown(difference.found))}`);
  return lines;
}

const shown = (value: Json): string => plain(typeof value === "string" ? value : JSON.stringify(value));

function placeIn(files: TrialFiles, scenario: Scenario, { at }: Difference) {
  const index = files.scenarios.scenarios.indexOf(scenario);
  // The file's own request stands outside the scenarios.
  const [first, second] = at;
  if (first === "request" && typeof second === "string" && !(second in scenario.request) && second in files.scenarios.request)
    return files.placeOf(at);
  return files.placeOf(["scenarios", index, ...at]);
}

/** The same for programs. */
export function inJson(tried: Tried): unknown {
  const { files, seed, trials } = tried;
  return {
    service: files.service,
    municipality: files.municipality,
    seed,
    passed: trials.length - failuresOf(tried),
    failed: failuresOf(tried),
    scenarios: trials.map(({ scenario, played }) => ({
      name: scenario.name,
      passed: played.differences.length === 0,
      outcome: played.status?.outcome,
      state: played.status?.state,
      effects: played.ledger,
      differences: played.differences.map((one) => ({ file: files.scenarioFile, ...placeIn(files, scenario, one), ...one })),
      timeline: played.timeline.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
    })),
  };
}
