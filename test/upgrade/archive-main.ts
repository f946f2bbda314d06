/** `npm run archive -- <build>`: plays a case to each open moment, stops everything in order, and keeps the archive of this build. */
import { findTemporal } from "../../worker/embedded/temporal-binary.ts";
import { closedPaths, openPaths } from "../paths.ts";
import { startRig } from "../rig.ts";
import { writeArchive } from "./archive.ts";

const build = process.argv[2] ?? "";

/** An archive is opened years later: no case may meanwhile run out of time. */
const DURATIONS = [
  "disabled-parking-pass.paid=PT1S",
  "disabled-parking-pass.paid.within=P3650D",
  "disabled-parking-pass.decision.within=P3650D",
  "disabled-parking-pass.decision/correction.within=P3650D",
  "patronage-request.decision.within=P3650D",
].join(",");

async function main(): Promise<void> {
  const { serverVersion } = await findTemporal({});
  const rig = await startRig({ env: { DARSENA_DURATIONS: DURATIONS } });
  try {
    const worker = await rig.startWorker();
    await (await closedPaths.granted(rig)).closed();
    const cases: Record<string, string> = {};
    for (const [moment, path] of Object.entries(openPaths)) cases[moment] = (await path(rig)).id;
    await worker.kill("SIGTERM");
    await rig.temporal.stop();
    const { folder, bytes } = await writeArchive(rig, { build, temporalServer: serverVersion, cases });
    process.stdout.write(`${folder}: ${bytes} bytes, ${Object.keys(cases).length} open cases\n`);
  } finally {
    await rig.stop();
  }
}

if (/^[0-9a-z][0-9a-z.-]*$/.test(build)) await main();
else {
  process.stderr.write("npm run archive -- <build>: the build's name, such as 0.1.0\n");
  process.exitCode = 2;
}
