/**
 * Nonces that prove themselves: the server keeps nothing of a nonce until it is used. RFC 7616 §3.3 and §5.4.
 *
 * ```
 *  0        8  10   14          25          36
 *  +--------+--+----+-----------+-----------+
 *  |  time  |wk|ser.|    mac    |   peer    |   8 time in milliseconds, 2 worker, 4 serial number, 11 SipHash-2-4 of what is before,
 *  +--------+--+----+-----------+-----------+   11 the same of what is before and the peer
 * ```
 *
 * The key of the MAC is made from the server's secret and the identity of the nonce table: a nonce is good only with the
 * table that will remember its use. Threads that share a table understand each other's nonces; a worker with a table of its
 * own, or a process that starts with an empty one, takes every other nonce for stale.
 */

import { type SipHashKey, sipHashKey, sipHashToken } from "@trapezoid/base";
import { equalInConstantTime, type Hash, hexOctets, octetText } from "./hash.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const MAC_AT = 14;
const PEER_AT = 25;
const LENGTH = 36;
const HALF = 1 << 24;
/** Serial numbers of one worker: more than can be made within a millisecond, whose nonces they tell apart. */
const SERIALS = 1 << 20;

const values = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) values[alphabet.charCodeAt(i)] = i;

export interface Nonce {
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  /** 31 bits: worker and the worker's serial number. Names the nonce within its millisecond. */
  readonly serial: number;
  /** It was made for the peer that brings it. */
  readonly isOfPeer: boolean;
}

/** The worker that made a nonce, whoever reads it; `undefined` when it is no nonce of ours by its form. */
export function workerOfNonce(text: string): number | undefined {
  if (text.length !== LENGTH) return undefined;
  const worker = Number.parseInt(text.slice(8, 10), 36);
  return Number.isNaN(worker) ? undefined : worker;
}

/** Makes and checks the nonces of one worker. */
export class NonceMaker {
  readonly #key: SipHashKey;
  readonly #worker: string;
  #serial: number;

  /** @param table The identity of the nonce table, or a fixed text for nonces that outlive it. */
  constructor(hash: Hash, secret: Uint8Array, table: string, workerId: number) {
    if (!(workerId >= 0 && workerId < 36 * 36)) throw new TypeError(`workerId must be 0 to 1295, got ${workerId}`);
    this.#key = sipHashKey(hexOctets(hash.sha256(`${octetText(secret)}:nonce:${table}`)).subarray(0, 16));
    this.#worker = workerId.toString(36).padStart(2, "0");
    const start = hash.random(3);
    this.#serial = ((start[0]! << 16) | (start[1]! << 8) | start[2]!) % SERIALS;
  }

  /** `peer`: whom it goes to; the address. */
  make(now: number, peer = ""): string {
    const time = Math.floor(now);
    this.#serial = (this.#serial + 1) % SERIALS;
    const body = four(Math.floor(time / HALF)) + four(time % HALF) + this.#worker + four(this.#serial);
    const nonce = body + sipHashToken(this.#key, body);
    return nonce + this.#peerMark(nonce, peer);
  }

  /** `undefined` when it was not made with our secret for our table. */
  read(text: string, peer = ""): Nonce | undefined {
    if (text.length !== LENGTH) return undefined;
    const mac = text.slice(MAC_AT, PEER_AT);
    if (!equalInConstantTime(sipHashToken(this.#key, text.slice(0, MAC_AT)), mac)) return undefined;
    const worker = Number.parseInt(text.slice(8, 10), 36);
    return {
      issuedAt: valueAt(text, 0) * HALF + valueAt(text, 4),
      serial: (worker << 20) | valueAt(text, 10),
      isOfPeer: equalInConstantTime(this.#peerMark(text.slice(0, PEER_AT), peer), text.slice(PEER_AT)),
    };
  }

  /** Another one with each nonce: what one peer is given tells nothing of what another would be. */
  #peerMark(nonce: string, peer: string): string {
    return sipHashToken(this.#key, `${nonce} ${peer}`);
  }
}

/** 24 bits as four characters. */
function four(value: number): string {
  return (
    alphabet[(value >>> 18) & 63]! +
    alphabet[(value >>> 12) & 63]! +
    alphabet[(value >>> 6) & 63]! +
    alphabet[value & 63]!
  );
}

function valueAt(text: string, at: number): number {
  let value = 0;
  for (let i = at; i < at + 4; i++) value = (value << 6) | values[text.charCodeAt(i) & 127]!;
  return value;
}
