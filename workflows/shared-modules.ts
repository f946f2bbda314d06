/**
 * Modules that the sandbox loads once and shares between all cases of a worker. Without this every case evaluates schemas, contracts and
 * the expression language anew, which costs more than to run it. They hold no case's state: `cases/`, `catalogue/` and the contracts
 * are pure, and keep only caches that depend on nothing but their key.
 */
import "../cases/interpreter.ts";
import "../cases/life.ts";
import "../cases/mailbox.ts";
import "../cases/problem.ts";
import "../cases/snapshot.ts";
import "../connectors/contracts.ts";

/** Webpack's table of modules, by path. */
declare const __webpack_modules__: Readonly<Record<string, unknown>>;
const { __webpack_module_cache__: loaded } = globalThis as unknown as { __webpack_module_cache__: Record<string, { exports: object }> };

/**
 * The sandbox freezes what is shared, through and through, and zod's schemas do not bear it: they bind methods at their first use and
 * reset `lastIndex` of their expressions. It passes over what is frozen already, so these modules are closed here and what they hold is left.
 */
const ours = /(?:node_modules\/zod|dist\/(?:cases|catalogue|connectors))\//;
for (const path of Object.keys(__webpack_modules__)) {
  const module = ours.test(path) ? loaded[path] : undefined;
  if (module) Object.freeze(module.exports);
}
