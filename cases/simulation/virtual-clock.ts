/** Time that passes only when it is told to: what is due happens in order, at its own instant. */

interface Due {
  at: number;
  order: number;
  /** A call's answer: it comes by itself, before anybody looks at the case again. */
  brief: boolean;
  fire: () => void;
}

export class VirtualClock {
  #now: number;
  #order = 0;
  #due: Due[] = [];
  #brief = 0;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Calls `fire` at this instant, unless the returned function is called first. */
  at(at: number, fire: () => void, brief = false): () => void {
    const due: Due = { at: Math.max(at, this.#now), order: this.#order++, brief, fire };
    let place = this.#due.length;
    while (place > 0 && (this.#due[place - 1] as Due).at > due.at) place--;
    this.#due.splice(place, 0, due);
    if (brief) this.#brief += 1;
    return () => this.#remove(due);
  }

  #remove(due: Due): void {
    const place = this.#due.indexOf(due);
    if (place < 0) return;
    this.#due.splice(place, 1);
    if (due.brief) this.#brief -= 1;
  }

  /** True while an answer is on its way. */
  get busy(): boolean {
    return this.#brief > 0;
  }

  /** When something is due next; undefined when nothing ever is. */
  get next(): number | undefined {
    return this.#due[0]?.at;
  }

  /** Lets the next thing happen; time goes on to its instant. */
  step(): void {
    const due = this.#due[0];
    if (!due) return;
    this.#remove(due);
    this.#now = Math.max(this.#now, due.at);
    due.fire();
  }

  /** Time passes up to this instant; what is due until then must have happened before. */
  advanceTo(instant: number): void {
    this.#now = Math.max(this.#now, instant);
  }
}
