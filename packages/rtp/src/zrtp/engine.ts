/** ZRTP of one RTP stream: packets, time and decisions in; packets, a timer and events out. RFC 6189. No sockets, no clock. */

import { defaultAlgorithms } from "./algorithms.ts";
import { Conversation } from "./conversation.ts";
import type { ZrtpCrypto } from "./crypto.ts";
import type { ZrtpEffect, ZrtpMaster, ZrtpSecurity } from "./effects.ts";
import { createHashChain } from "./hash-chain.ts";
import { encodeHello, helloHash } from "./hello.ts";
import { answerPing } from "./notices.ts";
import type { ZrtpOptions } from "./options.ts";
import { Outlet } from "./outlet.ts";
import { decodeZrtpPacket } from "./packet.ts";
import type { RetainedSecrets } from "./retained-secrets.ts";
import type { State } from "./states.ts";

export interface ZrtpCounters {
  readonly sent: number;
  /** Of those, sent once more by the timer. */
  readonly repeated: number;
  readonly received: number;
  readonly malformed: number;
  /** Of another source, with a wrong hash chain, or not expected in this state. */
  readonly refused: number;
}

export class ZrtpEngine {
  readonly #crypto: ZrtpCrypto;
  readonly #zid: Uint8Array;
  readonly #hello: Uint8Array;
  readonly #outlet: Outlet;
  readonly #conversation: Conversation;
  #received = 0;
  #malformed = 0;

  /** Throws `TypeError` for a ZID that has not 12 octets and for more than seven algorithms of a kind (six key agreements). */
  constructor(options: ZrtpOptions) {
    const { crypto, zid, clientId = "Trapezoid", algorithms = defaultAlgorithms, passive = false } = options;
    const chain = createHashChain(crypto);
    const lists = { ...algorithms, agreements: [...algorithms.agreements, "Mult"] };
    const random = crypto.random(2);
    this.#crypto = crypto;
    this.#zid = zid;
    this.#hello = encodeHello(crypto, chain, { clientId, zid, passive, lists });
    this.#outlet = new Outlet((random[0]! << 8) | random[1]!);
    this.#conversation = new Conversation(options, chain, this.#hello, this.#outlet);
  }

  get state(): State {
    return this.#conversation.state;
  }

  get counters(): ZrtpCounters {
    const { sent, repeated } = this.#outlet.counters;
    const { refused } = this.#conversation;
    return { sent, repeated, received: this.#received, malformed: this.#malformed, refused };
  }

  /** What a=zrtp-hash of ours says (§8.1). */
  get helloHash(): string {
    return helloHash(this.#crypto, this.#hello);
  }

  /** Once the stream is secure. */
  get security(): ZrtpSecurity | undefined {
    return this.#conversation.security;
  }

  /**
   * Begins to send Hello. `ssrc` is of the RTP stream that we send; `master` of the first stream of the same call, from which this one
   * then takes its keys (§4.4.3).
   */
  start(ssrc: number, master?: ZrtpMaster): readonly ZrtpEffect[] {
    if (this.state !== "idle") return [];
    this.#outlet.ssrc = ssrc;
    this.#conversation.start(master);
    return this.#outlet.flush();
  }

  /** The other side is somebody else now: everything begins anew, with the Hello that was announced. Not for further streams. */
  restart(): readonly ZrtpEffect[] {
    if (this.state === "idle" || this.state === "closed") return [];
    this.#conversation.restart();
    return this.#outlet.flush();
  }

  /** What the other side's a=zrtp-hash says; it may come after the other side's Hello. */
  announce(announced: string | undefined): readonly ZrtpEffect[] {
    this.#conversation.announce(announced);
    return this.#outlet.flush();
  }

  /** The answer to a lookup. */
  retained(retained: RetainedSecrets | undefined): readonly ZrtpEffect[] {
    this.#conversation.retained(retained);
    return this.#outlet.flush();
  }

  /** A packet with the magic cookie. It is not changed and not kept. */
  receive(octets: Uint8Array): readonly ZrtpEffect[] {
    if (this.state === "idle" || this.state === "closed") return [];
    const decoded = decodeZrtpPacket(new Uint8Array(octets));
    if (!decoded.ok) {
      this.#malformed++;
      return [];
    }
    const { type, message, ssrc } = decoded.value;
    this.#received++;
    if (type === "Ping") {
      const answer = answerPing(message, ssrc, this.#zid);
      if (answer !== undefined) this.#outlet.send(answer);
    } else this.#conversation.receive(type, message, ssrc);
    return this.#outlet.flush();
  }

  /** SRTP came that is authentic by the keys of `receive`: it says the same as Conf2ACK (§4.6). */
  srtpReceived(): readonly ZrtpEffect[] {
    this.#conversation.srtpReceived();
    return this.#outlet.flush();
  }

  /** The timer has run out. */
  timeout(): readonly ZrtpEffect[] {
    if (!this.#outlet.again()) this.#conversation.expired();
    return this.#outlet.flush();
  }

  /** The user compared the authentication string; false: it was another. Nothing happens before the stream is secure. */
  verify(matches: boolean): readonly ZrtpEffect[] {
    this.#conversation.verify(matches);
    return this.#outlet.flush();
  }

  /** Nothing is sent any more; secrets are erased (§4.7.3). */
  close(): readonly ZrtpEffect[] {
    this.#conversation.close();
    return this.#outlet.flush();
  }
}
