/** Who is there: our Hello, the other side's, and what is remembered of it. RFC 6189 §4.1, §8.1. */

import type { ZrtpCrypto } from "./crypto.ts";
import { type ErrorCode, errorCodes } from "./error-codes.ts";
import { decodeHello, type Hello, isAnnounced, protocolVersion } from "./hello.ts";
import { isEqual } from "./message.ts";
import type { RetainedSecrets } from "./retained-secrets.ts";

/** What to do about a Hello: use it, acknowledge it and no more, pass it over, or end with an error. */
export type HelloVerdict =
  | { readonly kind: "found"; readonly hello: Hello }
  | { readonly kind: "known" }
  | { readonly kind: "tooNew" }
  | { readonly kind: "notAnnounced" }
  | { readonly kind: "passedOver" }
  | { readonly kind: "error"; readonly code: ErrorCode };

export interface Peer {
  readonly hello: Hello;
  readonly ssrc: number;
}

const comparedBytes = 3;

export class Discovery {
  readonly #crypto: ZrtpCrypto;
  readonly #zid: Uint8Array;
  /** Our Hello was acknowledged. */
  acknowledged = false;
  announced: string | undefined;
  #peer: Peer | undefined;
  /** `undefined` until the owner has answered the lookup. */
  #lookup: { readonly retained: RetainedSecrets | undefined } | undefined;

  constructor(crypto: ZrtpCrypto, zid: Uint8Array) {
    this.#crypto = crypto;
    this.#zid = zid;
  }

  get peer(): Peer | undefined {
    return this.#peer;
  }

  get retained(): RetainedSecrets | undefined {
    return this.#lookup?.retained;
  }

  /** Whether the other side is known, and what is remembered of it. */
  get isReady(): boolean {
    return this.#lookup !== undefined;
  }

  /** Whether the Hello that was found is the announced one; `undefined` when nothing says so. */
  get isAnnounced(): boolean | undefined {
    return this.#isAnnounced(this.#peer?.hello.octets);
  }

  /** Whether it is the Hello that was found, once more. */
  isKnown(message: Uint8Array): boolean {
    return this.#peer !== undefined && isEqual(this.#peer.hello.octets, message);
  }

  judge(message: Uint8Array, ssrc: number, ownSsrc: number): HelloVerdict {
    if (this.isKnown(message)) return { kind: "known" };
    const decoded = decodeHello(message);
    if (!decoded.ok) return { kind: "passedOver" };
    const hello = decoded.value;
    if (this.#isAnnounced(message) === false) return { kind: "notAnnounced" };
    // §4.1: then neither side can tell whose packets are whose.
    if (ssrc === ownSsrc) return { kind: "error", code: errorCodes.ssrcCollision };
    // §4.1.1: the last character of the version means nothing. A higher one comes down to ours by itself.
    const version = hello.version.slice(0, comparedBytes);
    const ours = protocolVersion.slice(0, comparedBytes);
    if (version > ours) return { kind: "tooNew" };
    if (version < ours) return { kind: "error", code: errorCodes.version };
    if (isEqual(hello.zid, this.#zid)) return { kind: "error", code: errorCodes.equalZids };
    return { kind: "found", hello };
  }

  take(hello: Hello, ssrc: number): void {
    this.#peer = { hello, ssrc };
    this.#lookup = undefined;
  }

  remember(retained: RetainedSecrets | undefined): void {
    this.#lookup = { retained };
  }

  /** The Hello that was found was somebody else's. */
  forget(): void {
    this.#peer = undefined;
    this.#lookup = undefined;
    this.acknowledged = false;
  }

  #isAnnounced(octets: Uint8Array | undefined): boolean | undefined {
    if (this.announced === undefined || octets === undefined) return undefined;
    return isAnnounced(this.#crypto, octets, this.announced);
  }
}
