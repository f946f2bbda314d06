/** Keeps other machines' names and other sites' pages away from a gateway that has no authorisation yet (DESIGN section 8). */
import type { FastifyInstance } from "fastify";
import { isLoopback } from "../../worker/configuration/loopback.ts";
import { DarsenaError } from "../errors.ts";

/**
 * Refuses calls under a foreign name (a page that rebinds its DNS name to 127.0.0.1) and calls from another site's page:
 * a browser on this machine would otherwise be a way in.
 */
export function localOnly(app: FastifyInstance): void {
  app.addHook("onRequest", async (request) => {
    const { host, origin } = request.headers;
    if (host !== undefined && !isLoopback(host)) throw new DarsenaError("FOREIGN_CALLER");
    if (origin !== undefined && origin !== `http://${host}`) throw new DarsenaError("FOREIGN_CALLER");
  });
}
