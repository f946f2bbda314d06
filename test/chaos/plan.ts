/** What chaos does, drawn from the seed before it begins: whom it kills when, and which ways it poisons how. */
import { Random } from "../../cases/simulation/random.ts";
import { systems, type Victim, victims, type Way, ways } from "./city.ts";
import type { Toxic } from "./toxiproxy.ts";

/** One SIGKILL. */
export interface Kill {
  readonly atMs: number;
  readonly victim: Victim;
  /** How long it stays away. */
  readonly downMs: number;
  /** Whether connections to it are refused meanwhile, or taken and cut. */
  readonly refused: boolean;
}

/** One poisoned way, for a while. `off`: connections are refused, and those that stand are cut. */
export interface Weather {
  readonly atMs: number;
  readonly forMs: number;
  readonly way: Way;
  readonly toxic: Toxic | "off";
}

export interface Plan {
  readonly kills: readonly Kill[];
  readonly weather: readonly Weather[];
}

/** Which way leads to whom. */
export const wayTo: Partial<Record<Victim, readonly Way[]>> = {
  gateway: ["gateway"],
  temporal: ["temporal"],
  postgres: ["postgres"],
  simulators: ["registry", "protocol", "tax", "payments", "messages"],
};

/** Ways inside Darsena, and to it. */
const between = ways.filter((way) => !(systems as readonly Way[]).includes(way));

/** Kills are spread over the whole time; each victim comes once before any comes again. A system and any other way are poisoned every two to six seconds each. */
export function planOf(seed: string | number, minutes: number, kills: number): Plan {
  const random = new Random(seed);
  const lengthMs = minutes * 60_000;
  return {
    kills: killsOf(random.of("kills"), lengthMs, kills),
    weather: [...weatherOf(random.of("systems"), lengthMs, systems), ...weatherOf(random.of("ways"), lengthMs, between)],
  };
}

function killsOf(random: Random, lengthMs: number, count: number): Kill[] {
  const deck: Victim[] = [];
  const apart = lengthMs / count;
  return Array.from({ length: count }, (_, index) => {
    if (deck.length === 0) deck.push(...victims);
    const [victim] = deck.splice(random.int(0, deck.length - 1), 1);
    return {
      atMs: Math.round(apart * (index + random.next())),
      victim: victim as Victim,
      downMs: random.chance(0.3) ? 0 : random.int(100, 3_000),
      refused: random.chance(0.5),
    };
  });
}

function weatherOf(random: Random, lengthMs: number, on: readonly Way[]): Weather[] {
  const all: Weather[] = [];
  const free = new Map<Way, number>();
  for (let atMs = 1_000; atMs < lengthMs; atMs += random.int(2_000, 6_000)) {
    const way = random.pick(on);
    const [forMs, toxic] = [random.int(1_000, 6_000), toxicOf(random)];
    if (atMs < (free.get(way) ?? 0)) continue;
    free.set(way, atMs + forMs + 500);
    all.push({ atMs, forMs, way, toxic });
  }
  return all;
}

/** No toxic holds a request longer than the settle time of `city.ts` allows. */
function toxicOf(random: Random): Toxic | "off" {
  const stream = random.pick(["upstream", "downstream"] as const);
  const toxicity = random.pick([0.5, 1]);
  switch (random.int(1, 7)) {
    case 1:
      return { type: "latency", stream, toxicity, attributes: { latency: random.int(200, 2_500), jitter: random.int(0, 200) } };
    case 2:
      return { type: "bandwidth", stream, toxicity, attributes: { rate: random.int(4, 40) } };
    case 3:
      return { type: "timeout", stream, toxicity, attributes: { timeout: random.int(500, 3_000) } };
    case 4:
      return { type: "reset_peer", stream, toxicity, attributes: { timeout: random.int(0, 500) } };
    case 5:
      return { type: "limit_data", stream, toxicity, attributes: { bytes: random.int(50, 3_000) } };
    case 6:
      return { type: "slicer", stream, toxicity, attributes: { average_size: 200, size_variation: 100, delay: 2_000 } };
    default:
      return "off";
  }
}

/** How wrong the gateway's clock is in each of its lives, in ms. */
export const skews: readonly number[] = [0, -172_800_000, 86_400_000, -600_000, 600_000, -5_000, 5_000];
