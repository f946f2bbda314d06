/** A case as a page for people: where it stands, what it did, what it waits for and the commands that go on. */
import type { ApplicantStatus, CaseStatus, StepStatus } from "../../cases/status.ts";
import { actionCommands, problemCommands } from "./next-commands.ts";
import { type Paint, plain, table, when } from "./paint.ts";

/** The page; the applicant's view has no problem, no operations and no step paths. */
export function casePage(status: CaseStatus | ApplicantStatus, paint: Paint): string {
  const parts = [head(status, paint), steps(status, paint), actions(status, paint), problem(status, paint), history(status, paint)];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n");
}

function head(status: CaseStatus | ApplicantStatus, paint: Paint): string[] {
  const { title, case: id, receipt, channel, office, clock, protocolNumber, outcome, outcomeText, documents } = status;
  const rows: string[][] = [["state", stateLine(status, paint)]];
  if (outcome !== undefined) rows.push(["outcome", outcomeText ? `${outcome}: ${outcomeText.en}` : outcome]);
  rows.push([
    "receipt",
    receipt.number === "" ? "not drawn yet" : `${receipt.number}, ${when(receipt.at)}${channel ? `, by ${channel}` : ""}`,
  ]);
  if (protocolNumber !== undefined) rows.push(["protocol", plain(protocolNumber)]);
  if (office !== undefined) rows.push(["office", office]);
  if (clock)
    rows.push([
      "clock",
      `due ${clock.due}, ${clock.state}, ${days(clock.elapsed)} elapsed${clock.suspended ? `, ${days(clock.suspended)} suspended` : ""}`,
    ]);
  for (const document of documents) rows.push(["document", documentLine(document)]);
  rows.push(["number", `${status.number}, ${when(status.updatedAt)}`]);
  return [`${paint.strong(title.en)}  ${paint.faint(id)}`, "", ...table(rows.map(([name = "", text = ""]) => [`  ${name}`, text]))];
}

const days = (count: number) => `${count} ${count === 1 ? "day" : "days"}`;

function stateLine({ state, waitingFor, waitingText }: ApplicantStatus, paint: Paint): string {
  const mark = { parked: paint.bad, waiting: paint.warn, closed: paint.good, running: paint.strong, received: paint.strong }[state];
  const what = waitingText ? `: ${plain(waitingText.en)}` : "";
  return `${mark(state)}${waitingFor ? ` for ${waitingFor}` : ""}${what}`;
}

function documentLine(document: unknown): string {
  const { name, id, mediaType } = (document ?? {}) as { name?: unknown; id?: unknown; mediaType?: unknown };
  return typeof id === "string"
    ? `${plain(String(name ?? id))} (${String(mediaType ?? "")}), /attachments/${id}`
    : JSON.stringify(document);
}

const MARKS = { running: "…", done: "✓", rejected: "✗", skipped: "-", failed: "!", undone: "↶" } as const;

function steps(status: CaseStatus | ApplicantStatus, paint: Paint): string[] {
  if (status.steps.length === 0) return [];
  const rows = status.steps.map((step) => {
    const { id, operation, ms, note } = step as Partial<StepStatus>;
    const told = [operation ?? "", ms === undefined ? "" : `${ms} ms`, note ? plain(note) : ""];
    return [`  ${MARKS[step.state]}`, ...(id === undefined ? [] : [id]), step.title.en, step.state, ...told];
  });
  return [paint.strong("Steps"), ...table(rows)];
}

function actions(status: CaseStatus | ApplicantStatus, paint: Paint): string[] {
  return status.actions.flatMap((action) => [
    paint.strong(`Waits for ${action.name} ${action.id}`),
    `  ${action.title.en}, by the ${action.office ?? action.who}${action.due ? `, until ${when(action.due)}` : ""}`,
    ...(action.shows ? [`  ${paint.faint(plain(JSON.stringify(action.shows)))}`] : []),
    ...actionCommands(status.case, action).map((line) => `    ${line}`),
  ]);
}

function problem(status: CaseStatus | ApplicantStatus, paint: Paint): string[] {
  const found = "problem" in status ? status.problem : undefined;
  if (!found) return [];
  return [
    paint.bad(`Parked at ${found.path}: ${plain(found.title)}`),
    `  ${found.code}, since ${when(found.since)}, problem ${found.id}`,
    `  ${plain(found.advice)}`,
    ...problemCommands(status.case, found).map((line) => `    ${line}`),
  ];
}

function history(status: CaseStatus | ApplicantStatus, paint: Paint): string[] {
  if (status.history.length === 0) return [];
  const rows = status.history.map(({ at, path, event, text, by }) => [
    `  ${when(at)}`,
    event,
    path ?? "",
    `${plain(text.en)}${by ? paint.faint(` (${plain(by)})`) : ""}`,
  ]);
  return [paint.strong("History"), ...table(rows)];
}
