/** One stream of a call: its sockets, opened when they are needed, its keys, what is offered for it. */

import type { MediaSession, PacketSession } from "@trapezoid/media";
import type { CodecSettings, Direction, NegotiatedStream, StreamSettings } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";
import type { MediaProfile } from "../media-port.ts";
import type { CallZrtp } from "./call-zrtp.ts";
import { type RunningSecurity, SdesOffer } from "./sdes-offer.ts";
import { streamConfig } from "./stream-config.ts";

export interface StreamSlotParts<S> {
  readonly kind: "audio" | "video";
  readonly codecs: readonly CodecSettings[];
  readonly security: Pick<MediaProfile, "srtp" | "srtpSuites" | "zrtp">;
  readonly zrtp: CallZrtp;
  /** What descriptions say in place of our address. */
  readonly advertise: string | undefined;
  open(): Promise<S>;
}

export class StreamSlot<S extends MediaSession | PacketSession> {
  readonly sdes: SdesOffer;
  readonly #parts: StreamSlotParts<S>;
  #session: Promise<S> | undefined;
  #closed = false;

  constructor(parts: StreamSlotParts<S>) {
    this.#parts = parts;
    this.sdes = new SdesOffer(parts.security);
  }

  get isOpen(): boolean {
    return this.#session !== undefined && !this.#closed;
  }

  /** The session, with its sockets. Rejects as the engine does, or when the call is over. */
  open(): Promise<S> {
    if (this.#closed) return Promise.reject(new CallError("CALL_OVER", "media is not possible: the call is over"));
    this.#session ??= this.#open();
    return this.#session;
  }

  async inOffer(direction: Direction, running: RunningSecurity | undefined): Promise<StreamSettings> {
    return this.#settings(await this.open(), direction, this.sdes.inOffer(running));
  }

  async inAnswer(direction: Direction, theyHaveZrtp: boolean): Promise<StreamSettings> {
    return this.#settings(await this.open(), direction, this.sdes.inAnswer(theyHaveZrtp));
  }

  async configure(stream: NegotiatedStream): Promise<S> {
    const session = await this.open();
    const { remote } = await session.stats();
    await session.configure(streamConfig(stream, remote, this.#parts.zrtp.configOf(stream)));
    return session;
  }

  /** Other sockets, for the next description; `undefined`: back to those before. Rejects as opening does. */
  async move(address: string | undefined): Promise<void> {
    if (this.isOpen) await (await this.open()).move(address);
  }

  /** The stream is dropped; it may be opened anew, on other ports. */
  async drop(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    try {
      await (await session)?.close();
    } catch {
      // It was never opened.
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.drop();
  }

  async #open(): Promise<S> {
    const session = await this.#parts.open();
    this.#parts.zrtp.watch(this.#parts.kind, session);
    return session;
  }

  #settings(session: S, direction: Direction, security: StreamSettings["security"]): StreamSettings {
    const { kind, codecs, advertise } = this.#parts;
    return {
      kind,
      codecs,
      direction,
      address: advertise ?? session.local.address,
      port: session.local.port,
      ...(security === undefined ? {} : { security }),
      ...(session.zrtpHash === undefined ? {} : { zrtpHash: session.zrtpHash }),
    };
  }
}
