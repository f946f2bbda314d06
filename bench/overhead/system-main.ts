/** The systems of the bench: one HTTP service in a process of its own, whose CPU is nobody's. Prints its port when it listens. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answers } from "./six-calls.ts";

const bodies = new Map(Object.entries(answers).map(([operation, answer]) => [`/${operation}`, Buffer.from(JSON.stringify(answer))]));

const server = createServer((incoming, outgoing) => {
  incoming.resume();
  incoming.once("end", () => {
    const body = bodies.get(incoming.url ?? "");
    outgoing.writeHead(body ? 200 : 404, { "content-type": "application/json" }).end(body ?? "{}");
  });
});
server.listen(0, "127.0.0.1", () =>
  process.stdout.write(`${JSON.stringify({ ready: true, port: (server.address() as AddressInfo).port })}\n`),
);
