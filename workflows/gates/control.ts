/** The supervisor's own activities; the worker fulfils them. Types only. */
import type { Desired } from "./messages.ts";

export interface ApplyGate {
  system: string;
  desired: Desired;
  /** The reason as the Temporal UI shows it, with the end in local time. */
  told: string;
  /** Rises with each change: the register ignores a lower one. */
  number: number;
  /** ISO instant of the change. */
  since: string;
}

export interface Applied {
  enforcedBy: "queue" | "register";
  /** False while the register could not be told; the limit itself holds. */
  published: boolean;
}

export interface FoundGate {
  /** Why it was closed, when that was for wrong settings. */
  misconfigured?: string;
  /** Whether any limit holds, or nobody can tell. */
  limited: boolean;
  /** The number of the last change that the register knows. */
  number: number;
}

export interface GateControl {
  /** Sets the queue's rate and reads it back, then tells the register. Rejects until one of the two holds the limit. */
  "gate.apply": (wanted: ApplyGate) => Promise<Applied>;
  /** What holds before a supervisor's first decision: a gate may have been closed for wrong settings while none ran. */
  "gate.find": (system: string) => Promise<FoundGate>;
}
