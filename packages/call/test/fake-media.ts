/** Media that moves nothing: it agrees by the rules of RFC 3264, writes down what it was asked, and fails where a test wants it to. */

import { Emitter } from "@trapezoid/base";
import type {
  AgreedMedia,
  CallAudio,
  CallMedia,
  CallMediaEvents,
  CallStatistics,
  CallVideo,
  Direction,
  LegName,
  MediaPort,
  MediaRefusal,
  OpenMediaOptions,
  PlaySource,
  Recording,
  RecordOptions,
  WantedMedia,
} from "@trapezoid/call";
import { both, reversed } from "@trapezoid/sdp";

/** In place of a session description. */
interface Sketch {
  readonly from: string;
  readonly number: number;
  readonly audio: Direction;
  readonly video: Direction | undefined;
}

export class FakeMediaPort implements MediaPort {
  readonly name: string;
  readonly opened: FakeMedia[] = [];
  /** Whether video that is offered can be taken at all. */
  hasCamera = true;
  /** What media that are opened cannot offer for. */
  noOffer: Error | undefined;
  /** What media that are opened refuse offers with. */
  nextRefusal: MediaRefusal | undefined;

  constructor(name: string) {
    this.name = name;
  }

  open(options: OpenMediaOptions): CallMedia {
    const media = new FakeMedia(this, options);
    media.refusal = this.nextRefusal;
    this.opened.push(media);
    return media;
  }

  /** Of the latest call. */
  get last(): FakeMedia {
    return this.opened.at(-1)!;
  }

  get openCount(): number {
    return this.opened.filter(({ isClosed }) => !isClosed).length;
  }
}

export class FakeMedia implements CallMedia {
  readonly events: Emitter<CallMediaEvents> = new Emitter();
  readonly options: OpenMediaOptions;
  readonly log: string[] = [];
  agreed: AgreedMedia | undefined;
  isClosed = false;
  isMuted = false;
  /** What the next answer of ours is. */
  refusal: MediaRefusal | undefined;
  /** What the next answer of theirs is told. */
  refusalOfAnswer: MediaRefusal | undefined;
  /** What the next offer or answer of ours fails with. */
  fault: Error | undefined;
  /** What `play`, `record` and `dial` fail with. */
  playFault: Error | undefined;
  /** While it is set nothing comes into force. */
  settling: Promise<void> | undefined;
  /** How long a sound takes: until a test says so. */
  #endPlaying: ((how: "ended" | "stopped") => void) | undefined;
  readonly #port: FakeMediaPort;
  readonly #offered = new Map<LegName, WantedMedia>();
  #count = 0;

  constructor(port: FakeMediaPort, options: OpenMediaOptions) {
    this.#port = port;
    this.options = options;
  }

  get isPlaying(): boolean {
    return this.#endPlaying !== undefined;
  }

  async offer(leg: LegName, wanted: WantedMedia): Promise<string> {
    this.log.push(`offer ${told(wanted)}`);
    const fault = this.fault ?? this.#port.noOffer;
    if (fault !== undefined) throw fault;
    this.#offered.set(leg, wanted);
    return this.#sketch(wanted.audio, wanted.video);
  }

  async answer(leg: LegName, offer: string, wanted: WantedMedia): Promise<string | MediaRefusal> {
    this.log.push(`answer ${told(wanted)}`);
    if (this.fault !== undefined) throw this.fault;
    if (this.refusal !== undefined) return this.refusal;
    const theirs = JSON.parse(offer) as Sketch;
    const audio = both(wanted.audio, reversed(theirs.audio));
    const takes = wanted.video !== undefined && theirs.video !== undefined && this.#port.hasCamera;
    const video = takes ? both(wanted.video!, reversed(theirs.video!)) : undefined;
    this.#agree(leg, theirs, audio, video);
    return this.#sketch(audio, video);
  }

  accept(leg: LegName, answer: string, isPreview: boolean): MediaRefusal | undefined {
    this.log.push(isPreview ? "preview" : "accept");
    if (this.refusalOfAnswer !== undefined) return this.refusalOfAnswer;
    const theirs = JSON.parse(answer) as Sketch;
    const wanted = this.#offered.get(leg) ?? this.#offered.get(undefined)!;
    const audio = both(wanted.audio, reversed(theirs.audio));
    const video =
      wanted.video === undefined || theirs.video === undefined ? undefined : both(wanted.video, reversed(theirs.video));
    this.#agree(leg, theirs, audio, video);
    return undefined;
  }

  rollBack(_leg: LegName): void {
    this.log.push("rollBack");
  }

  select(_leg: LegName): void {
    this.log.push("select");
  }

  drop(_leg: LegName): void {
    this.log.push("drop");
  }

  async settled(): Promise<void> {
    await this.settling;
  }

  play(source: PlaySource, signal?: AbortSignal): Promise<"ended" | "stopped"> {
    this.#endPlaying?.("stopped");
    this.#endPlaying = undefined;
    this.log.push(`play ${typeof source === "string" ? source : source.kind}`);
    if (this.playFault !== undefined) return Promise.reject(this.playFault);
    if (signal?.aborted) return Promise.resolve("stopped");
    return new Promise((resolve) => {
      const onAbort = (): void => end("stopped");
      const end = (how: "ended" | "stopped"): void => {
        signal?.removeEventListener("abort", onAbort);
        if (this.#endPlaying === end) this.#endPlaying = undefined;
        this.log.push(`play ${how}`);
        resolve(how);
      };
      this.#endPlaying = end;
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** The sound is over. */
  endPlaying(): void {
    this.#endPlaying?.("ended");
  }

  async dial(digits: string, { toneMs, tones }: { toneMs?: number; tones?: boolean }): Promise<void> {
    this.log.push(`dial ${digits} ${toneMs} ${tones === true ? "tones" : "events"}`);
    if (this.playFault !== undefined) throw this.playFault;
  }

  async mute(muted: boolean): Promise<void> {
    this.isMuted = muted;
    this.log.push(`mute ${muted}`);
  }

  async record(path: string | undefined, _options: RecordOptions): Promise<Recording> {
    this.log.push(`record ${path}`);
    if (this.playFault !== undefined) throw this.playFault;
    const finished = Promise.resolve({ path, blob: undefined, ms: 0 });
    return { finished, stop: () => finished };
  }

  async audio(): Promise<CallAudio> {
    this.log.push("audio");
    return { readable: new ReadableStream(), writable: new WritableStream(), flush: async () => {} };
  }

  async video(): Promise<CallVideo> {
    this.log.push("video");
    return { readable: new ReadableStream(), writable: new WritableStream(), requestKeyFrame: async () => true };
  }

  readonly security = undefined;

  async verifySas(matches: boolean): Promise<void> {
    this.log.push(`verifySas ${matches}`);
  }

  async statistics(): Promise<CallStatistics> {
    return {
      codec: "PCMU",
      security: "none",
      remote: undefined,
      sent: { packets: 1, octets: 160 },
      received: { packets: 1, octets: 160, lost: 0, lossShare: 0, jitterMs: 0 },
      roundTripMs: undefined,
      mos: undefined,
      remoteMos: undefined,
    };
  }

  async close(): Promise<void> {
    this.#endPlaying?.("stopped");
    this.isClosed = true;
    this.log.push("close");
    this.events.removeAll();
  }

  #sketch(audio: Direction, video: Direction | undefined): string {
    return JSON.stringify({ from: this.#port.name, number: ++this.#count, audio, video } satisfies Sketch);
  }

  #agree(_leg: LegName, theirs: Sketch, audio: Direction, video: Direction | undefined): void {
    const stream = { codec: "PCMU", clockRate: 8_000, security: "none", takesDigitEvents: true } as const;
    const holds = (direction: Direction | undefined): boolean => direction === "sendonly" || direction === "inactive";
    this.agreed = {
      audio: { ...stream, kind: "audio", direction: audio, heldByRemote: holds(theirs.audio) },
      video: video && { ...stream, kind: "video", direction: video, heldByRemote: holds(theirs.video) },
    };
    this.events.emit("changed", this.agreed);
  }
}

function told({ audio, video }: WantedMedia): string {
  return video === undefined ? audio : `${audio} video ${video}`;
}
