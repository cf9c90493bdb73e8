/** Where a call's media is: the address of ours that leads to the other side, which may change while the call goes on. RFC 3264 §8.3.1. */

import { wordsOf } from "../call-end.ts";

export interface OwnPlaceParts {
  /** A host that the other side may be at. */
  readonly towards: string | undefined;
  addressFor(host: string | undefined, before: string | undefined): Promise<string>;
  /** Opens sockets there; `undefined`: back to those before. */
  move(address: string | undefined): Promise<unknown>;
  /** For people. */
  warn(text: string): void;
}

export class OwnPlace {
  readonly #parts: OwnPlaceParts;
  #towards: string | undefined;
  #address: Promise<string> | undefined;
  /** While the other side has not agreed to the new one. */
  #before: string | undefined;

  constructor(parts: OwnPlaceParts) {
    this.#parts = parts;
    this.#towards = parts.towards;
  }

  /** Found once, for the first who asks. */
  address(towards: string | undefined = this.#towards): Promise<string> {
    if (this.#address === undefined) {
      this.#towards = towards;
      this.#address = this.#parts.addressFor(towards, undefined);
    }
    return this.#address;
  }

  /** Before a description of a call that runs: goes where packets to the other side leave from now. */
  async follow(): Promise<void> {
    const before = await this.address();
    const now = await this.#parts.addressFor(this.#towards, before);
    if (now === before) return;
    try {
      await this.#parts.move(now);
      this.#before ??= before;
      this.#address = Promise.resolve(now);
    } catch (error) {
      this.#parts.warn(`media stays at ${before}: ${wordsOf(error)}`);
    }
  }

  /** The other side has agreed. */
  settle(): void {
    this.#before = undefined;
  }

  /** It has not. */
  comeBack(): void {
    if (this.#before === undefined) return;
    this.#address = Promise.resolve(this.#before);
    this.#before = undefined;
    this.#parts.move(undefined).catch((error) => this.#parts.warn(`media cannot go back: ${wordsOf(error)}`));
  }
}
