/** Cases of a generated city, run in memory: each is opened, decided and closed. */
import type { Catalogue } from "../../catalogue/catalogue.ts";
import { isHandWritten } from "../../catalogue/definition.ts";
import { Simulation } from "../../cases/simulate.ts";
import { withSamples } from "../../cases/simulation/sample-values.ts";
import { SimulatedSystems } from "../../cases/simulation/systems.ts";
import type { JsonObject } from "../../connectors/json.ts";

/** A request that the n-th generated service takes. */
export function requestFor(n: number): JsonObject {
  const pass = { applicant: "@person", [`kind${n}`]: "new", medicalCertificate: "@file" };
  const patronage = {
    association: "@organisation",
    initiative: "cultural",
    name: "Festa",
    from: "@today+60",
    to: "@today+61",
    description: "Prova",
    programme: "@file",
  };
  return withSamples<JsonObject>(n % 2 === 0 ? pass : patronage, Date.parse("2026-03-02T10:00:00Z"));
}

/** Runs one case of the n-th service to its end; throws when it ends otherwise than granted. */
export async function runCase(catalogue: Catalogue, n: number): Promise<void> {
  const simulation = new Simulation({ systems: new SimulatedSystems({ latencyMs: 1 }), services: (id) => catalogue.pinned(id) });
  const one = simulation.open("case", `service-${n}`, { request: requestFor(n), channel: "bench" });
  await simulation.settle();
  const [question] = one.status().actions;
  const outcome: JsonObject = n % 2 === 0 ? { outcome: "grant", form: { validUntil: "2031-03-01" } } : { outcome: "accept" };
  one.send({ id: "m", for: question?.id ?? "", name: "decision", body: outcome, from: "office", at: one.status().updatedAt });
  await simulation.settle();
  if (one.state.outcome !== "granted")
    throw new Error(`service-${n} ended ${one.state.outcome ?? one.status().state}: the bench measures something else`);
}

/** Steps of a service, those inside others included. */
export function stepsOf(catalogue: Catalogue, id: string): number {
  const service = catalogue.service(id);
  return service && !isHandWritten(service) ? JSON.stringify(service.steps).split('"id":').length - 1 : 0;
}
