/**
 * Where media may come from, and so goes to. Behind a NAT the other side sends from an address that its description does not
 * name; it is learned from its packets (RFC 7362 §4.2), but not from anybody's: whoever sprays packets at open ports must
 * neither hear nor replace the call ("RTP bleed").
 */

import type { MediaAddress } from "../config.ts";

/** Packets in a row from one source before it is believed in place of the announced address. */
const probation = 3;
/** The source in use must have been silent for so long before the same stream may go on from elsewhere. */
const silenceMs = 1_000;
/** How far a stream's sequence number may have gone on in that time. */
const maxAhead = 500;

export interface LatchOptions {
  readonly announced: MediaAddress;
  readonly windowMs: number;
}

export class SourceLatch {
  #announced: MediaAddress;
  #windowMs: number;
  #openUntil: number;
  #current: MediaAddress | undefined;
  #isAnnounced = false;
  #ssrc = 0;
  #sequence = 0;
  #lastAt = 0;
  #candidate: { address: MediaAddress; ssrc: number; sequence: number; packets: number } | undefined;

  constructor({ announced, windowMs }: LatchOptions, nowMs: number) {
    this.#announced = announced;
    this.#windowMs = windowMs;
    this.#openUntil = nowMs + windowMs;
  }

  /** Where to send. */
  get remote(): MediaAddress {
    return this.#current ?? this.#announced;
  }

  /** Where packets come from; `undefined` before the first. */
  get current(): MediaAddress | undefined {
    return this.#current;
  }

  /** The other side announced another address: it is learned anew. The same address changes nothing. */
  announce(announced: MediaAddress, nowMs: number): void {
    if (announced.address === this.#announced.address && announced.port === this.#announced.port) return;
    this.#announced = announced;
    this.#openUntil = nowMs + this.#windowMs;
    this.#current = undefined;
    this.#candidate = undefined;
  }

  /**
   * Whether a valid RTP packet of a negotiated payload type is to be used. `authentic`: SRTP has proved who sent it, and that
   * it is new.
   */
  accepts(address: string, port: number, ssrc: number, sequence: number, authentic: boolean, nowMs: number): boolean {
    const current = this.#current;
    if (current !== undefined && port === current.port && address === current.address) {
      // A second stream from the same place is judged by its caller.
      return this.#note(ssrc, sequence, nowMs);
    }
    const isAnnounced = port === this.#announced.port && address === this.#announced.address;
    const isInWindow = nowMs < this.#openUntil;
    // The announced address wins over one that was only learned, as long as the window is open.
    const mayTake =
      authentic ||
      (isAnnounced && (current === undefined || (isInWindow && !this.#isAnnounced))) ||
      (current === undefined && isInWindow && this.#proves(address, port, ssrc, sequence)) ||
      (current !== undefined && this.#goesOn(ssrc, sequence, nowMs));
    if (!mayTake) return false;
    this.#current = { address, port };
    this.#isAnnounced = isAnnounced;
    this.#candidate = undefined;
    return this.#note(ssrc, sequence, nowMs);
  }

  #note(ssrc: number, sequence: number, nowMs: number): true {
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    this.#lastAt = nowMs;
    return true;
  }

  /** So many packets of one stream in a row from one place. */
  #proves(address: string, port: number, ssrc: number, sequence: number): boolean {
    const candidate = this.#candidate;
    if (
      candidate === undefined ||
      candidate.address.port !== port ||
      candidate.address.address !== address ||
      candidate.ssrc !== ssrc ||
      ((sequence - candidate.sequence) & 0xffff) > probation
    ) {
      this.#candidate = { address: { address, port }, ssrc, sequence, packets: 1 };
      return false;
    }
    candidate.sequence = sequence;
    return ++candidate.packets >= probation;
  }

  /** A NAT that gave the same stream another port: only its sender knows SSRC and sequence number. */
  #goesOn(ssrc: number, sequence: number, nowMs: number): boolean {
    const ahead = (sequence - this.#sequence) & 0xffff;
    return nowMs - this.#lastAt >= silenceMs && ssrc === this.#ssrc && ahead > 0 && ahead <= maxAhead;
  }
}
