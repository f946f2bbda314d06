/** The process of `darsena up`: `node dist/worker/up/main.js [options]`. */
import { upCommand } from "./command.ts";

// A closed terminal or pipe must not end us before our processes are stopped.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

process.exit(await upCommand(process.argv.slice(2), process.env, process));
