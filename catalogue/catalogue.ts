/** The services that one municipality offers, from the compiled catalogue. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FieldIssue } from "../cases/message.ts";
import type { Text } from "../cases/status.ts";
import type { Json, JsonObject } from "../connectors/json.ts";
import { CATALOGUE_FILE } from "./compile.ts";
import { isHandWritten, type Overlay, type Pinned, type Service } from "./definition.ts";
import { issuesOf, jsonSchemaOf } from "./fields.ts";
import { canonicalJson } from "./json-value.ts";
import { applyOverlay, offers, runtimeOverlay } from "./overlay.ts";

export interface ServiceSummary {
  service: string;
  title: Text;
  area: string;
  office: string;
  /** The legal term, an ISO duration. */
  term: string;
  /** Set when the service is written by hand. */
  workflow?: string;
}

/** The definition that a case pins, with the SHA-256 of its canonical JSON. */
export interface PinnedService {
  service: Service;
  overlay: Overlay;
  version: string;
}

export interface CatalogueOptions {
  /** Replaces durations of the overlay, by `<service>.<step>`. */
  durations?: Record<string, string>;
}

export class Catalogue {
  readonly overlay: Overlay;
  readonly #services: ReadonlyMap<string, Service>;
  readonly #pinned = new Map<string, PinnedService>();

  /** Of compiled services (fragments expanded); the overlay's terms, texts and patches are applied here. */
  constructor(services: readonly Service[], overlay: Overlay) {
    this.overlay = runtimeOverlay(overlay);
    const offered = services.filter((service) => offers(overlay, service.service));
    this.#services = new Map(offered.map((service) => [service.service, applyOverlay(service, overlay)]));
  }

  /** The services that this municipality offers. */
  services(): ServiceSummary[] {
    return [...this.#services.values()].map(summaryOf);
  }

  summary(id: string): ServiceSummary | undefined {
    const service = this.#services.get(id);
    return service && summaryOf(service);
  }

  service(id: string): Service | undefined {
    return this.#services.get(id);
  }

  /** A service with what a request to it must hold; undefined when there is none of this id. */
  describe(id: string): (ServiceSummary & { legal: JsonObject; requestSchema: JsonObject }) | undefined {
    const service = this.#services.get(id);
    if (!service) return undefined;
    return { ...summaryOf(service), legal: { ...service.legal }, requestSchema: jsonSchemaOf(service.request) };
  }

  /** What is wrong with a request, per field and in both languages; empty when nothing is. */
  checkRequest(id: string, request: JsonObject): FieldIssue[] {
    const service = this.#services.get(id);
    return service ? issuesOf(service.request, request) : [];
  }

  pinned(id: string): PinnedService | undefined {
    const known = this.#pinned.get(id);
    if (known) return known;
    const service = this.#services.get(id);
    if (!service) return undefined;
    // When a system is open, and how fast it may be called, is no part of what a case was promised.
    const { systems: _today, ...overlay } = this.overlay;
    const pinned = { service, overlay, version: versionOf({ service, overlay }) };
    this.#pinned.set(id, pinned);
    return pinned;
  }
}

const summaryOf = (service: Service): ServiceSummary => ({
  service: service.service,
  title: service.title,
  area: service.area,
  office: service.office,
  term: service.legal.term,
  ...(isHandWritten(service) ? { workflow: service.workflow } : {}),
});

/** The version of a definition: SHA-256 of its canonical JSON. */
export const versionOf = ({ service, overlay }: Pinned): string =>
  createHash("sha256")
    .update(canonicalJson({ service, overlay } as unknown as Json))
    .digest("hex");

/** Reads the compiled catalogue; throws when the folder holds none or the municipality has no overlay. */
export function openCatalogue(folder: string, municipality: string, options: CatalogueOptions = {}): Catalogue {
  const { services, overlays } = JSON.parse(readFileSync(join(folder, CATALOGUE_FILE), "utf8")) as {
    services: Service[];
    overlays: Overlay[];
  };
  const overlay = overlays.find((one) => one.municipality === municipality);
  if (!overlay)
    throw new Error(
      `there is no municipality "${municipality}" in the catalogue; there are ${overlays.map((one) => one.municipality).join(", ")}`,
    );
  return new Catalogue(services, { ...overlay, durations: { ...overlay.durations, ...options.durations } });
}
