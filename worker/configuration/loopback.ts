/** Until authorisation exists, whoever reaches Darsena may do anything: so it is reached from this machine only (DESIGN section 8). */
import { isIP } from "node:net";
import { SettingsError } from "./problems.ts";

/** An address that somebody listens on or connects to. */
export interface Exposure {
  /** The setting that holds it. */
  readonly variable: string;
  /** A host, or `host:port`. */
  readonly address: string;
}

/** Whether an address stays on this machine. A name other than `localhost` does not: what it stands for may change. */
export function isLoopback(address: string): boolean {
  const host = hostOf(address).toLowerCase();
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/**
 * Throws when an address is not loopback and the network was not declared trusted; with `trusted` it warns instead, at every start.
 * The error names the setting that decides.
 */
export function requireLoopback(exposures: readonly Exposure[], trusted: boolean, warn: (message: string) => void): void {
  const open = exposures.filter(({ address }) => !isLoopback(address));
  if (open.length === 0) return;
  if (!trusted)
    throw new SettingsError(
      "Darsena has no authorisation yet, so it stays on this machine (127.0.0.1). Set DARSENA_TRUSTED_NETWORK=1 if nobody else can reach its network",
      open.map(({ variable }) => ({ variable, reason: "is not a loopback address" })),
    );
  for (const { variable, address } of open)
    warn(
      `${variable}=${address} is not loopback: whoever reaches it may read and decide cases, since there is no authorisation yet (DARSENA_TRUSTED_NETWORK=1)`,
    );
}

function hostOf(address: string): string {
  const bracketed = /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1];
  if (bracketed !== undefined) return bracketed;
  return isIP(address) === 6 ? address : address.replace(/:\d+$/, "");
}
