/** Undoing in reverse order. An undo that fails parks the case; it is never forgotten. */
import type { JsonObject } from "../connectors/json.ts";
import { performCall } from "./calls.ts";
import type { Strand } from "./strand.ts";
import { titleOf } from "./snapshot.ts";

/**
 * Undoes everything promised so far, the latest first. `rescue` is asked when an undo is refused: what it gives is returned at
 * once, with that entry and the earlier ones left as they are (the debt was paid: the case goes on).
 */
export async function undoAll(c: Strand, rescue?: (code: string) => Promise<JsonObject | undefined>): Promise<JsonObject | undefined> {
  for (let entry = c.state.undo.at(-1); entry; entry = c.state.undo.at(-1)) {
    const { path, key, call, input } = entry;
    let rescued: JsonObject | undefined;
    const result = await performCall(c, {
      path: `${path}/undo`,
      operation: call,
      title: `Undo: ${titleOf(c.state, path).en}`,
      key,
      input: () => input,
      // Asked once for each: an undo refused again waits for an operator, in this run and after a restart.
      handles: () => rescue !== undefined && c.state.generations[key] === undefined,
      optional: false,
    });
    if (result.kind === "rejected") {
      rescued = await rescue?.(result.code);
      if (rescued) {
        c.state.undo.pop();
        return rescued;
      }
      // Refused, and nothing confirms it: the same undo again, this time without a way out but an operator.
      c.state.generations[key] = (c.state.generations[key] ?? 1) + 1;
      continue;
    }
    c.state.undo.pop();
    const record = c.state.steps[path];
    if (record && result.kind === "done") record.state = "undone";
    c.case.tell("undone", titleOf(c.state, path), { path });
  }
  return undefined;
}
