/** `npm start`: builds what has changed, then runs all of Darsena under one foreground command (worker/up). */
import { buildOrExit } from "./build.mjs";

await buildOrExit();
await import("../dist/worker/up/main.js");
