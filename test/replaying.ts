/** Replays histories against the built workflow bundle, in a process of its own. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { Rig, TestCase } from "./rig.ts";

/** The error of each history of a folder that does not replay, by the file's name; undefined for one that does. */
export async function replay(folder: string): Promise<Map<string, string | undefined>> {
  const { stdout } = await promisify(execFile)(process.execPath, ["dist/test/replay-main.js", folder], {
    env: { ...process.env, NODE_OPTIONS: "" },
    maxBuffer: 16 << 20,
  });
  // The SDK's core writes its own lines between.
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  return new Map(lines.map((line) => JSON.parse(line) as { name: string; error?: string }).map(({ name, error }) => [name, error]));
}

/** Writes the history of every run of a case into the folder, and gives their names. */
export async function writeHistories(rig: Rig, c: TestCase, folder: string): Promise<string[]> {
  const { raw } = await c.handle.describe();
  const names: string[] = [];
  let runId = raw.workflowExecutionInfo?.firstRunId;
  while (runId) {
    const { events } = await rig.client.workflow.getHandle(c.id, runId).fetchHistory();
    const name = `${c.id}.${names.length + 1}`;
    writeFileSync(join(folder, `${name}.json`), historyToJSON({ events: events ?? [] }));
    names.push(name);
    runId = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  }
  return names;
}
