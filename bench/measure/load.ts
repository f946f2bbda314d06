/** A closed load: so many clients, each starting its next piece of work when the last one has ended. */

/** What a load came to: wall time, and the time of each piece, in ms. */
export interface Load {
  wallMs: number;
  eachMs: number[];
}

/** Runs `count` pieces over `clients` clients; the first that fails ends it. */
export async function load(count: number, clients: number, run: (index: number) => Promise<void>): Promise<Load> {
  const eachMs: number[] = [];
  let next = 0;
  const client = async () => {
    while (next < count) {
      const index = next++;
      const since = performance.now();
      await run(index);
      eachMs.push(performance.now() - since);
    }
  };
  const since = performance.now();
  await Promise.all(Array.from({ length: Math.min(clients, count) }, client));
  return { wallMs: performance.now() - since, eachMs };
}
