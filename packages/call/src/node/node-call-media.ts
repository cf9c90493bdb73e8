/** Media of one call in Node: descriptions on one side, a media session with its sockets on the other. */

import { type Clock, Emitter } from "@trapezoid/base";
import type { MediaEngine, MediaSession } from "@trapezoid/media";
import type { CodecSettings, NegotiatedSession, StreamSettings } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";
import type {
  AudioOptions,
  CallAudio,
  CallMedia,
  CallMediaEvents,
  LegName,
  MediaRefusal,
  OpenMediaOptions,
  WantedMedia,
} from "../media-port.ts";
import type { AgreedMedia, CallStatistics, PlaySource, Recording, RecordOptions } from "../values.ts";
import { codecSettings } from "./audio-settings.ts";
import { CallRecording } from "./call-recording.ts";
import { callStatistics, noStatistics } from "./call-statistics.ts";
import { Descriptions, type OwnStreams } from "./descriptions.ts";
import { Playing } from "./playing.ts";
import { SdesOffer } from "./sdes-offer.ts";
import { agreedMedia, streamConfig, streamOf } from "./stream-config.ts";

export interface NodeMediaParts {
  readonly engine: MediaEngine;
  readonly clock: Clock;
  /** The address of ours for a call towards a host. */
  addressFor(host: string | undefined): Promise<string>;
  /** What descriptions say in place of our address. */
  readonly advertise: string | undefined;
  /** A fresh o= session id. */
  sessionId(): string;
}

/** Between two digits; media sends them one after the other (RFC 4733 §2.5.1.4 asks for a pause). */
const digitGapMs = 80;

export class NodeCallMedia implements CallMedia {
  readonly events: Emitter<CallMediaEvents> = new Emitter();
  readonly #parts: NodeMediaParts;
  readonly #towards: string | undefined;
  readonly #codecs: readonly CodecSettings[];
  readonly #sdes: SdesOffer;
  readonly #playing = new Playing();
  #session: Promise<MediaSession> | undefined;
  #descriptions: Descriptions | undefined;
  #agreed: AgreedMedia | undefined;
  /** The leg whose agreement is in force, and whether it is settled. */
  #leg: LegName;
  #isSettled = false;
  /** Configurations follow one another. */
  #configuring: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(parts: NodeMediaParts, { towards, profile }: OpenMediaOptions) {
    this.#parts = parts;
    this.#towards = towards;
    this.#codecs = codecSettings(profile.codecs);
    this.#sdes = new SdesOffer(profile.srtp);
  }

  get agreed(): AgreedMedia | undefined {
    return this.#agreed;
  }

  async offer(leg: LegName, wanted: WantedMedia): Promise<string> {
    const session = await this.#open(this.#towards);
    const descriptions = this.#describer(session);
    return descriptions.offer(leg, this.#streams(session, wanted, this.#offeredSecurity(descriptions, leg)));
  }

  async answer(leg: LegName, offer: string, wanted: WantedMedia): Promise<string | MediaRefusal> {
    const session = await this.#open(Descriptions.mediaHost(offer) ?? this.#towards);
    const answered = this.#describer(session).answer(leg, offer, this.#streams(session, wanted, this.#sdes.inAnswer()));
    if ("status" in answered) return answered;
    await this.#use(leg, answered.session);
    return answered.answer;
  }

  accept(leg: LegName, answer: string, isPreview: boolean): MediaRefusal | undefined {
    const agreement = this.#descriptions?.accept(leg, answer, isPreview);
    if (agreement === undefined) return { status: 500, reason: "there was no offer" };
    if ("status" in agreement) return agreement;
    if (!agreement.session.streams.some(({ active }) => active)) {
      return { status: 488, reason: "the other side refused every stream that was offered" };
    }
    void this.#use(leg, agreement.session);
    return undefined;
  }

  rollBack(leg: LegName): void {
    this.#descriptions?.rollBack(leg);
  }

  select(leg: LegName): void {
    this.#isSettled = true;
    if (leg === this.#leg) return;
    this.#leg = leg;
    const session = this.#descriptions?.session(leg);
    if (session !== undefined) void this.#use(leg, session);
  }

  drop(leg: LegName): void {
    this.#descriptions?.drop(leg);
  }

  settled(): Promise<void> {
    return this.#configuring;
  }

  async play(source: PlaySource, signal?: AbortSignal): Promise<"ended" | "stopped"> {
    return await this.#playing.play(await this.#open(this.#towards), source, signal);
  }

  async dial(digits: string, options: { readonly toneMs?: number; readonly tones?: boolean }): Promise<void> {
    const { clock } = this.#parts;
    const { toneMs = 160 } = options;
    const session = await this.#open(this.#towards);
    await this.#configuring;
    await session.dial(digits, options);
    await new Promise<void>((resolve) => {
      const timer = clock.after(digits.length * (toneMs + digitGapMs), resolve);
      session.events.once("closed", () => {
        timer[Symbol.dispose]();
        resolve();
      });
    });
  }

  async mute(muted: boolean): Promise<void> {
    const session = await this.#open(this.#towards);
    await session.mute(muted);
  }

  async record(path: string | undefined, options: RecordOptions): Promise<Recording> {
    if (path === undefined) throw new CallError("CALL_NO_PATH", "name the file to record to");
    return await CallRecording.start(await this.#open(this.#towards), path, this.#parts.clock, options);
  }

  async audio(options: AudioOptions): Promise<CallAudio> {
    const session = await this.#open(this.#towards);
    const { readable, writable } = await session.audio(options);
    return { readable, writable, flush: () => session.flushAudio() };
  }

  async statistics(): Promise<CallStatistics> {
    if (this.#session === undefined || this.#closing !== undefined) return noStatistics;
    const session = await this.#session;
    return callStatistics(await session.stats(), this.#agreed?.audio?.security ?? "none");
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await (await this.#session)?.close();
    } catch {
      // It was never opened.
    }
    this.#playing.end("stopped");
    this.events.removeAll();
  }

  /** The sockets are opened once, on the address that is right for the first who asks. */
  #open(towards: string | undefined): Promise<MediaSession> {
    if (this.#closing !== undefined && this.#session === undefined) {
      return Promise.reject(new CallError("CALL_OVER", "media is not possible: the call is over"));
    }
    this.#session ??= this.#openSession(towards);
    return this.#session;
  }

  async #openSession(towards: string | undefined): Promise<MediaSession> {
    const { engine } = this.#parts;
    const session = await engine.open({ address: await this.#parts.addressFor(towards) });
    const { events } = session;
    events.on("digit", (digit, by) => this.events.emit("digit", digit, by));
    events.on("timeout", () => this.events.emit("timeout"));
    events.on("ended", () => this.#playing.end("ended"));
    events.on("closed", (why) => {
      if (why !== undefined) this.events.emit("failed", new CallError("CALL_MEDIA_LOST", why));
    });
    return session;
  }

  #describer(session: MediaSession): Descriptions {
    this.#descriptions ??= new Descriptions(
      {
        sessionId: this.#parts.sessionId(),
        address: this.#parts.advertise ?? session.local.address,
      },
      !this.#sdes.isOff,
    );
    return this.#descriptions;
  }

  #streams(session: MediaSession, wanted: WantedMedia, security: StreamSettings["security"]): OwnStreams {
    return {
      audio: {
        kind: "audio",
        codecs: this.#codecs,
        direction: wanted.audio,
        address: this.#parts.advertise ?? session.local.address,
        port: session.local.port,
        ...(security === undefined ? {} : { security }),
      },
      video: undefined,
    };
  }

  #offeredSecurity(descriptions: Descriptions, leg: LegName): StreamSettings["security"] {
    const agreed = descriptions.session(leg);
    const sdes = agreed === undefined ? undefined : streamOf(agreed, "audio")?.sdes;
    return this.#sdes.inOffer(
      sdes === undefined ? undefined : { suite: sdes.suite, protocol: descriptions.protocol(leg, "audio") },
    );
  }

  /** Early dialogs follow one another until one is answered; then that one counts alone. */
  async #use(leg: LegName, agreed: NegotiatedSession): Promise<void> {
    if (this.#isSettled && leg !== this.#leg) return;
    this.#leg = leg;
    this.#agreed = agreedMedia(agreed);
    this.#configuring = this.#configuring.then(() => this.#configure(agreed));
    await this.#configuring;
  }

  async #configure(agreed: NegotiatedSession): Promise<void> {
    if (this.#closing !== undefined) return;
    try {
      const session = await this.#open(this.#towards);
      const stream = streamOf(agreed, "audio");
      if (stream !== undefined) {
        const { remote } = await session.stats();
        await session.configure(streamConfig(stream, remote));
        // Where digits cannot come as events they are listened for.
        await session.detectTones(!stream.companions.some(({ name }) => name.toLowerCase() === "telephone-event"));
      }
      this.events.emit("changed", agreedMedia(agreed));
    } catch (error) {
      if (this.#closing === undefined) this.events.emit("failed", error as Error);
    }
  }
}
