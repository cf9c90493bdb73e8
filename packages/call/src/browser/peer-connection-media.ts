/** The media of a call in a browser. W3C Web Real-Time Communications; RFC 8829 for offers and answers, RFC 5763 for their keys. */

import { type Clock, Emitter, systemClock } from "@trapezoid/base";
import { receives, sends } from "@trapezoid/sdp";
import { CallError, callOver, notOnThisPlatform } from "../errors.ts";
import type {
  AudioOptions,
  CallAudio,
  CallMedia,
  CallMediaEvents,
  LegName,
  MediaRefusal,
  WantedMedia,
} from "../media-port.ts";
import type { AgreedMedia, CallStatistics, CallVideo, PlaySource, Recording, RecordOptions } from "../values.ts";
import { CallSound } from "./call-sound.ts";
import { CallStreams } from "./call-streams.ts";
import { ConnectionWatch } from "./connection-watch.ts";
import { hasActive, refusalOf, sameAgreement } from "./descriptions.ts";
import { sendDigitEvents } from "./digit-tones.ts";
import { packetsHeard, readStatistics } from "./link-statistics.ts";
import { LocalInput } from "./local-input.ts";
import { PeerLink } from "./peer-link.ts";
import { isHolding, PeerLinks } from "./peer-links.ts";
import { type BrowserPlatform, pagePlatform } from "./platform.ts";
import { RemoteSound } from "./remote-sound.ts";
import { type BrowserMediaOptions, mediaDefaults } from "./settings.ts";

const defaultToneMs = 160;

export class PeerConnectionMedia implements CallMedia {
  readonly events: Emitter<CallMediaEvents> = new Emitter();
  /** What the page may show and play. */
  readonly streams: CallStreams;
  readonly #options: BrowserMediaOptions;
  readonly #platform: BrowserPlatform;
  readonly #clock: Clock;
  readonly #links: PeerLinks;
  readonly #watch: ConnectionWatch;
  readonly #microphone: LocalInput;
  readonly #camera: LocalInput;
  readonly #sound: CallSound;
  readonly #stream: MediaStream;
  #cameraTrack: MediaStreamTrack | undefined;
  #agreed: AgreedMedia | undefined;
  #closing: Promise<void> | undefined;
  /** The microphone may be heard: we call, or have answered. */
  #isAnswered = false;
  #isSelected = false;
  #isHolding = false;

  constructor(options: BrowserMediaOptions) {
    const { platform = pagePlatform, clock = systemClock, microphone = true, camera = true } = options;
    this.#options = options;
    this.#platform = platform;
    this.#clock = clock;
    this.#stream = new platform.MediaStream();
    const warn = (text: string): void => this.events.emit("warning", text);
    this.#microphone = new LocalInput("microphone", microphone, platform, () => void this.#replaceMicrophone());
    this.#camera = new LocalInput("camera", camera, platform, () => {
      this.#releaseCamera();
      warn("the camera is gone: the other side sees nothing any more until video is asked for again");
    });
    const { output, speaker, frameWorkletUrl } = options;
    this.streams = new CallStreams(platform, new RemoteSound({ platform, output, speaker, onSilenced: warn }));
    this.#sound = new CallSound({
      platform,
      clock,
      frameWorkletUrl,
      hasMicrophone: this.#microphone.isWanted,
      send: (track) => this.#send("audio", track),
      warn,
    });
    this.#links = new PeerLinks(
      {
        openLink: () => this.#openLink(),
        tracks: () => ({ audio: this.#sound.outgoing.track, video: this.#cameraTrack ?? null, stream: this.#stream }),
        onAgreed: (agreed, wanted) => this.#onAgreed(agreed, wanted),
        onApplied: (link) => this.#onApplied(link),
        onFailed: (error) => this.events.emit("failed", error),
      },
      options.earlyMedia ?? true,
    );
    this.#watch = new ConnectionWatch({
      clock,
      connectMs: options.connectMs ?? mediaDefaults.connectMs,
      mediaTimeoutMs: options.mediaTimeoutMs ?? mediaDefaults.mediaTimeoutMs,
      packets: () => this.#packets(),
      onBroken: () => {
        this.#links.restart();
        this.events.emit("interrupted", "nothing gets through between the two sides any more");
      },
      onTimeout: () => this.events.emit("timeout"),
    });
  }

  get agreed(): AgreedMedia | undefined {
    return this.#agreed;
  }

  /** Browsers speak DTLS-SRTP alone. */
  get security(): undefined {
    return undefined;
  }

  async verifySas(_matches: boolean): Promise<void> {
    throw notOnThisPlatform("comparing a string of ZRTP", "browsers protect media by DTLS");
  }

  /** The connection that sound comes by; for what is not offered here. It is closed with the call. */
  get connection(): RTCPeerConnection | undefined {
    return this.#links.current?.connection;
  }

  async offer(leg: LegName, wanted: WantedMedia): Promise<string> {
    // Who calls is heard from the beginning: menus listen before they answer.
    if (leg === undefined) this.#isAnswered = true;
    await this.#openInputs(wanted);
    return this.#links.offer(leg, wanted);
  }

  async answer(leg: LegName, offer: string, wanted: WantedMedia): Promise<string | MediaRefusal> {
    const refusal = refusalOf(offer);
    if (refusal !== undefined) return refusal;
    const video = hasActive(offer, "video") ? wanted.video : undefined;
    const possible = { audio: wanted.audio, video: await this.#possibleVideo(video) };
    await this.#openInputs(possible);
    try {
      return await this.#links.answer(leg, offer, possible);
    } finally {
      if (this.#agreed?.video === undefined) this.#releaseCamera();
    }
  }

  accept(leg: LegName, answer: string, _isPreview: boolean): MediaRefusal | undefined {
    return this.#links.accept(leg, answer);
  }

  rollBack(leg: LegName): void {
    this.#links.rollBack(leg);
    if (this.#agreed?.video === undefined) this.#releaseCamera();
  }

  select(leg: LegName): void {
    this.#isAnswered = true;
    this.#isSelected = true;
    this.#sound.outgoing.isLive = !this.#isHolding;
    if (leg !== undefined) this.#links.select(leg);
    this.#follow();
  }

  drop(leg: LegName): void {
    if (leg !== undefined) this.#links.drop(leg);
  }

  settled(): Promise<void> {
    return this.#links.settled();
  }

  play(source: PlaySource, signal?: AbortSignal): Promise<"ended" | "stopped"> {
    return this.#sound.play(source, signal);
  }

  async dial(digits: string, options: { readonly toneMs?: number; readonly tones?: boolean }): Promise<void> {
    const { toneMs = defaultToneMs, tones = false } = options;
    const sender = this.#links.current?.transceiver("audio")?.sender.dtmf;
    const takesEvents = this.#agreed?.audio?.takesDigitEvents === true;
    if (tones || !takesEvents || sender === undefined || sender === null) {
      await this.#sound.outgoing.soundDigits(digits, toneMs);
    } else await sendDigitEvents(sender, digits, toneMs, this.#clock);
  }

  async mute(muted: boolean): Promise<void> {
    this.#sound.outgoing.mute(muted);
  }

  record(path: string | undefined, options: RecordOptions): Promise<Recording> {
    return this.#sound.record(path, options);
  }

  audio(options: AudioOptions): Promise<CallAudio> {
    return this.#sound.audio(options);
  }

  async video(): Promise<CallVideo> {
    throw notOnThisPlatform(
      "video as packets",
      "browsers show it: give mediaOf(call).streams.remoteVideo to a video element",
    );
  }

  async statistics(): Promise<CallStatistics> {
    const link = this.#links.current;
    return readStatistics(link === undefined ? new Map() : await link.connection.getStats());
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #openLink(): PeerLink {
    const { iceServers = [], iceTransportPolicy = "all", gatherMs = mediaDefaults.gatherMs } = this.#options;
    const connection = new this.#platform.RTCPeerConnection({ iceServers: [...iceServers], iceTransportPolicy });
    return new PeerLink(connection, { clock: this.#clock, gatherMs });
  }

  async #openInputs(wanted: WantedMedia): Promise<void> {
    if (sends(wanted.audio)) {
      this.#sound.outgoing.setMicrophone(await this.#microphone.open());
      this.#sound.outgoing.openSilence();
      this.#sound.outgoing.isLive = this.#isAnswered && !this.#isHolding;
    }
    if (wanted.video !== undefined && sends(wanted.video)) {
      this.#cameraTrack = await this.#camera.open();
      this.streams.showCamera(this.#cameraTrack);
    }
    if (this.#closing !== undefined) throw callOver("media", undefined);
  }

  /** Who has no camera can see all the same. */
  async #possibleVideo(wanted: WantedMedia["video"]): Promise<WantedMedia["video"]> {
    if (wanted === undefined || !sends(wanted)) return wanted;
    const seeing = receives(wanted) ? "recvonly" : "inactive";
    try {
      return (await this.#camera.open()) === undefined ? seeing : wanted;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.events.emit("warning", `${error.message}; the other side is seen, and does not see us`);
      return seeing;
    }
  }

  #onAgreed(agreed: AgreedMedia, wanted: WantedMedia): void {
    this.#isHolding = isHolding(wanted);
    this.#sound.outgoing.isLive = this.#isAnswered && !this.#isHolding;
    if (agreed.video === undefined && !this.#links.isOffering) this.#releaseCamera();
    if (sameAgreement(this.#agreed, agreed)) return;
    this.#agreed = agreed;
    this.events.emit("changed", agreed);
  }

  #onApplied(link: PeerLink): void {
    if (this.#closing !== undefined || link !== this.#links.current) return;
    this.#sound.hear(this.streams.show(link));
    this.#send("audio", this.#sound.outgoing.track);
    this.#follow();
  }

  /** From the answer on it has to work. */
  #follow(): void {
    const link = this.#links.current;
    if (this.#isSelected && link?.connection.remoteDescription != null) this.#watch.begin(link.connection);
  }

  /** The headset was pulled out: another one may be there. */
  async #replaceMicrophone(): Promise<void> {
    const { outgoing } = this.#sound;
    try {
      outgoing.setMicrophone(await this.#microphone.open());
      this.events.emit("warning", "the microphone was gone, and another one has taken its place");
    } catch (error) {
      outgoing.setMicrophone(undefined);
      this.events.emit("warning", `the other side hears nothing any more: ${String(error)}`);
    }
  }

  #releaseCamera(): void {
    if (this.#cameraTrack === undefined) return;
    this.#cameraTrack = undefined;
    this.streams.showCamera(undefined);
    this.#send("video", null);
    this.#camera.release();
  }

  #send(kind: "audio" | "video", track: MediaStreamTrack | null): void {
    for (const link of this.#links.all) {
      link.send(kind, track).catch((error: unknown) => {
        if (this.#closing === undefined)
          this.events.emit("warning", `what is sent could not be changed: ${String(error)}`);
      });
    }
  }

  async #packets(): Promise<number | undefined> {
    const { audio } = this.#agreed ?? {};
    const link = this.#links.current;
    if (audio === undefined || link === undefined || !receives(audio.direction)) return undefined;
    return packetsHeard(await link.connection.getStats());
  }

  async #close(): Promise<void> {
    this.#watch.stop();
    this.#microphone.close();
    this.#camera.close();
    await this.#sound.close();
    this.#links.close();
    this.streams.close();
    this.events.removeAll();
  }
}
