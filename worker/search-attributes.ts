/** Registers Darsena's search attributes: idempotently, before anything runs, since an unregistered one stops every workflow task. */
import type { NativeConnection } from "@temporalio/worker";
import { instants, keywords } from "../workflows/search-attributes.ts";

const KEYWORD = 2;
const DATETIME = 6;
const UNIMPLEMENTED = 12;

/** Every search attribute with its type, as the operator service takes them. */
export const searchAttributeTypes = (): Map<string, number> =>
  new Map([
    ...Object.keys(keywords).map((name) => [name, KEYWORD] as const),
    ...Object.keys(instants).map((name) => [name, DATETIME] as const),
  ]);

export async function registerSearchAttributes(connection: NativeConnection, namespace: string): Promise<void> {
  const wanted = searchAttributeTypes();
  for (const [name, type] of Object.entries(await knownAttributes(connection, namespace))) {
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

/** Those that are there already; a server that does not tell them (the Java test server) takes one that it knows without a word. */
async function knownAttributes(connection: NativeConnection, namespace: string): Promise<Record<string, number>> {
  try {
    return (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  } catch (error) {
    if ((error as { code?: unknown }).code !== UNIMPLEMENTED) throw error;
    return {};
  }
}
