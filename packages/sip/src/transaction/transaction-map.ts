/** Transactions by key and method. One look-up in a map; those few that share a key (INVITE and its CANCEL) are chained. */

export interface MapNode<T> {
  readonly matchKey: string;
  readonly method: string;
  sibling: T | undefined;
}

/** The one with this method among those that share the key of `first`. */
export function siblingOf<T extends MapNode<T>>(first: T, method: string): T | undefined {
  let one: T | undefined = first;
  while (one !== undefined && one.method !== method) one = one.sibling;
  return one;
}

/** How many share the key of `first`. */
export function siblingCount<T extends MapNode<T>>(first: T): number {
  let count = 0;
  for (let one: T | undefined = first; one !== undefined; one = one.sibling) count++;
  return count;
}

export class TransactionMap<T extends MapNode<T>> {
  readonly #first = new Map<string, T>();

  find(key: string, method: string): T | undefined {
    const first = this.#first.get(key);
    return first === undefined ? undefined : siblingOf(first, method);
  }

  /** Any with this key. */
  first(key: string): T | undefined {
    return this.#first.get(key);
  }

  add(transaction: T): void {
    const first = this.#first.get(transaction.matchKey);
    if (first === undefined) this.#first.set(transaction.matchKey, transaction);
    else {
      // Behind the first, so that `first` stays the request that a CANCEL names.
      transaction.sibling = first.sibling;
      first.sibling = transaction;
    }
  }

  /** Returns whether it was there. */
  remove(transaction: T): boolean {
    const key = transaction.matchKey;
    let one = this.#first.get(key);
    if (one === transaction) {
      if (one.sibling === undefined) this.#first.delete(key);
      else this.#first.set(key, one.sibling);
      one.sibling = undefined;
      return true;
    }
    while (one !== undefined && one.sibling !== transaction) one = one.sibling;
    if (one === undefined) return false;
    one.sibling = transaction.sibling;
    transaction.sibling = undefined;
    return true;
  }

  all(): T[] {
    const all: T[] = [];
    for (const first of this.#first.values()) {
      for (let one: T | undefined = first; one !== undefined; one = one.sibling) all.push(one);
    }
    return all;
  }
}
