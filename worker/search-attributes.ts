/** Registers Darsena's search attributes: idempotently, before anything runs, since an unregistered one stops every workflow task. */
import type { NativeConnection } from "@temporalio/worker";
import { instants, keywords } from "../workflows/search-attributes.ts";

const KEYWORD = 2;
const DATETIME = 6;

/** Every search attribute with its type, as the operator service takes them. */
export const searchAttributeTypes = (): Map<string, number> =>
  new Map([
    ...Object.keys(keywords).map((name) => [name, KEYWORD] as const),
    ...Object.keys(instants).map((name) => [name, DATETIME] as const),
  ]);

export async function registerSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const wanted = searchAttributeTypes();
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  for (const [name, type] of Object.entries(customAttributes ?? {})) {
    if (wanted.has(name) && wanted.get(name) !== type)
      throw new Error(
        `the search attribute ${name} exists in namespace ${namespace} with another type; remove it with "temporal operator search-attribute remove"`,
      );
    wanted.delete(name);
  }
  if (wanted.size === 0) return;
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(wanted) });
  } catch (error) {
    // Two workers starting together: the other one was faster.
    if (!/already exists/i.test((error as Error).message)) throw error;
  }
}
