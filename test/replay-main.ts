/** Replays recorded histories against the built workflow bundle: `replay-main.js <folder>`. Prints one line of JSON for each. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DefaultLogger, Runtime, Worker } from "@temporalio/worker";
import { dataConverter } from "../workflows/sealing/data-converter.ts";

const folder = process.argv[2] ?? "";

function* histories() {
  for (const file of readdirSync(folder).toSorted())
    yield { workflowId: basename(file, ".json"), history: JSON.parse(readFileSync(join(folder, file), "utf8")) as object };
}

Runtime.install({ logger: new DefaultLogger("ERROR", () => {}), shutdownSignals: [] });
const codePath = fileURLToPath(new URL("../workflow-bundle.js", import.meta.url));
const results = Worker.runReplayHistories({ workflowBundle: { codePath }, dataConverter }, histories());
for await (const { workflowId, error } of results)
  process.stdout.write(`${JSON.stringify({ name: workflowId, ...(error ? { error: `${error.name}: ${error.message}` } : {}) })}\n`);
