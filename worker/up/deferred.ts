/** A promise that is settled from outside (`Promise.withResolvers` of later Nodes). */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  const functions = {} as { resolve: (value: T) => void; reject: (error: Error) => void };
  const promise = new Promise<T>((resolve, reject) => Object.assign(functions, { resolve, reject }));
  return { promise, ...functions };
}
