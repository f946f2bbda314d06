import { connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { isUnreachable, openRegister, type Register } from "./database.ts";
import type { Intent } from "./effects.ts";
import { type TestRegister, testRegister } from "./testing.ts";

let db: TestRegister;
let proxy: Server;
let register: Register;
const sockets = new Set<Socket>();
/** The next statement that holds this text reaches the server, and its answer is lost with the connection. */
let loseAnswerTo: string | undefined;

beforeAll(async () => {
  db = await testRegister();
  const target = new URL(db.url);
  proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname);
    let lost = false;
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on("data", (bytes) => {
      if (loseAnswerTo !== undefined && bytes.includes(loseAnswerTo)) {
        loseAnswerTo = undefined;
        lost = true;
      }
      server.write(bytes);
    });
    server.on("data", (bytes) => (lost ? client.destroy() : client.write(bytes)));
  });
  await new Promise<void>((resolve) => void proxy.listen(0, "127.0.0.1", resolve));
  const url = new URL(db.url);
  url.port = String((proxy.address() as { port: number }).port);
  register = openRegister(url.href);
});
afterAll(async () => {
  await register.close();
  for (const socket of sockets) socket.destroy();
  proxy.close();
  await db.stop();
});

const intent = (caseId: string): Intent => ({
  key: `${caseId}/registration`,
  send: 1,
  caseId,
  operation: "protocol.register",
  adapter: "docarea",
  inputHash: "input-1",
  deadlineMs: 30_000,
});

test("an intent whose answer is lost on the way back finds its own row, and still only one attempt may send", async () => {
  loseAnswerTo = "effects.intend";
  expect(await register.effects.intend(intent("case-1"))).toBe(true);
  expect(loseAnswerTo).toBeUndefined();
  expect(await register.effects.intend(intent("case-1"))).toBe(false);
  expect(await register.effects.rows("case-1/registration")).toMatchObject([{ state: "intended", attempts: 1 }]);
});

test("an intent moved back from 'not sent' whose answer is lost finds its own row, and counts one attempt more", async () => {
  const one = intent("case-2");
  await register.effects.intend(one);
  await register.effects.settle(one.key, 1, { state: "not-sent", reason: "the session had expired" });
  loseAnswerTo = "effects.intend";
  expect(await register.effects.intend(one)).toBe(true);
  expect(await register.effects.rows(one.key)).toMatchObject([{ state: "intended", attempts: 2 }]);
});

test("a settlement, an opening or a publication whose answer is lost can be repeated", async () => {
  const one = intent("case-3");
  await register.effects.intend(one);
  loseAnswerTo = "effects.settle";
  const lost = await register.effects.settle(one.key, 1, { state: "done", output: 1 }).catch((error: unknown) => error);
  expect(isUnreachable(lost)).toBe(true);
  expect(await register.effects.settle(one.key, 1, { state: "done", output: 1 })).toBe("kept");
  const opening = {
    caseId: "case-3",
    firstRunId: "run-1",
    service: "patronage-request",
    municipality: "lecco",
    channel: "portal",
    applicant: null,
    version: "c",
  };
  loseAnswerTo = "cases.open";
  expect(isUnreachable(await register.cases.open(opening).catch((error: unknown) => error))).toBe(true);
  expect(await register.cases.open(opening)).toMatchObject({ receipt: { number: expect.stringMatching(/^LECCO-\d{4}-000001$/) } });
});

test("while the database is away an intent fails at once as unreachable, and afterwards the same register works again", async () => {
  await db.kill();
  const began = Date.now();
  const away = await db.register.effects.intend(intent("case-4")).catch((error: unknown) => error);
  expect(isUnreachable(away)).toBe(true);
  expect(Date.now() - began).toBeLessThan(1_000);
  await db.restart();
  expect(await db.register.effects.intend(intent("case-4"))).toBe(true);
});
