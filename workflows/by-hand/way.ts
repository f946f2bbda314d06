/** How a service written by hand runs, wherever cases run. */
import { isHandWritten } from "../../catalogue/definition.ts";
import type { Way } from "../../cases/life.ts";
import type { Strand } from "../../cases/strand.ts";
import { HandWrittenCase } from "./hand-written-case.ts";
import { byHand } from "./table.ts";

/** Its steps and what follows a withdrawal; undefined for a service that is interpreted. Throws where the code is missing. */
export function written(strand: Strand): Way | undefined {
  const { service } = strand.state;
  if (!isHandWritten(service)) return undefined;
  const found = byHand[service.workflow];
  if (!found) throw new TypeError(`${service.service} names the workflow "${service.workflow}", which is not here`);
  return { steps: () => found.run(new HandWrittenCase(strand)), withdrawn: () => found.withdrawn(new HandWrittenCase(strand)) };
}
