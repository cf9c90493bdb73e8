/** Which flow's keeper waits for an answer to its keep-alive. RFC 5626 §4.4. */

import type { Flow } from "../../transport/contract.ts";

export type AnswerListener = (answer: "pong" | Uint8Array) => void;

export class KeepAliveAnswers {
  readonly #listeners = new Map<string, AnswerListener>();

  /** A flow has one keeper at most; datagram flows are known by their id alone. */
  listen(flow: Flow, listener: AnswerListener): Disposable {
    const { id } = flow;
    this.#listeners.set(id, listener);
    return {
      [Symbol.dispose]: () => {
        if (this.#listeners.get(id) === listener) this.#listeners.delete(id);
      },
    };
  }

  onAnswer(answer: "pong" | Uint8Array, flow: Flow): void {
    this.#listeners.get(flow.id)?.(answer);
  }
}
