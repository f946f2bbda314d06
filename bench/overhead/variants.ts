/** The ways in which the six calls are made, each in a namespace and a worker process of its own on one Temporal server. */
import type { Json } from "../../connectors/json.ts";
import { request, SERVICE } from "./six-calls.ts";

export const variants = ["plain", "core", "status", "shipped", "short", "local", "coreLocal"] as const;
export type Variant = (typeof variants)[number];

/** How a variant is called in the table. */
export const titles: Record<Variant, string> = {
  plain: "hand-written workflow",
  core: "case core alone",
  status: "core with its status",
  shipped: "as shipped, queued way",
  short: "as shipped, short way",
  local: "hand-written, local activities",
  coreLocal: "case core alone, short way",
};

/** What a variant is compared with: the hand-written workflow, by ordinary activities unless said otherwise. */
export const baseOf = (variant: Variant): Variant => (variant === "coreLocal" ? "local" : "plain");

/** CPU per case over that of its base that a variant may cost at most. */
export const targets: Partial<Record<Variant, number>> = { core: 1.1, shipped: 1.5, short: 0.8, coreLocal: 1.15 };

/** Temporal namespace of a variant. */
export const namespaceOf = (variant: Variant): string => `bench-${variant}`;

/** Type and arguments with which a case of the variant is started. */
export const startOf = (variant: Variant): { type: string; args: [Json] } =>
  variant === "plain" || variant === "local"
    ? { type: variant, args: [request as unknown as Json] }
    : { type: SERVICE, args: [{ request, channel: "bench" } as unknown as Json] };
