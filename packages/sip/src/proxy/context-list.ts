/** The contexts that are alive, for closing: a list made of the contexts themselves, which costs a call nothing. */

export interface ContextNode {
  /** @internal */
  listNext: ContextNode | undefined;
  /** @internal */
  listPrevious: ContextNode | undefined;
  close(): void;
}

export class ContextList {
  #first: ContextNode | undefined = undefined;

  add(context: ContextNode): void {
    const next = this.#first;
    context.listNext = next;
    if (next !== undefined) next.listPrevious = context;
    this.#first = context;
  }

  remove(context: ContextNode): void {
    const { listNext, listPrevious } = context;
    if (listNext !== undefined) listNext.listPrevious = listPrevious;
    if (listPrevious !== undefined) listPrevious.listNext = listNext;
    else if (this.#first === context) this.#first = listNext;
    context.listNext = undefined;
    context.listPrevious = undefined;
  }

  all(): ContextNode[] {
    const all: ContextNode[] = [];
    for (let one = this.#first; one !== undefined; one = one.listNext) all.push(one);
    return all;
  }
}
