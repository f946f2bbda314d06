#!/usr/bin/env node
/** The `darsena` command. Builds first when it was never built. */
import { existsSync } from "node:fs";

const entry = new URL("../dist/worker/darsena.js", import.meta.url);
if (!existsSync(entry)) await (await import("../scripts/build.mjs")).buildOrExit();
await import(entry.href);
