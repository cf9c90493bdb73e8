/**
 * Several dialogs may answer one offer, each with keys of its own, and a connection has one peer at a time: which answer it gets, and when.
 * RFC 3261 §13.2.2.4, RFC 8829 §3.6.
 */

export interface AnswerToApply {
  readonly leg: string;
  readonly answer: string;
  readonly type: "pranswer" | "answer";
}

export class Forks {
  /** By remote tag, in the order of their coming. */
  readonly #answers = new Map<string, string>();
  #applied: AnswerToApply | undefined;
  #selected: string | undefined;
  #mayPreview: boolean;

  /** @param mayPreview Whether what comes before the call is answered is to be heard. */
  constructor(mayPreview: boolean) {
    this.#mayPreview = mayPreview;
  }

  /** Whose sound comes now. */
  get applied(): string | undefined {
    return this.#applied?.leg;
  }

  answered(leg: string, answer: string): void {
    this.#answers.set(leg, answer);
  }

  drop(leg: string): void {
    this.#answers.delete(leg);
  }

  /** This one counts: the call was answered there, or goes on being negotiated there. */
  select(leg: string): void {
    this.#selected = leg;
  }

  /** What the connection is to be given next; `undefined`: it has what it should have. */
  next(): AnswerToApply | undefined {
    const leg = this.#selected ?? this.#previewed();
    const answer = leg === undefined ? undefined : this.#answers.get(leg);
    if (leg === undefined || answer === undefined) return undefined;
    const type = this.#selected === undefined ? "pranswer" : "answer";
    const applied = this.#applied;
    if (applied?.leg === leg && applied.answer === answer && applied.type === type) return undefined;
    return { leg, answer, type };
  }

  done(applied: AnswerToApply): void {
    this.#applied = applied;
  }

  /** The browser knows no provisional answers (Firefox): all is heard from the answer on. */
  withoutPreviews(): void {
    this.#mayPreview = false;
  }

  /** The first one stays: who comes later is heard when the call is answered there, or the first is gone. */
  #previewed(): string | undefined {
    if (!this.#mayPreview) return undefined;
    const current = this.#applied?.leg;
    return current !== undefined && this.#answers.has(current) ? current : this.#answers.keys().next().value;
  }
}
