/** The first case of an installation: one request for a disabled parking pass through the gateway, decided by a simulated office. */
import type { CaseStatus, StepStatus } from "../../cases/status.ts";
import { checkCharacter } from "../../connectors/tax-code.ts";
import { onePagePdf } from "./certificate.ts";
import { type Gateway, gatewayAt } from "./gateway-calls.ts";

const SERVICE = "disabled-parking-pass";
const PATIENCE_MS = 120_000;
/** An invented person: the code is well formed, and its place of birth (Z999) does not exist. */
const FIRST_FIFTEEN = "PRVDAA80A41Z999";
const DEMO_TAX_CODE = `${FIRST_FIFTEEN}${checkCharacter(FIRST_FIFTEEN)}`;

/** Whether the case ended as a demonstration should, and what the JSON line shows. */
export interface DemoResult {
  readonly ok: boolean;
  readonly shown: {
    readonly case: string;
    readonly service: string;
    readonly state: string;
    readonly outcome: string | null;
    readonly protocolNumber: string | null;
    readonly steps: readonly { id: string; state: string; ms: number | null }[];
  };
}

/** Where the installation runs and where to tell about it. */
export interface Demonstration {
  readonly gatewayUrl: string;
  readonly uiUrl: string | undefined;
  readonly namespace: string;
  readonly say: (text: string) => void;
  /** Fires when the command is stopped meanwhile. */
  readonly abandoned: AbortSignal;
}

/** Sends the case through, tells each step as it becomes known, and resolves with its end, good or bad. */
export async function demonstrate({ gatewayUrl, uiUrl, namespace, say, abandoned }: Demonstration): Promise<DemoResult> {
  const gateway = gatewayAt(gatewayUrl, abandoned);
  const since = performance.now();
  say("\nOne request for a disabled parking pass, sent through the gateway:");
  const caseId = await request(gateway);
  say(`  case ${caseId}`);
  const status = await follow(gateway, caseId, say);
  const ok = status.state === "closed" && status.outcome === "granted";
  say(`\n${ending(status)} after ${((performance.now() - since) / 1000).toFixed(1)} s.`);
  say("Where to look:");
  if (uiUrl)
    say(`  the case in the Temporal UI     ${uiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(caseId)}`);
  say(`  its status in the API           ${gatewayUrl}/cases/${encodeURIComponent(caseId)}`);
  say(`  the API's documentation         ${gatewayUrl}/docs`);
  return {
    ok,
    shown: {
      case: caseId,
      service: status.service,
      state: status.state,
      outcome: status.outcome ?? null,
      protocolNumber: status.protocolNumber ?? null,
      steps: status.steps.map(({ id, state, ms }) => ({ id, state, ms: ms ?? null })),
    },
  };
}

async function request(gateway: Gateway): Promise<string> {
  const certificate = await gateway.upload(
    "medical-certificate.pdf",
    "application/pdf",
    onePagePdf("Medical certificate (invented, for the demonstration)"),
  );
  const applicant = { taxCode: DEMO_TAX_CODE, givenName: "Ada", familyName: "Prova", email: "ada.prova@example.org" };
  return gateway.start(SERVICE, { applicant, kind: "new", medicalCertificate: certificate });
}

/** Until the case is closed or parked, or patience ends. */
async function follow(gateway: Gateway, caseId: string, say: (text: string) => void): Promise<CaseStatus> {
  const told = new Set<string>();
  const decided = new Set<string>();
  let number = 0;
  for (const deadline = Date.now() + PATIENCE_MS; ; ) {
    const status = await gateway.status(caseId, number);
    number = status.number;
    if (told.size === 0) say(`  receipt ${status.receipt.number}, ${status.receipt.at}`);
    told.add("receipt");
    tellSteps(status, told, say);
    if (status.state === "closed" || status.state === "parked" || Date.now() > deadline) return status;
    const action = status.actions.find((one) => one.who === "office" && one.name === "decision" && !decided.has(one.id));
    if (!action) continue;
    decided.add(action.id);
    say("  the simulated office decides: granted");
    await gateway.decide(caseId, action, { outcome: "grant", form: { validUntil: inYears(5), plate: "ZZ000ZZ" }, by: "Demonstration" });
  }
}

function tellSteps(status: CaseStatus, told: Set<string>, say: (text: string) => void): void {
  for (const step of status.steps) {
    if (step.state === "running" || told.has(step.id)) continue;
    told.add(step.id);
    const number = step.operation === "protocol.register" && status.protocolNumber ? `number ${status.protocolNumber}` : "";
    say(
      `  ${sign(step)} ${(step.operation ?? step.id).padEnd(26)} ${step.title.en.padEnd(44)} ${duration(step)}  ${[number, step.note].filter(Boolean).join(", ")}`.trimEnd(),
    );
  }
}

const sign = ({ state }: StepStatus): string => ({ done: "✔", skipped: "–", undone: "↶" })[state as string] ?? "✘";
const duration = ({ ms }: StepStatus): string =>
  (ms === undefined ? "" : ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`).padStart(7);

function ending(status: CaseStatus): string {
  if (status.state === "closed") return `The case is closed, ${status.outcome ?? "without outcome"},`;
  if (status.problem)
    return `The case is parked on ${status.problem.code}: ${status.problem.title}. ${status.problem.advice}. It waits for an operator`;
  return `The case is still ${status.state}${status.waitingText ? ` (${status.waitingText.en})` : ""}`;
}

function inYears(years: number): string {
  const now = new Date();
  return `${now.getFullYear() + years}-${String(now.getMonth() + 1).padStart(2, "0")}-01`;
}
