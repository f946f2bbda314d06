/** `darsena case send | decide | withdraw | resolve | reassign`: what people say to a case. */
import type { Command } from "commander";
import { type MessageAnswer, type RepairVerb, repairVerbs } from "../../cases/message.ts";
import type { JsonObject } from "../../connectors/json.ts";
import { UsageError } from "./exit-codes.ts";
import { asObject, attachAll, collect, jsonArgument, setField } from "./given.ts";
import { type CommandDeps, equip, type SharedOptions, type Shell, shellFor } from "./shell.ts";

interface SendOptions extends SharedOptions {
  for?: string;
  body?: string;
  field?: string[];
  attach?: string[];
  as?: string;
  from?: string;
  id?: string;
}

interface DecideOptions extends SharedOptions {
  for?: string;
  ask?: string;
  field?: string[];
  note?: string;
  as: string;
  id?: string;
}

interface ResolveOptions extends SharedOptions {
  verb: string;
  result?: string;
  reason: string;
  as: string;
  problem?: string;
  id?: string;
}

/** Reassigning has a command of its own. */
const problemVerbs = repairVerbs.filter((verb) => verb !== "reassign");
const ID_OPTION = ["--id <id>", "message id: the same id is answered once (a new one unless told)"] as const;
const AS_OPTION = ["--as <name>", "who says so; recorded as unverified"] as const;

/** Adds the five commands. */
export function addCaseActs(parent: Command, deps: CommandDeps): void {
  const send = parent
    .command("send <case> <name>")
    .description("send a message: an answer to what the case waits for, or a hint such as payment")
    .option("--for <action>", "id of the action answered")
    .option("--body <json>", "the body as JSON, or @file")
    .option("--field <field=text>", "a field of the body; field:=json for other values; may be repeated", collect)
    .option("--attach <field=file>", "uploads the file and puts its reference into the field; may be repeated", collect)
    .option(...AS_OPTION)
    .option("--from <role>", "applicant, office or system (office with --as, otherwise applicant)")
    .option(...ID_OPTION);
  equip(
    send,
    "darsena case send CASE correction --for decision/correction.1 --field plate=AB123CD",
    "darsena case send CASE payment --from system --as bank",
  );
  send.action((caseId: string, name: string, options: SendOptions) => sendMessage(deps, caseId, name, options));

  const decide = parent
    .command("decide <case> [outcome]")
    .description("decide for the office, or ask the applicant first (--ask)")
    .requiredOption(...AS_OPTION)
    .option("--for <action>", "id of the decision (the open one unless told)")
    .option("--ask <ask>", "in place of an outcome: what to ask of the applicant")
    .option("--field <field=text>", "a field of the decision's form; field:=json for other values; may be repeated", collect)
    .option("--note <text>", "a note that goes with it")
    .option(...ID_OPTION);
  equip(
    decide,
    "darsena case decide CASE grant --field validUntil=2031-11-30 --field plate=AB123CD --as 'A. Bianchi'",
    "darsena case decide CASE --ask correction --note 'The certificate is unreadable' --as 'A. Bianchi'",
  );
  decide.action((caseId: string, outcome: string | undefined, options: DecideOptions) => decideCase(deps, caseId, outcome, options));

  const withdraw = parent
    .command("withdraw <case>")
    .description("withdraw the request, for the applicant: what was done is undone where it can be")
    .option("--reason <text>", "why")
    .option(...ID_OPTION);
  equip(withdraw, "darsena case withdraw CASE --reason 'moved to another town'");
  withdraw.action(async (caseId: string, { reason, id, ...shared }: SharedOptions & { reason?: string; id?: string }) => {
    const shell = shellFor(deps, shared);
    tell(
      shell,
      caseId,
      await shell.client.withdraw(caseId, { ...(id === undefined ? {} : { id }), ...(reason === undefined ? {} : { reason }) }),
    );
  });

  const resolve = parent
    .command("resolve <case>")
    .description("repair a parked case: try again, give the result that was verified by a person, skip the step, or cancel the case")
    .requiredOption("--verb <verb>", problemVerbs.join(", "))
    .requiredOption("--reason <text>", "why; recorded")
    .requiredOption(...AS_OPTION)
    .option("--result <json>", "for resolve: the operation's result as JSON, or @file")
    .option("--problem <id>", "the problem meant (the present one unless told)")
    .option(...ID_OPTION);
  equip(
    resolve,
    "darsena case resolve CASE --verb retry --reason 'the system is up again' --as 'A. Bianchi'",
    `darsena case resolve CASE --verb resolve --result '{"number":"2026/0001234"}' --reason 'found in the protocol' --as 'A. Bianchi'`,
  );
  resolve.action((caseId: string, options: ResolveOptions) => resolveProblem(deps, caseId, options));
  addReassign(parent, deps);
}

interface ReassignOptions extends SharedOptions {
  to: string;
  for?: string;
  reason: string;
  as: string;
  id?: string;
}

function addReassign(parent: Command, deps: CommandDeps): void {
  const reassign = parent
    .command("reassign <case>")
    .description("move an open decision to another office; its time goes on")
    .requiredOption("--to <office>", "the office that shall decide")
    .requiredOption("--reason <text>", "why; recorded")
    .requiredOption(...AS_OPTION)
    .option("--for <action>", "id of the decision (the open one unless told)")
    .option(...ID_OPTION);
  equip(reassign, "darsena case reassign CASE --to culture --reason 'the office was merged' --as 'A. Bianchi'");
  reassign.action(async (caseId: string, { to, for: question, reason, as, id, ...shared }: ReassignOptions) => {
    const shell = shellFor(deps, shared);
    const repair = { verb: "reassign" as const, office: to, reason, by: as, ...(question === undefined ? {} : { question }) };
    tell(shell, caseId, await shell.client.repair(caseId, { ...repair, ...(id === undefined ? {} : { id }) }));
  });
}

async function sendMessage(deps: CommandDeps, caseId: string, name: string, options: SendOptions): Promise<void> {
  const shell = shellFor(deps, options);
  const body = options.body === undefined ? {} : asObject(jsonArgument(options.body, "--body", deps.cwd), "--body");
  for (const assignment of options.field ?? []) setField(body, assignment);
  const from = senderOf(options);
  await attachAll(shell.client, options.attach ?? [], body, deps.cwd);
  const message = { name, body, from, ...pick(options) };
  tell(shell, caseId, await shell.client.send(caseId, message));
}

function senderOf({ from = undefined, as }: SendOptions): string {
  const role = from ?? (as === undefined ? "applicant" : "office");
  if (role === "applicant") return role;
  if (role !== "office" && role !== "system") throw new UsageError("--from is applicant, office or system");
  if (as === undefined) throw new UsageError(`--from ${role} needs --as with a name`);
  return `${role}:${as}`;
}

async function decideCase(deps: CommandDeps, caseId: string, outcome: string | undefined, options: DecideOptions): Promise<void> {
  if ((outcome === undefined) === (options.ask === undefined)) throw new UsageError("give either an outcome or --ask");
  const shell = shellFor(deps, options);
  const form: JsonObject = {};
  for (const assignment of options.field ?? []) setField(form, assignment);
  const body: JsonObject = outcome === undefined ? { ask: options.ask ?? "" } : { outcome, form };
  if (options.note !== undefined) body["note"] = options.note;
  const answers = options.for ?? (await openDecision(shell, caseId));
  const message = { name: "decision", body, from: `office:${options.as}`, ...pick({ id: options.id, for: answers }) };
  tell(shell, caseId, await shell.client.send(caseId, message));
}

/** Without an open decision the message goes out all the same: the case says what it waits for. */
async function openDecision(shell: Shell, caseId: string): Promise<string | undefined> {
  const { actions } = await shell.client.status(caseId, { view: "operator" });
  const open = actions.filter(({ name }) => name === "decision");
  if (open.length > 1) throw new UsageError(`more than one decision is open; choose with --for: ${open.map(({ id }) => id).join(", ")}`);
  return open[0]?.id;
}

async function resolveProblem(deps: CommandDeps, caseId: string, options: ResolveOptions): Promise<void> {
  const { verb, result, reason, as, id } = options;
  if (!isVerb(verb)) throw new UsageError(`--verb is one of ${problemVerbs.join(", ")}`);
  if (verb === "resolve" && result === undefined) throw new UsageError("--verb resolve needs --result");
  const shell = shellFor(deps, options);
  const problem = options.problem ?? (await shell.client.status(caseId, { view: "operator" })).problem?.id;
  const repair = {
    verb,
    reason,
    by: as,
    ...(problem === undefined ? {} : { problem }),
    ...(result === undefined ? {} : { result: jsonArgument(result, "--result", deps.cwd) }),
    ...(id === undefined ? {} : { id }),
  };
  tell(shell, caseId, await shell.client.repair(caseId, repair));
}

const isVerb = (text: string): text is RepairVerb => (problemVerbs as readonly string[]).includes(text);

const pick = ({ id, for: answers }: { id?: string; for?: string }) => ({
  ...(id === undefined ? {} : { id }),
  ...(answers === undefined ? {} : { for: answers }),
});

function tell(shell: Shell, caseId: string, answer: MessageAnswer): void {
  shell.show(
    answer,
    () =>
      `${answer.kept ? "Kept until the case waits for it" : "Accepted"}; its effect: darsena case show ${caseId} --after ${answer.number}`,
  );
}
