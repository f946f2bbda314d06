/**
 * The services as new cases take them: the version that the register's alias `current` points to, otherwise the one of this build.
 * Read from the register at most every two seconds; a version is named by its content and is read once.
 */
import type { FieldIssue } from "../cases/message.ts";
import type { JsonObject } from "../connectors/json.ts";
import { Catalogue, type PinnedService, type ServiceSummary } from "./catalogue.ts";
import type { Pinned } from "./definition.ts";

/** What the register keeps of definitions (`register/definitions.ts`). */
export interface DefinitionsPort {
  aliases(municipality: string): Promise<ReadonlyMap<string, string>>;
  definition(version: string): Promise<{ definition: Pinned } | undefined>;
  keep(kept: { version: string; service: string; municipality: string; definition: Pinned }): Promise<void>;
}

/** A service with what a request to it must hold. */
export type DescribedService = NonNullable<ReturnType<Catalogue["describe"]>>;

/** The services that may change while a process runs. Safe for calls at the same time. */
export interface CurrentServices {
  /** What a new case pins, kept in the register from then on; undefined when there is no such service. Rejects when the register cannot be reached. */
  pinned(id: string): Promise<PinnedService | undefined>;
  /** A version that some case pinned before. Rejects when the register does not hold it. */
  pinnedAs(id: string, version: string): Promise<PinnedService>;
  /** Ids of all services. */
  services(): Promise<ServiceSummary[]>;
  describe(id: string): Promise<DescribedService | undefined>;
  /** What is wrong with a request to the current version; empty when nothing is. */
  checkRequest(id: string, request: JsonObject): Promise<FieldIssue[]>;
}

const FRESH_MS = 2_000;

/** The catalogue of a build with the register's aliases over it. */
export class CurrentCatalogue implements CurrentServices {
  readonly #compiled: Catalogue;
  readonly #definitions: DefinitionsPort;
  readonly #now: () => number;
  /** By version: immutable. */
  readonly #read = new Map<string, Catalogue>();
  readonly #kept = new Set<string>();
  #aliases: { at: number; map: ReadonlyMap<string, string> } | undefined;
  #asking: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(compiled: Catalogue, definitions: DefinitionsPort, now: () => number = () => performance.now()) {
    this.#compiled = compiled;
    this.#definitions = definitions;
    this.#now = now;
  }

  async pinned(id: string): Promise<PinnedService | undefined> {
    const version = (await this.#current()).get(id);
    const found = version === undefined ? this.#compiled.pinned(id) : await this.#pinnedAs(id, version);
    if (found && !this.#kept.has(found.version)) {
      const { service, overlay } = found;
      const { municipality } = this.#compiled.overlay;
      await this.#definitions.keep({ version: found.version, service: id, municipality, definition: { service, overlay } });
      this.#kept.add(found.version);
    }
    return found;
  }

  async pinnedAs(id: string, version: string): Promise<PinnedService> {
    return this.#pinnedAs(id, version);
  }

  async services(): Promise<ServiceSummary[]> {
    const compiled = this.#compiled.services().map(({ service }) => service);
    const published = [...(await this.#lastKnown()).keys()].filter((id) => !compiled.includes(id));
    const all = await Promise.all([...compiled, ...published].map(async (id) => (await this.#holding(id)).summary(id)));
    return all.filter((one) => one !== undefined);
  }

  async describe(id: string): Promise<DescribedService | undefined> {
    return (await this.#holding(id)).describe(id);
  }

  async checkRequest(id: string, request: JsonObject): Promise<FieldIssue[]> {
    return (await this.#holding(id)).checkRequest(id, request);
  }

  /** What this build holds, whatever is published. */
  compiled(id: string): PinnedService | undefined {
    return this.#compiled.pinned(id);
  }

  /** Forgets what it read, so that the next call sees what was just published. */
  refresh(): void {
    this.#aliases = undefined;
  }

  /** The catalogue that holds a service's current version; while the register is away, the last one known. */
  async #holding(id: string): Promise<Catalogue> {
    const version = (await this.#lastKnown()).get(id);
    if (version === undefined) return this.#compiled;
    return this.#read.get(version) ?? (await this.#readVersion(version).catch(() => undefined)) ?? this.#compiled;
  }

  async #pinnedAs(id: string, version: string): Promise<PinnedService> {
    const catalogue = this.#read.get(version) ?? (await this.#readVersion(version));
    const found = catalogue?.pinned(id);
    // The register's copy is what the version names, or it is not used.
    if (found?.version !== version) throw new Error(`the register's definition of ${id} is not the version ${version}`);
    this.#kept.add(version);
    return found;
  }

  async #readVersion(version: string): Promise<Catalogue | undefined> {
    const kept = await this.#definitions.definition(version);
    if (!kept) return undefined;
    const catalogue = new Catalogue([kept.definition.service], kept.definition.overlay);
    this.#read.set(version, catalogue);
    return catalogue;
  }

  async #lastKnown(): Promise<ReadonlyMap<string, string>> {
    return this.#current().catch(() => this.#aliases?.map ?? new Map());
  }

  async #current(): Promise<ReadonlyMap<string, string>> {
    if (this.#aliases && this.#now() - this.#aliases.at < FRESH_MS) return this.#aliases.map;
    // One question at a time, whoever asks.
    this.#asking ??= this.#definitions
      .aliases(this.#compiled.overlay.municipality)
      .then((map) => {
        this.#aliases = { at: this.#now(), map };
        return map;
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }
}
