/** `darsena up`: all of Darsena under one foreground command. */
import { requireLoopback } from "../configuration/loopback.ts";
import { readSettings, type Settings } from "../configuration/settings.ts";
import { deferred } from "./deferred.ts";
import { type DemoResult, demonstrate } from "./demo.ts";
import { createFleet, type Fleet } from "./fleet.ts";
import { planOf, wantedPorts } from "./plan.ts";
import { requireFree } from "./ports.ts";
import { startAll } from "./start-all.ts";
import { FolderTaken, type HeldFolder, holdFolder } from "./state-folder.ts";
import { createView, type Output, type View } from "./view.ts";

const COMPONENTS = ["postgres", "temporal", "simulators", "worker", "gateway"];
/** npm and the terminal each pass Ctrl-C on: two signals so close together are one keystroke. */
const SAME_KEYSTROKE_MS = 750;
const ABANDONED_MS = 1_000;

/** What the command line asks for. */
export interface UpOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Whether a case is sent through after the start. */
  readonly demo: boolean;
  /** End after that case. */
  readonly once: boolean;
  /** Where people read. */
  readonly out: Output;
  /** Given the demonstration's result, once. */
  readonly result: (shown: DemoResult["shown"]) => void;
}

/** Runs until it is told to stop, or with `once` until the case has ended; resolves with the exit code: 0, 1 (failed), 2 (folder held by another), 130 or 143 (interrupted). */
export async function up(options: UpOptions): Promise<number> {
  const { env, out } = options;
  const settings = readSettings(env);
  const view = createView(out, COMPONENTS);
  checkExposure(settings, view);
  let held: HeldFolder;
  try {
    held = await holdFolder(settings.stateFolder, (message) => view.say(message));
  } catch (error) {
    if (!(error instanceof FolderTaken)) throw error;
    view.say(error.message);
    return 2;
  }
  const fleet = createFleet(held, view);
  const interruption = watchInterruption(fleet, held, view);
  const stopping = new AbortController();
  try {
    return await Promise.race([
      interruption.happened,
      fleet.casualty,
      run(options, settings, { view, fleet, stopping: stopping.signal, ready: interruption.ready }),
    ]);
  } catch (error) {
    view.settle();
    view.say(`\n${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    view.settle();
    view.say("\nStopping ...");
    stopping.abort();
    await fleet.stopAll();
    view.settle();
    held.release();
    interruption.forget();
  }
}

async function run(
  options: UpOptions,
  settings: Settings,
  { view, fleet, stopping, ready }: { view: View; fleet: Fleet; stopping: AbortSignal; ready(): void },
): Promise<number> {
  const since = performance.now();
  const plan = await planOf(settings, options.env);
  await requireFree(wantedPorts(plan, settings));
  const running = await startAll({ settings, plan, env: options.env, fleet, view });
  view.settle();
  view.say(`\nAll ready after ${((performance.now() - since) / 1000).toFixed(1)} s. State is kept in ${settings.stateFolder}`);
  if (options.demo) {
    const result = await demonstrate({ ...running, say: (text) => view.say(text), abandoned: stopping });
    options.result(result.shown);
    if (options.once) return result.ok ? 0 : 1;
  }
  view.say(
    `\nGateway ${running.gatewayUrl}, its documentation ${running.gatewayUrl}/docs${running.uiUrl ? `, Temporal UI ${running.uiUrl}` : ""}`,
  );
  view.say("Darsena is running. Ctrl-C stops it.");
  if (!options.once) ready();
  return new Promise<number>(() => {});
}

interface Interruption {
  readonly happened: Promise<number>;
  /** From now on being stopped is the ordinary end. */
  ready(): void;
  forget(): void;
}

/** The first signal stops in order, the second one at once; so does the death of the npm that started us. */
function watchInterruption(fleet: Fleet, held: HeldFolder, view: View): Interruption {
  const { promise: happened, resolve: settle } = deferred<number>();
  let ordinary = false;
  let first: number | undefined;
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const onSignal = (signal: NodeJS.Signals) => {
    const code = codes[signal as keyof typeof codes];
    if (first === undefined) {
      first = performance.now();
      settle(ordinary ? 0 : code);
    } else if (performance.now() - first > SAME_KEYSTROKE_MS) {
      view.say("Stopping at once.");
      fleet.killAll();
    }
  };
  for (const signal of Object.keys(codes) as NodeJS.Signals[]) process.on(signal, onSignal);
  const watch = setInterval(() => {
    if (!held.isAbandoned()) return;
    clearInterval(watch);
    view.say("The npm that started this command is gone.");
    settle(143);
  }, ABANDONED_MS);
  return {
    happened,
    ready: () => {
      ordinary = true;
    },
    forget: () => {
      clearInterval(watch);
      for (const signal of Object.keys(codes) as NodeJS.Signals[]) process.off(signal, onSignal);
    },
  };
}

function checkExposure(settings: Settings, view: View): void {
  const exposures = [
    { variable: "DARSENA_GATEWAY_HOST", address: settings.gateway.host },
    { variable: "DARSENA_SIMULATOR_HOST", address: settings.simulators.host },
    { variable: "TEMPORAL_ADDRESS", address: settings.temporal.address },
  ];
  requireLoopback(exposures, settings.trustedNetwork, (message) => view.say(`Warning: ${message}`));
}
