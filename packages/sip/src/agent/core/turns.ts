/** Things done one after the other, where they have the same name. RFC 3428 §8. */

export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Names of which something is going on. */
  get size(): number {
    return this.#last.size;
  }

  /** Begins when all of this name are done that came before, however they ended. */
  run<T>(name: string, go: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const turn = before === undefined ? go() : before.then(go);
    const done = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(name, done);
    void done.then(() => {
      if (this.#last.get(name) === done) this.#last.delete(name);
    });
    return turn;
  }
}
