/** The definitions of services for programs: versions, which one new cases take, and moving open cases from one to another. */
import type { Overlay, Pinned, Service } from "../catalogue/definition.ts";
import type { CaseStateName, WaitingFor } from "../cases/status.ts";

/** A version of a service. */
export interface VersionSummary {
  /** SHA-256 of the canonical resolved definition. */
  version: string;
  /** When the register first held it; absent for this build's version that no case has taken yet. */
  keptAt?: string;
  /** Absent while it came with a build and was never published. */
  publishedAt?: string;
  publishedBy?: string;
  reason?: string;
  openCases: number;
  aliases: { alias: string; setAt: string; setBy: string; reason?: string }[];
}

/** All versions of a service that are kept, the latest first. */
export interface ServiceVersions {
  service: string;
  municipality: string;
  /** What new cases take; absent when there is neither a published version nor one of this build. */
  current?: string;
  /** The version that the gateway's build holds. */
  compiled?: string;
  items: VersionSummary[];
}

/** A definition to publish. */
export interface Publication {
  definition: Pinned;
  by: string;
  reason: string;
}

/** What a publication or a rollback came to. */
export interface CurrentVersion {
  service: string;
  /** What new cases take from now on. */
  version: string;
  /** What they took before; absent when the service is new. */
  before?: string;
  /** False when it was so already. */
  changed: boolean;
}

/** What setting an alias came to: a name of one's own for a version, to be given wherever a version is. */
export interface SetAlias {
  service: string;
  alias: string;
  version: string;
  /** Where it pointed before. */
  before?: string;
  /** False when it pointed there already. */
  changed: boolean;
}

/** Open cases that are alike: of one version, at one step, with the same steps behind them. */
export interface Position {
  version?: string;
  state: CaseStateName;
  waitingFor?: WaitingFor;
  step?: string;
  /** Paths of finished steps, without indices of `forEach`. */
  finished: string[];
  begun: string[];
  count: number;
  /** One of them. */
  example: string;
}

/** An operator moves a case to another version of its service; an id is filled in unless told. */
export interface NewAdoption {
  id?: string;
  version: string;
  by: string;
  reason: string;
}

/** Argument of the workflow's update `adopt`. */
export interface Adoption {
  /** The same id gets the recorded answer again. */
  id: string;
  version: string;
  service: Service;
  overlay: Overlay;
  by: string;
  reason: string;
}

/** Reads and changes definitions. Every method rejects with a `DarsenaError` and nothing else. */
export interface DefinitionsClient {
  /** Rejects with UNKNOWN_SERVICE. */
  versions(service: string): Promise<ServiceVersions>;
  /** Rejects with VERSION_NOT_FOUND. */
  definition(service: string, version: string): Promise<Pinned>;
  /** Checks and keeps the definition, and lets new cases take it within two seconds. Rejects with INVALID_DEFINITION. Open cases stay as they are. */
  publish(service: string, publication: Publication): Promise<CurrentVersion>;
  /** Lets new cases take a version that is kept. Rejects with VERSION_NOT_FOUND. */
  setCurrent(service: string, to: { version: string; by: string; reason: string }): Promise<CurrentVersion>;
  /** Points a name of one's own at a version that is kept; what new cases take is `setCurrent`. Rejects with VERSION_NOT_FOUND. */
  setAlias(service: string, to: { alias: string; version: string; by: string; reason: string }): Promise<SetAlias>;
  /** Where the open cases stand. Rejects with UNKNOWN_SERVICE. */
  positions(service: string): Promise<Position[]>;
}
