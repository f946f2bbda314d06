/**
 * Versions under load: 500 open cases over three versions, half of them adopt the newest, the service is rolled back, all finish, and the history of
 * every run replays.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import { Overlay, YamlService } from "../catalogue/definition.ts";
import { canonicalJson } from "../catalogue/json-value.ts";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { MessageAnswer } from "../cases/message.ts";
import type { Json } from "../connectors/json.ts";
import { replay, writeHistories } from "./replaying.ts";
import { type Rig, startRig, type TestCase } from "./rig.ts";

const CASES = Number(process.env["DARSENA_TEST_CASES"] ?? 500);
const SERVICE = "street-party";
const by = { by: "Test Operator (unverified)", reason: "test" };

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.startWorker();
}, 120_000);
afterAll(() => rig?.stop());

const overlay = Overlay.parse(parse(readFileSync("municipalities/milano.yaml", "utf8")));

/** A version of a small service; `fields` are those of its form. */
function definition(fields: Record<string, string>, title: string) {
  const service = YamlService.parse({
    darsena: 1,
    service: SERVICE,
    title: { en: title, it: title },
    area: "events",
    office: "culture",
    legal: { term: "P30D" },
    request: { name: "Text" },
    applicant: "request.name",
    steps: [
      { id: "decision", decide: { office: "culture", outcomes: { grant: { title: { en: "Grant", it: "Concedi" }, form: fields } } } },
    ],
    outcome: '"granted"',
  });
  const pinned = { service, overlay: { ...overlay, durations: { ...overlay.durations, "disabled-parking-pass.paid": "PT1S" } } };
  return {
    ...pinned,
    version: createHash("sha256")
      .update(canonicalJson(pinned as unknown as Json))
      .digest("hex"),
  };
}

type Definition = ReturnType<typeof definition>;

async function publish({ service, overlay, version }: Definition): Promise<void> {
  await rig.register.definitions.publish({ version, service: SERVICE, municipality: "milano", definition: { service, overlay } }, by);
  // Every worker reads what new cases take at most two seconds later.
  await new Promise((resolve) => setTimeout(resolve, 2_200));
}

/** At most 25 at a time: what a busy counter does, and what a small machine bears. */
async function forAll<T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as T, index);
  };
  await Promise.all(Array.from({ length: 25 }, lane));
  return results;
}

const start = async (count: number): Promise<TestCase[]> =>
  forAll(Array.from({ length: count }), async () => {
    const c = await rig.start(SERVICE, { name: "Festa inventata" });
    await c.until("it waits for the office", (status) => status.state === "waiting", 60_000);
    return c;
  });

const adopt = (c: TestCase, to: Definition) =>
  c.handle.executeUpdate<MessageAnswer, [object]>("adopt", {
    args: [{ id: `adopt-${to.version.slice(0, 8)}`, version: to.version, service: to.service, ...by }],
  });

/** Every run of these cases replays by this build; one that adopted has two. */
async function expectReplay(cases: readonly TestCase[], runs: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "darsena-versions-"));
  try {
    const names = (await forAll(cases, (c) => writeHistories(rig, c, folder))).flat();
    expect(names).toHaveLength(runs);
    const results = await replay(folder);
    expect([...results.keys()].toSorted()).toEqual(names.toSorted());
    expect([...results].filter(([, error]) => error !== undefined)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("500 open cases over three versions: half adopt the newest, the service is rolled back, all finish, and every history replays", async () => {
  const versions = [
    definition({}, "First"),
    definition({ note: "Text?" }, "Second"),
    definition({ note: "Text?", noise: "Boolean?" }, "Third"),
  ] as const;
  const cases: TestCase[][] = [];
  for (const [index, version] of versions.entries()) {
    await publish(version);
    cases.push(await start(Math.floor(CASES / 3) + (index === 0 ? CASES % 3 : 0)));
  }
  const [first, second, third] = cases as [TestCase[], TestCase[], TestCase[]];
  const adopters = first
    .slice(0, Math.ceil(CASES / 2))
    .concat(second)
    .slice(0, Math.ceil(CASES / 2));
  await forAll(adopters, (c) => adopt(c, versions[2]));
  await forAll(adopters, (c) =>
    c.until("it has the newest version", (status) => status.version === versions[2].version && status.state === "waiting", 60_000),
  );
  const left = [...first, ...second].filter((c) => !adopters.includes(c));
  for (const c of left) expect([versions[0].version, versions[1].version]).toContain((await c.status()).version);

  // Back to the first: new cases take it, open ones keep theirs.
  await rig.register.definitions.point("milano", SERVICE, "current", versions[0].version, by);
  await new Promise((resolve) => setTimeout(resolve, 2_200));
  const [after] = await start(1);
  expect(await after?.status()).toMatchObject({ version: versions[0].version, title: { en: "First" } });

  const all = [...first, ...second, ...third, after as TestCase];
  const closed = await forAll(all, async (c) => {
    await c.send({ name: "decision", for: "decision.1", body: { outcome: "grant", form: {} }, from: "office:test" });
    return c.closed(60_000);
  });
  expect(closed.map((status) => status.outcome)).toEqual(all.map(() => "granted"));
  expect(new Set(closed.slice(0, CASES).map((status) => status.receipt.number)).size).toBe(CASES);
  expect(closed.filter((status) => status.version === versions[2].version)).toHaveLength(adopters.length + third.length);
  await expectReplay(all, all.length + adopters.length);
}, 600_000);
