/** The gateway's process. Prints one line with `"ready":true` and its address when it listens; SIGTERM lets answers under way finish. */
import { pino, stdTimeFunctions } from "pino";
import { RegisterError } from "../../register/errors.ts";
import { SettingsError } from "../../worker/configuration/problems.ts";
import { readSettings, required } from "../../worker/configuration/settings.ts";
import { startGateway } from "./start.ts";
import { testKill } from "./test-kill.ts";

/** Ends the process: 2 when a setting is wrong, 1 otherwise. */
function fail(error: unknown): never {
  const known = error instanceof SettingsError || error instanceof RegisterError;
  const text = known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`darsena gateway: ${text}\n`);
  process.exit(error instanceof SettingsError ? 2 : 1);
}

try {
  const settings = required(readSettings());
  const log = pino({ level: settings.logLevel, base: { name: "gateway" }, timestamp: stdTimeFunctions.isoTime });
  const running = await startGateway({ settings, log, checkpoint: testKill(process.env) });
  running.registerReady.catch(fail);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    running.close().then(() => {
      log.info("gateway stopped");
      process.exit(0);
    }, fail);
  };
  process.on("SIGTERM", stop).on("SIGINT", stop);
  // Written whatever the level: whoever started us waits for it.
  const ready = { ready: true, url: running.url, municipality: settings.municipality };
  if (log.isLevelEnabled("info")) log.info(ready, "gateway ready");
  else process.stdout.write(`${JSON.stringify(ready)}\n`);
} catch (error) {
  fail(error);
}
