/** "Current details" in the Temporal UI: a small Markdown table of the steps, with where the case waits and for whom. */
import type { CaseStatus, StepStatus } from "../cases/status.ts";

const marks: Record<StepStatus["state"], string> = { running: "▶", done: "✔", rejected: "↪", skipped: "○", failed: "✖", undone: "↩" };

export function currentDetails(status: CaseStatus): string {
  const lines = [`**${status.title.en}**, receipt ${status.receipt.number}`, "", standing(status), ""];
  if (status.problem) lines.push(`> ${status.problem.code}: ${status.problem.title}`, ">", `> ${status.problem.advice}`, "");
  lines.push("| | step | what it did | ms |", "|---|---|---|---|");
  for (const step of status.steps)
    lines.push(`| ${marks[step.state]}\u00a0${step.state} | ${step.id} | ${cell(step)} | ${step.ms ?? ""} |`);
  // The UI (2.42) makes the frame of this text one line too short: an empty one is cut instead of the last step.
  return [...lines, "", "\u00a0"].join("\n");
}

function standing(status: CaseStatus): string {
  if (status.state === "closed")
    return `Closed: **${status.outcome ?? ""}**${status.protocolNumber ? `, protocol ${status.protocolNumber}` : ""}.`;
  const where = status.step ? ` at step **${status.step}**` : "";
  const what = status.waitingText ? `: ${status.waitingText.en}` : "";
  return `${status.state === "parked" ? "**Parked**" : `State **${status.state}**`}${status.waitingFor ? `, waits for **${status.waitingFor}**` : ""}${where}${what}.`;
}

const cell = (step: StepStatus): string =>
  [step.operation ? `${step.operation} • ${step.title.en}` : step.title.en, step.note].filter(Boolean).join(" · ").replaceAll("|", "\\|");
