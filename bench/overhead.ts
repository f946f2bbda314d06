/**
 * What does Darsena cost over a hand-written Temporal workflow? The same six calls to the same HTTP service, alternating on one
 * Temporal server: by hand, as a service without register, status and ledger, with its status, as shipped, and by hand with local activities.
 */
import { helpText, readArguments } from "./measure/arguments.ts";
import { load } from "./measure/load.ts";
import { ENOUGH_PAIRS } from "./measure/ratio.ts";
import { type Cell, type HistorySize, rowsOf, tableOf } from "./overhead/report.ts";
import { type Cpu, openStage, type Stage } from "./overhead/stage.ts";
import { startOf, type Variant, variants } from "./overhead/variants.ts";
import { thisMachine } from "./page/machine.ts";
import { keepResult } from "./page/sections.ts";

const numbers = {
  rounds: { usual: 11, help: `rounds, each with all variants; at least ${ENOUGH_PAIRS} for a figure` },
  cases: { usual: 60, help: "cases of each variant per round" },
  clients: { usual: 10, help: "cases at the same time" },
};
const texts = { profile: "folder for a CPU profile of each worker; such figures are not comparable" };
const about =
  "The same six calls as a hand-written Temporal workflow and as a service, alternating on one server:\nCPU per case of worker, Temporal and PostgreSQL, latency, throughput, and the ratio to the hand-written workflow.";

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

type Asked = ReturnType<typeof readArguments<keyof typeof numbers, keyof typeof texts>>;

async function measure({ numbers: { rounds, cases, clients }, texts: { profile } }: Asked) {
  const stage = await openStage(say, profile);
  try {
    say("warming up");
    for (const variant of variants) await cell(stage, variant, "warm", Math.max(cases, 40), clients);
    const measured: Record<Variant, Cell>[] = [];
    for (let round = 0; round < rounds; round++) {
      const cells = {} as Record<Variant, Cell>;
      // Another variant begins each round, so that none always follows the same one.
      for (const [index] of variants.entries()) {
        const variant = variants[(index + round) % variants.length] as Variant;
        cells[variant] = await cell(stage, variant, String(round), cases, clients);
      }
      measured.push(cells);
      say(`round ${round + 1} of ${rounds}`);
    }
    const histories = {} as Record<Variant, HistorySize>;
    for (const variant of variants) histories[variant] = await historySize(stage, variant);
    return { rows: rowsOf(measured, histories), temporal: stage.serverVersion };
  } finally {
    await stage.close();
  }
}

/** Runs the cases of one variant and says what they cost. */
async function cell(stage: Stage, variant: Variant, round: string, cases: number, clients: number): Promise<Cell> {
  const { type, args } = startOf(variant);
  const client = stage.clients[variant];
  const before = stage.cpu(variant);
  const took = await load(cases, clients, async (index) => {
    const workflowId = `${variant}-${round}-${index}`;
    const result = (await client.workflow.execute(type, { taskQueue: "cases", workflowId, args })) as { outcome?: string };
    if (result.outcome !== "granted") throw new Error(`${workflowId} ended with ${result.outcome}: the bench measures something else`);
  });
  // The server writes its visibility records a little later.
  await new Promise((resolve) => setTimeout(resolve, 300));
  return { load: took, cpu: difference(stage.cpu(variant), before) };
}

const difference = (after: Cpu, before: Cpu): Cpu => ({
  worker: after.worker - before.worker,
  server: after.server - before.server,
  database: after.database - before.database,
});

async function historySize(stage: Stage, variant: Variant): Promise<HistorySize> {
  const handle = stage.clients[variant].workflow.getHandle(`${variant}-0-0`);
  const [{ events }, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
  return {
    events: events?.length ?? 0,
    workflowTasks: events?.filter((event) => event.workflowTaskCompletedEventAttributes).length ?? 0,
    bytes: Number(raw.workflowExecutionInfo?.historySizeBytes ?? 0),
  };
}

async function main(): Promise<void> {
  const asked = readArguments(numbers, texts);
  if (asked.help) return out(helpText("overhead", about, numbers, texts));
  const machine = thisMachine();
  const { rows, temporal } = await measure(asked);
  const { rounds, cases, clients } = asked.numbers;
  const enough = rounds >= ENOUGH_PAIRS && asked.texts.profile === undefined;
  const core = rows.find((row) => row.variant === "core");
  if (!core) throw new Error("the case core was not measured");
  const tell = asked.json ? say : out;
  tell(`\n${tableOf(rows)}\n`);
  tell(
    `CPU of worker, Temporal ${temporal} and PostgreSQL; ratio = median over ${rounds} alternating rounds of ${cases} cases (${clients} at a time), with its 95% interval.`,
  );
  if (!enough) tell(`NOT A FIGURE: it needs at least ${ENOUGH_PAIRS} rounds, without profiling.`);
  if (asked.write && enough) keepResult("overhead", { machine, temporal, rounds, cases, clients, rows });
  const { ratio, target = 0 } = core;
  if (asked.json) {
    const figure = { ratio: ratio.median, interval: ratio.interval, target, withinTarget: ratio.median <= target };
    out(JSON.stringify({ bench: "overhead", ...figure, rounds, enough, cases, clients, machine, temporal, rows }));
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench overhead: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = error instanceof TypeError ? 2 : 1;
}
