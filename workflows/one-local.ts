/**
 * Local activities of one case, one at a time. Of two that are under way together, the SDK's core (1.24) tells the case first of the one that ends first, and
 * in a replay first of the one that began first (temporalio/sdk-python issue 1578 is this): a publication beside a short call would leave a history that no
 * worker can run again.
 */

/** The one under way; of this case only, since each case's sandbox has its own modules. */
let underWay: Promise<void> | undefined;

/** Runs a local activity at once, or as soon as those before it have ended, however they end. */
export function oneAtATime<T>(run: () => Promise<T>): Promise<T> {
  const mine = underWay ? underWay.then(run) : run();
  const ended: Promise<void> = mine.then(nothing, nothing).then(() => {
    if (underWay === ended) underWay = undefined;
  });
  underWay = ended;
  return mine;
}

const nothing = () => {};
