/** The REST gateway: routes, documentation and errors over a `CasesClient`. It listens to nothing by itself. */
import { randomUUID } from "node:crypto";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import fastify, { type FastifyInstance } from "fastify";
import { jsonSchemaTransform, jsonSchemaTransformObject, serializerCompiler, type ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import type { CasesClient } from "../cases-client.ts";
import type { Systems } from "../systems.ts";
import { actRoutes } from "./act-routes.ts";
import { attachmentRoutes } from "./attachment-routes.ts";
import { caseRoutes } from "./case-routes.ts";
import { definitionRoutes } from "./definition-routes.ts";
import { localOnly } from "./local-only.ts";
import { answerErrors, readByZod } from "./problems.ts";
import { repairRoutes } from "./repair-routes.ts";
import { logCalls } from "./request-log.ts";
import { serviceRoutes } from "./service-routes.ts";
import { systemRoutes } from "./system-routes.ts";

/** What a gateway is made of. */
export interface GatewayDeps {
  cases: CasesClient;
  systems: Systems;
  log: Logger;
  /** False where the network is trusted (DARSENA_TRUSTED_NETWORK=1). */
  loopbackOnly: boolean;
  /** Of a JSON body; 1 MiB unless told. */
  bodyLimitBytes?: number;
  /** Of a file; 50 MiB unless told. */
  attachmentLimitBytes?: number;
  version?: string;
}

/** Builds the gateway; call `listen` on it, or `inject` in tests. */
export async function gateway(deps: GatewayDeps): Promise<FastifyInstance> {
  const app = fastify({
    logger: false,
    bodyLimit: deps.bodyLimitBytes ?? 1024 * 1024,
    requestTimeout: 300_000,
    genReqId: () => randomUUID(),
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 250 },
  });
  app.setValidatorCompiler(readByZod);
  app.setSerializerCompiler(serializerCompiler);
  answerErrors(app, deps.log);
  logCalls(app, deps.log);
  if (deps.loopbackOnly) localOnly(app);
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  });
  await app.register(swagger, {
    openapi: { openapi: "3.1.0", info: about(deps.version ?? "0.1.0"), tags: sections },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  });
  await app.register(swaggerUi, { routePrefix: "/docs", uiConfig: { docExpansion: "list", defaultModelsExpandDepth: 0 } });
  const typed = app.withTypeProvider<ZodTypeProvider>();
  await typed.register(serviceRoutes(deps.cases));
  await typed.register(definitionRoutes(deps.cases));
  await typed.register(caseRoutes(deps.cases));
  await typed.register(actRoutes(deps.cases));
  await typed.register(repairRoutes(deps.cases));
  await typed.register(attachmentRoutes(deps.cases, deps.attachmentLimitBytes ?? 50 * 1024 * 1024));
  await typed.register(systemRoutes(deps.systems));
  app.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  await app.ready();
  return app;
}

const about = (version: string) => ({
  title: "Darsena",
  version,
  description:
    "Requests to a municipality's services, as durable cases. Start one, read its status, answer what it waits for. " +
    "Errors are RFC 9457 problems with a `code`; those about fields name them in `errors`, in English and Italian. " +
    "Every call is safe to repeat: a start by its Idempotency-Key, an act by its id.",
});

const sections = [
  { name: "services", description: "What the municipality offers" },
  { name: "versions", description: "Definitions of services, by content: publish, go back, and what it means for open cases" },
  { name: "cases", description: "Requests to a service" },
  { name: "acts", description: "What people say to a case" },
  { name: "repair", description: "What operators look at before they repair a case" },
  { name: "attachments", description: "Files, by reference" },
  { name: "systems", description: "Which of the municipality's systems take calls" },
  { name: "health", description: "Whether it runs" },
];
