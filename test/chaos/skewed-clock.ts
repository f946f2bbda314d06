/**
 * Preloaded into a process (`node --import`), it sets the process's clock wrong by DARSENA_TEST_CLOCK_OFFSET_MS, as on a machine whose time is not
 * kept. The product knows nothing of it. Timers and `performance.now` go on at their own pace, as they do on such a machine.
 */
const offsetMs = Number(process.env["DARSENA_TEST_CLOCK_OFFSET_MS"] ?? "0");

if (offsetMs !== 0) {
  const Right = globalThis.Date;
  const now = () => Right.now() + offsetMs;
  globalThis.Date = new Proxy(Right, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new Right(now()).toString(),
    get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
  });
}
