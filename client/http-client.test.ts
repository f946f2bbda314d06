/** The typed client before a gateway that dies while it answers. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { DarsenaError } from "./errors.ts";
import { httpClient } from "./http-client.ts";

let server: Server;
let url = "";
beforeAll(async () => {
  // The head promises more than comes.
  server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write('{"case": "disabled-parking-pass-2026');
    setTimeout(() => response.destroy(), 20);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

test("an answer that breaks off is no answer: the caller is told to repeat the call, whatever it was", async () => {
  const client = httpClient(url);
  const calls = [
    client.startCase({ service: "disabled-parking-pass", request: {} }),
    client.status("c-1"),
    client.send("c-1", { name: "payment", body: {} }),
    client.health(),
    client.list(),
  ];
  const errors = await Promise.all(calls.map((call: Promise<unknown>) => call.catch((one: unknown) => one)));
  for (const error of errors) expect(error).toBeInstanceOf(DarsenaError);
  expect(errors.map((error) => (error as DarsenaError).code)).toEqual(calls.map(() => "UNREACHABLE"));
});
