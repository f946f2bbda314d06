/** ISO 8601 durations of a service's waits. Days are calendar days of 24 hours here; legal terms use `clock.ts`. */
import type { CaseState } from "./state.ts";

const pattern = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Milliseconds of `"P10D"`, `"PT15M"`. */
export function durationMs(duration: string): number {
  const match = pattern.exec(duration);
  if (!match) throw new TypeError(`"${duration}" is not a duration`);
  const [, days, hours, minutes, seconds] = match.map((part) => Number(part ?? 0));
  return ((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1_000;
}

/** Whole days of a legal term, `"P30D"`. */
export const durationDays = (duration: string): number => Math.floor(durationMs(duration) / 86_400_000);

/** The overlay's duration under `<service>.<key>`, otherwise the one written in the service; both were pinned when the case began. */
export const configured = ({ overlay, service }: Pick<CaseState, "overlay" | "service">, key: string, written: string): string =>
  overlay.durations[`${service.service}.${key}`] ?? written;
