/**
 * `npm run record-histories`: plays every path on real servers and keeps its histories in test/histories/, which are replayed by
 * test/replay.test.ts. Run it for new paths; a history of an earlier build is worth more than a new one, so it is kept until `--all`.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import { closedPaths, type Path } from "./paths.ts";
import { type Rig, startRig, type TestCase } from "./rig.ts";

const folder = join(process.cwd(), "test", "histories");
const everything = process.argv.includes("--all");

type Event = NonNullable<Awaited<ReturnType<TestCase["handle"]["fetchHistory"]>>["events"]>[number];

async function record(rig: Rig, name: string, path: Path): Promise<void> {
  const c = await path(rig);
  await c.handle.result().catch(() => undefined);
  const { raw } = await c.handle.describe();
  let runId = raw.workflowExtendedInfo ? raw.workflowExecutionInfo?.firstRunId : undefined;
  for (let run = 1; runId; run++) {
    const history = await rig.client.workflow.getHandle(c.id, runId).fetchHistory();
    write(run === 1 ? name : `${name}.${String(run).padStart(2, "0")}`, history.events ?? []);
    runId = history.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId;
  }
}

/** One event per line. Names of the machine that recorded it, and its folders in stacks, are nobody's business. */
function write(name: string, events: Event[]): void {
  const { events: plain } = JSON.parse(historyToJSON({ events }), withoutStack) as { events: object[] };
  const lines = plain.map((event) => JSON.stringify(event).replaceAll(/"\d+@[^"]*"/g, '"worker"'));
  writeFileSync(join(folder, `${name}.json`), `{"events":[\n${lines.join(",\n")}\n]}\n`);
  process.stdout.write(`recorded ${name}: ${events.length} events\n`);
}

function withoutStack(key: string, value: unknown): unknown {
  if (key !== "encodedAttributes") return value;
  const payload = value as { data: string };
  const attributes = { ...(JSON.parse(Buffer.from(payload.data, "base64").toString()) as object), stack_trace: "" };
  return { ...payload, data: Buffer.from(JSON.stringify(attributes)).toString("base64") };
}

const wanted = (name: string): boolean => everything || !existsSync(join(folder, `${name}.json`));

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const rig = await startRig();
  try {
    for (const [way, env] of Object.entries({ "": { DARSENA_SHORT_WAY: "0" }, "-short": { DARSENA_SHORT_WAY: "1" } })) {
      const plainly = await rig.startWorker(env);
      for (const [name, path] of Object.entries(closedPaths)) if (wanted(`${name}${way}`)) await record(rig, `${name}${way}`, path);
      await plainly.kill("SIGTERM");
      const restarting = await rig.startWorker({ ...env, DARSENA_TEST_RESTART: "every-step" });
      for (const name of ["five-corrections", "withdrawn-with-undo"] as const)
        if (wanted(`${name}${way}-restarted`)) await record(rig, `${name}${way}-restarted`, closedPaths[name]);
      await restarting.kill("SIGTERM");
    }
  } finally {
    await rig.stop();
  }
}

await main();
