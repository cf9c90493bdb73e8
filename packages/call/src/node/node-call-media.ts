/** Media of one call in Node: descriptions on one side, media sessions with their sockets on the other. */

import { type Clock, Emitter } from "@trapezoid/base";
import type { MediaEngine, MediaSession, PacketSession } from "@trapezoid/media";
import type { ZrtpSecurity } from "@trapezoid/rtp";
import type { NegotiatedSession } from "@trapezoid/sdp";
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
import type { AgreedMedia, CallStatistics, CallVideo, PlaySource, Recording, RecordOptions } from "../values.ts";
import { codecSettings } from "./audio-settings.ts";
import { CallRecording } from "./call-recording.ts";
import { callStatistics, noStatistics } from "./call-statistics.ts";
import { CallZrtp } from "./call-zrtp.ts";
import { Descriptions } from "./descriptions.ts";
import { OwnPlace } from "./own-place.ts";
import { Playing } from "./playing.ts";
import type { RunningSecurity } from "./sdes-offer.ts";
import { agreedMedia, streamOf } from "./stream-config.ts";
import { StreamSlot } from "./stream-slot.ts";
import { videoSettings } from "./video-settings.ts";

export interface NodeMediaParts {
  readonly engine: MediaEngine;
  readonly clock: Clock;
  /** The address of ours for a call towards a host; where that is not known now, the one before. */
  addressFor(host: string | undefined, before: string | undefined): Promise<string>;
  /** What descriptions say in place of our address. */
  readonly advertise: string | undefined;
  /** A fresh o= session id. */
  sessionId(): string;
}

/** Between two digits; media sends them one after the other (RFC 4733 §2.5.1.4 asks for a pause). */
const digitGapMs = 80;
const defaultToneMs = 160;

export class NodeCallMedia implements CallMedia {
  readonly events: Emitter<CallMediaEvents> = new Emitter();
  readonly #parts: NodeMediaParts;
  readonly #audio: StreamSlot<MediaSession>;
  readonly #video: StreamSlot<PacketSession>;
  readonly #zrtp: CallZrtp;
  readonly #playing = new Playing();
  readonly #recordings = new Set<CallRecording>();
  readonly #place: OwnPlace;
  #descriptions: Descriptions | undefined;
  #agreed: AgreedMedia | undefined;
  /** What it was made from. */
  #negotiated: NegotiatedSession | undefined;
  /** The leg whose agreement is in force, and whether it was answered. */
  #leg: LegName;
  #isSettled = false;
  /** What is heard goes back. */
  #isEchoing = false;
  /** Configurations follow one another. */
  #configuring: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  /** Of a call that is over. */
  #lastStatistics = noStatistics;

  /** Throws a `CallError` for a codec that there is not. */
  constructor(parts: NodeMediaParts, { towards, profile }: OpenMediaOptions) {
    this.#parts = parts;
    const { clock, advertise } = parts;
    const zrtp = new CallZrtp({
      mode: profile.zrtp,
      clock,
      events: this.events,
      changed: () => this.#protectionChanged(),
    });
    this.#zrtp = zrtp;
    this.#place = new OwnPlace({
      towards,
      addressFor: parts.addressFor,
      move: (address) => Promise.all([this.#audio.move(address), this.#video.move(address)]),
      warn: (text) => this.events.emit("warning", text),
    });
    const common = { security: profile, zrtp, advertise };
    this.#audio = new StreamSlot({
      ...common,
      kind: "audio",
      codecs: codecSettings(profile),
      open: () => this.#openAudio(),
    });
    this.#video = new StreamSlot({
      ...common,
      kind: "video",
      codecs: videoSettings(profile.videoCodecs),
      open: () => this.#openVideo(),
    });
  }

  get agreed(): AgreedMedia | undefined {
    return this.#agreed;
  }

  async offer(leg: LegName, wanted: WantedMedia): Promise<string> {
    const descriptions = await this.#describer(undefined);
    const running = descriptions.session(leg);
    if (running !== undefined) await this.#place.follow();
    return descriptions.offer(leg, {
      audio: await this.#audio.inOffer(wanted.audio, securityOf(descriptions, leg, running, "audio")),
      video:
        wanted.video === undefined
          ? undefined
          : await this.#video.inOffer(wanted.video, securityOf(descriptions, leg, running, "video")),
    });
  }

  async answer(leg: LegName, offer: string, wanted: WantedMedia): Promise<string | MediaRefusal> {
    const { host, hasVideo, hasZrtp } = Descriptions.glance(offer);
    const descriptions = await this.#describer(host);
    if (descriptions.session(leg) !== undefined) await this.#place.follow();
    const answered = descriptions.answer(leg, offer, {
      audio: await this.#audio.inAnswer(wanted.audio, hasZrtp),
      video: wanted.video === undefined || !hasVideo ? undefined : await this.#video.inAnswer(wanted.video, hasZrtp),
    });
    if ("status" in answered) {
      this.#cameToNothing();
      return answered;
    }
    this.#place.settle();
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
    if (!isPreview) this.#place.settle();
    void this.#use(leg, agreement.session);
    return undefined;
  }

  rollBack(leg: LegName): void {
    this.#descriptions?.rollBack(leg);
    this.#cameToNothing();
  }

  select(leg: LegName): void {
    this.#isSettled = true;
    this.#zrtp.answered();
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
    const session = await this.#audio.open();
    this.#isEchoing = typeof source === "object" && source.kind === "echo";
    await this.#echoVideo();
    return await this.#playing.play(session, source, signal);
  }

  async dial(digits: string, options: { readonly toneMs?: number; readonly tones?: boolean }): Promise<void> {
    const { toneMs = defaultToneMs } = options;
    const session = await this.#audio.open();
    await this.#configuring;
    await session.dial(digits, options);
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(digits.length * (toneMs + digitGapMs), () => {
        closing[Symbol.dispose]();
        resolve();
      });
      const closing = session.events.on("closed", () => {
        timer[Symbol.dispose]();
        resolve();
      });
    });
  }

  async mute(muted: boolean): Promise<void> {
    await (await this.#audio.open()).mute(muted);
  }

  async record(path: string | undefined, options: RecordOptions): Promise<Recording> {
    if (path === undefined) throw new CallError("CALL_NO_PATH", "name the file to record to");
    const recording = await CallRecording.start(await this.#audio.open(), path, this.#parts.clock, options);
    this.#recordings.add(recording);
    const forget = (): void => void this.#recordings.delete(recording);
    recording.finished.then(forget, forget);
    return recording;
  }

  async audio(options: AudioOptions): Promise<CallAudio> {
    const session = await this.#audio.open();
    const { readable, writable } = await session.audio(options);
    return { readable, writable, flush: () => session.flushAudio() };
  }

  async video(): Promise<CallVideo> {
    if (this.#agreed?.video === undefined) {
      throw new CallError("CALL_NO_VIDEO", "there is no video in this call; setVideo(true) asks for it");
    }
    const session = await this.#video.open();
    const { readable, writable } = await session.packets();
    return { readable, writable, requestKeyFrame: () => session.requestKeyFrame() };
  }

  get security(): ZrtpSecurity | undefined {
    return this.#zrtp.security;
  }

  async verifySas(matches: boolean): Promise<void> {
    if (this.#zrtp.security === undefined) {
      throw new CallError("CALL_NO_SAS", "there is nothing to compare: ZRTP has not agreed on keys");
    }
    await (await this.#audio.open()).verifySas(matches);
  }

  async statistics(): Promise<CallStatistics> {
    if (!this.#audio.isOpen) return this.#lastStatistics;
    return callStatistics(await (await this.#audio.open()).stats());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // While the session is open it can say how long they are.
    await Promise.allSettled([...this.#recordings].map((recording) => recording.stop()));
    this.#lastStatistics = await this.statistics().catch(() => noStatistics);
    await Promise.all([this.#audio.close(), this.#video.close()]);
    this.#zrtp.close();
    this.#playing.end("stopped");
    this.events.removeAll();
    // SIP remembers its transactions, and so us, for half a minute.
    this.#descriptions = undefined;
    this.#negotiated = undefined;
  }

  async #openAudio(): Promise<MediaSession> {
    const session = await this.#parts.engine.open({
      address: await this.#place.address(),
      ...this.#zrtp.sessionOptions,
    });
    const { events } = session;
    events.on("digit", (digit, by) => this.events.emit("digit", digit, by));
    events.on("timeout", () => this.events.emit("timeout"));
    events.on("ended", () => this.#playing.end("ended"));
    events.on("closed", (why) => this.#lost(why));
    return session;
  }

  async #openVideo(): Promise<PacketSession> {
    const session = await this.#parts.engine.openPackets({
      address: await this.#place.address(),
      ...this.#zrtp.sessionOptions,
    });
    session.events.on("closed", (why) => this.#lost(why));
    return session;
  }

  #lost(why: string | undefined): void {
    if (why !== undefined) this.events.emit("failed", new CallError("CALL_MEDIA_LOST", why));
  }

  #cameToNothing(): void {
    this.#place.comeBack();
    // An offer of video that came to nothing holds no sockets.
    if (this.#agreed?.video === undefined) void this.#video.drop();
  }

  async #describer(towards: string | undefined): Promise<Descriptions> {
    const { advertise, sessionId } = this.#parts;
    const own = await this.#place.address(towards);
    const address = advertise ?? own;
    this.#descriptions ??= new Descriptions({ sessionId: sessionId(), address }, own, !this.#audio.sdes.isOff);
    return this.#descriptions;
  }

  /** Early dialogs follow one another until one is answered; then that one counts alone. */
  async #use(leg: LegName, agreed: NegotiatedSession): Promise<void> {
    if (this.#isSettled && leg !== this.#leg) return;
    this.#leg = leg;
    this.#negotiated = agreed;
    this.#agreed = this.#agreedOf(agreed);
    this.#configuring = this.#configuring.then(() => this.#configure(agreed));
    await this.#configuring;
  }

  async #configure(agreed: NegotiatedSession): Promise<void> {
    if (this.#closing !== undefined) return;
    try {
      const audio = streamOf(agreed, "audio");
      if (audio !== undefined) {
        const session = await this.#audio.configure(audio);
        // Where digits cannot come as events they are listened for.
        await session.detectTones(!audio.companions.some(({ name }) => name.toLowerCase() === "telephone-event"));
      }
      const video = streamOf(agreed, "video");
      if (video === undefined) await this.#video.drop();
      else await this.#video.configure(video);
      await this.#echoVideo();
      this.events.emit("changed", this.#agreedOf(agreed));
    } catch (error) {
      if (this.#closing === undefined) this.events.emit("failed", error as Error);
    }
  }

  #agreedOf(agreed: NegotiatedSession): AgreedMedia {
    return agreedMedia(agreed, (kind) => this.#zrtp.isSecured(kind));
  }

  #protectionChanged(): void {
    if (this.#negotiated === undefined || this.#closing !== undefined) return;
    this.#agreed = this.#agreedOf(this.#negotiated);
    this.events.emit("changed", this.#agreed);
  }

  async #echoVideo(): Promise<void> {
    if (this.#video.isOpen && this.#agreed?.video !== undefined) await (await this.#video.open()).echo(this.#isEchoing);
  }
}

function securityOf(
  descriptions: Descriptions,
  leg: LegName,
  running: NegotiatedSession | undefined,
  kind: "audio" | "video",
): RunningSecurity | undefined {
  const sdes = running === undefined ? undefined : streamOf(running, kind)?.sdes;
  return sdes === undefined ? undefined : { suite: sdes.suite, protocol: descriptions.protocol(leg, kind) };
}
