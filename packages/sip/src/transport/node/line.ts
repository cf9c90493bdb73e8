/** A queue that any of its members can leave at once: who came first is known without looking for it. */

/** Membership; kept by the member, to leave with. */
export interface Ticket<T> {
  readonly member: T;
  /** @internal */ next: Ticket<T> | undefined;
  /** @internal */ previous: Ticket<T> | undefined;
}

export class Line<T> {
  #first: Ticket<T> | undefined;
  #last: Ticket<T> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Who has waited longest. */
  get first(): T | undefined {
    return this.#first?.member;
  }

  join(member: T): Ticket<T> {
    const ticket: Ticket<T> = { member, next: undefined, previous: this.#last };
    if (this.#last === undefined) this.#first = ticket;
    else this.#last.next = ticket;
    this.#last = ticket;
    this.#length++;
    return ticket;
  }

  /** Once only. */
  leave(ticket: Ticket<T>): void {
    const { next, previous } = ticket;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    ticket.next = undefined;
    ticket.previous = undefined;
    this.#length--;
  }
}
