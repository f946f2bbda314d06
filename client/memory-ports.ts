/** Engine, register and catalogue in memory: what unit tests of gateway and command line stand on. Typed by the ports, with no rule of their own. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { CaseStart, Message, MessageAnswer, Repair } from "../cases/message.ts";
import type { CaseStatus, ParkedProblem } from "../cases/status.ts";
import type { AttachmentRef } from "../connectors/shared-types.ts";
import type { EffectRow } from "../register/effects.ts";
import type { EvidenceEntry } from "../register/evidence.ts";
import type { CauseCount, SilentCase } from "../register/problems.ts";
import { RegisterError } from "../register/errors.ts";
import type { GateRow } from "../register/gates.ts";
import type { Adoption, Position } from "./definitions-client.ts";
import type { CaseEngine, Trouble } from "./engine.ts";
import { DarsenaError } from "./errors.ts";
import type { CloseGate, OpenGate, SystemGate, Systems } from "./systems.ts";
import { memoryDefinitions } from "./memory-definitions.ts";
import type { CaseRegister, ServiceCatalogue } from "./ports.ts";

/** A status with what every status has; tests say the rest. */
export const aStatus = (caseId: string, parts: Partial<CaseStatus> = {}): CaseStatus => ({
  case: caseId,
  service: "disabled-parking-pass",
  title: { en: "Disabled parking pass", it: "Contrassegno unificato disabili" },
  office: "mobilityPermits",
  channel: "api",
  receipt: { number: "2026/000001", at: "2026-11-22T09:30:00Z" },
  state: "running",
  number: 1,
  updatedAt: "2026-11-22T09:30:00Z",
  steps: [],
  history: [],
  actions: [],
  documents: [],
  version: "0".repeat(64),
  ...parts,
});

/** A register in memory; `publish` is what a case does. */
export interface MemoryRegister extends CaseRegister {
  publish(status: CaseStatus): void;
  /** Reserved rows by case id. */
  rows: Map<string, Row>;
  /** The gates that supervisors published. */
  gateRows: GateRow[];
  /** What else the register holds, for tests to fill. */
  kept: { effects: EffectRow[]; evidence: EvidenceEntry[]; silent: SilentCase[] };
  /** Where open cases stand, as tests say. */
  positions: Position[];
  /** While true, every call fails as with a database that is away. */
  down: boolean;
}

type Row = Parameters<CaseRegister["cases"]["reserve"]>[0] & { confirmed: boolean };

/** Opens an empty register in memory. */
export function memoryRegister(): MemoryRegister {
  const rows = new Map<string, Row>();
  const statuses = new Map<string, CaseStatus>();
  const listeners = new Set<() => void>();
  const up = () => {
    if (register.down) throw new RegisterError("REGISTER_UNREACHABLE", "The register cannot be reached.");
  };
  const register: MemoryRegister = {
    down: false,
    positions: [],
    rows,
    kept: { effects: [], evidence: [], silent: [] },
    publish(status) {
      if (status.number > (statuses.get(status.case)?.number ?? 0)) statuses.set(status.case, status);
      for (const listener of listeners) listener();
    },
    cases: {
      async reserve(row) {
        up();
        const known = [...rows.values()].find((one) => one.channel === row.channel && one.keyHash === row.keyHash);
        if (known)
          return { caseId: known.caseId, verdict: known.bodyHash === row.bodyHash ? "same" : "other-body", confirmed: known.confirmed };
        rows.set(row.caseId, { ...row, confirmed: false });
        return { caseId: row.caseId, verdict: "new", confirmed: false };
      },
      async confirm(caseId) {
        up();
        const row = rows.get(caseId);
        if (row) row.confirmed = true;
        return row !== undefined;
      },
      async status(caseId) {
        up();
        return statuses.get(caseId);
      },
      async known(caseId) {
        up();
        const row = rows.get(caseId);
        return row && (row.confirmed ? "confirmed" : "unconfirmed");
      },
      waitFor: (caseId, number, timeoutMs) =>
        new Promise((resolve) => {
          const look = (late: boolean) => {
            const status = statuses.get(caseId);
            if (!late && (status === undefined || status.number < number)) return;
            clearTimeout(timer);
            listeners.delete(listener);
            resolve(status);
          };
          const listener = () => look(false);
          const timer = setTimeout(look, timeoutMs, true).unref();
          listeners.add(listener);
          look(false);
        }),
      async list({ service, state, limit = 50 } = {}) {
        up();
        const all = [...statuses.values()].filter((one) => (service ?? one.service) === one.service && (state ?? one.state) === one.state);
        return { items: all.slice(0, limit).map(summary) };
      },
      dropUnconfirmed: async () => 0,
      positions: async () => [...register.positions],
    },
    gates: memoryGates(up, () => register.gateRows),
    gateRows: [],
    definitions: memoryDefinitions(up),
    attachments: memoryAttachments(),
    effects: { ofCase: async (caseId) => (up(), register.kept.effects.filter((row) => row.caseId === caseId)) },
    evidence: { ofCase: async (caseId) => (up(), register.kept.evidence.filter((entry) => entry.caseId === caseId)) },
    problems: memoryProblems(up, statuses, () => register.kept.silent),
  };
  return register;
}

const causesOf = (statuses: CaseStatus[]): CauseCount[] =>
  [...new Set(statuses.flatMap(({ problem }) => problem?.code ?? []))].map((cause) => {
    const all = statuses.filter(({ problem }) => problem?.code === cause);
    const [first] = all.toSorted((a, b) => String(a.problem?.since).localeCompare(String(b.problem?.since)));
    const { case: example = "", problem } = first ?? {};
    const told = { oldest: problem?.since ?? "", example, title: problem?.title ?? "" };
    return { cause, count: all.length, atRisk: 0, services: [...new Set(all.map(({ service }) => service))], ...told };
  });

const summary = ({ case: id, service, receipt, state, waitingFor, step, office, version, updatedAt }: CaseStatus) => ({
  case: id,
  service,
  receipt,
  state,
  ...(waitingFor === undefined ? {} : { waitingFor }),
  ...(step === undefined ? {} : { step }),
  ...(office === undefined ? {} : { office }),
  version,
  updatedAt,
});

const memoryProblems = (
  up: () => void,
  statuses: ReadonlyMap<string, CaseStatus>,
  silent: () => SilentCase[],
): CaseRegister["problems"] => ({
  causes: async () => (up(), causesOf([...statuses.values()])),
  parked: async (_municipality, { cause, limit, after = "" }) =>
    [...statuses.values()]
      .filter((one) => one.problem?.code === cause && one.case > after)
      .toSorted((a, b) => a.case.localeCompare(b.case))
      .slice(0, limit)
      .map((one) => ({ case: one.case, service: one.service, number: one.number, problem: one.problem as ParkedProblem })),
  silent: async () => ({ cases: silent(), of: silent().length }),
});

const memoryGates = (up: () => void, rows: () => GateRow[]): CaseRegister["gates"] => ({
  async all() {
    up();
    return rows();
  },
});

function memoryAttachments(): CaseRegister["attachments"] {
  const files = new Map<string, { ref: AttachmentRef; bytes: Buffer }>();
  return {
    async receive(stream, { name, mediaType, maxBytes }) {
      const whole = Buffer.concat(await stream.toArray());
      if (whole.length > maxBytes) throw new RegisterError("ATTACHMENT_TOO_LARGE", "the file is too large");
      const id = `att-${(files.size + 1).toString().padStart(8, "0")}`;
      const ref = { id, sha256: createHash("sha256").update(whole).digest("hex"), bytes: whole.length, mediaType, name };
      files.set(id, { ref, bytes: whole });
      return ref;
    },
    find: async (id) => files.get(id)?.ref,
    open: async ({ id }) => Readable.from([files.get(id)?.bytes ?? ""]),
  };
}

/** An engine that records what it is told; `answer` decides on messages and repairs. */
export interface MemoryEngine extends CaseEngine {
  started: Map<string, CaseStart & { service: string }>;
  troubles: Map<string, Trouble>;
  told: { caseId: string; message: Message | Repair | Adoption }[];
  answer(caseId: string, message: Message | Repair | Adoption): MessageAnswer | undefined;
  down: boolean;
}

/** Opens an engine in memory without cases. */
export function memoryEngine(): MemoryEngine {
  const up = () => {
    if (engine.down) throw new DarsenaError("TEMPORAL_UNAVAILABLE");
  };
  const tell = async (caseId: string, message: Message | Repair | Adoption) => {
    up();
    engine.told.push({ caseId, message });
    return engine.answer(caseId, message);
  };
  const engine: MemoryEngine = {
    started: new Map(),
    told: [],
    down: false,
    answer: (caseId) => (engine.started.has(caseId) ? { accepted: true, number: 2 } : undefined),
    async start(caseId, service, _title, start) {
      up();
      engine.started.set(caseId, { service, ...start });
    },
    message: tell,
    repair: tell,
    adopt: tell,
    status: async () => up() as undefined,
    async described(caseId) {
      up();
      const start = engine.started.get(caseId);
      return start && { service: start.service, startedAt: "2026-11-22T09:30:00Z", failed: false };
    },
    troubles: new Map(),
    async trouble(caseId) {
      up();
      return engine.troubles.get(caseId);
    },
    ping: async () => up(),
  };
  return engine;
}

/** One service that wants `plate`. */
export const memoryCatalogue: ServiceCatalogue = {
  services: async () => [
    {
      service: "disabled-parking-pass",
      title: { en: "Disabled parking pass", it: "Contrassegno unificato disabili" },
      area: "mobility",
      office: "mobilityPermits",
      term: "P30D",
    },
  ],
  describe: async (id) =>
    id === "disabled-parking-pass"
      ? {
          service: id,
          title: { en: "Disabled parking pass", it: "Contrassegno unificato disabili" },
          area: "mobility",
          office: "mobilityPermits",
          legal: { term: "P30D" },
          requestSchema: { type: "object", required: ["plate"], properties: { plate: { type: "string" } } },
        }
      : undefined,
  checkRequest: async (_id, request) =>
    typeof request["plate"] === "string" ? [] : [{ field: "plate", en: "is required", it: "è obbligatorio" }],
  compiled: () => undefined,
  refresh: () => {},
};

/** Systems in memory: one, whose gate is as it was told last. */
export interface MemorySystems extends Systems {
  told: (CloseGate | OpenGate)[];
}

/** Opens systems in memory with an open protocol. */
export function memorySystems(): MemorySystems {
  let gate: SystemGate = { system: "protocol", queue: "system.protocol.default", gate: "open", waiting: 0, served: true };
  const told: (CloseGate | OpenGate)[] = [];
  const tell = (system: string, command: CloseGate | OpenGate, after: Partial<SystemGate>) => {
    if (system !== gate.system) throw new DarsenaError("SYSTEM_NOT_FOUND");
    const before = gate;
    told.push(command);
    gate = { ...gate, ...after };
    return before;
  };
  return {
    told,
    list: async () => [gate],
    close: async (system, command) => tell(system, command, { gate: "closed", rate: 0, reason: command.reason }),
    open: async (system, command = { by: "an operator" }) => tell(system, command, { gate: "open" }),
  };
}
