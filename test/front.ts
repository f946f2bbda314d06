/** An HTTP front before a simulator: it can go away and come back on its port, be slow, and knows when requests came and how many it held at one time. */
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface Front {
  readonly url: string;
  /** Added to each request. */
  delayMs: number;
  /** Requests held at one time, at most, since it was set to 0 last. */
  most: number;
  /** Requests that are held now. */
  readonly held: number;
  /** When each request came, and what it asked for (its SOAP action, or method and path). */
  readonly arrivals: { at: number; what: string }[];
  /** Connections are refused from now on. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** A front on a port of its own, up. */
export async function startFront(target: string): Promise<Front> {
  let server: Server | undefined;
  let port = 0;
  let held = 0;
  const listen = async () => {
    const made = createServer((incoming, outgoing) => {
      held += 1;
      const { soapaction } = incoming.headers;
      front.arrivals.push({ at: Date.now(), what: typeof soapaction === "string" ? soapaction : `${incoming.method} ${incoming.url}` });
      front.most = Math.max(front.most, held);
      outgoing.once("close", () => {
        held -= 1;
      });
      void pause(front.delayMs).then(() => {
        const { method, headers, url } = incoming;
        const onward = request(`${target}${url ?? ""}`, { method, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        onward.once("error", () => outgoing.destroy());
        incoming.pipe(onward);
      });
    });
    await new Promise<void>((resolve, reject) => {
      made.once("error", reject);
      made.listen(port, "127.0.0.1", resolve);
    });
    ({ port } = made.address() as AddressInfo);
    server = made;
  };
  const front: Front = {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    delayMs: 0,
    most: 0,
    get held() {
      return held;
    },
    arrivals: [],
    down: () =>
      new Promise((resolve) => {
        if (!server) return resolve();
        server.close(() => resolve());
        server.closeAllConnections();
        server = undefined;
      }),
    up: async () => {
      if (!server) await listen();
    },
  };
  await listen();
  return front;
}
