/** What a call does whoever made it: its state, its media, hold, digits, sound, its end. */

import { Emitter } from "@trapezoid/base";
import type { InviteSession, SessionEnd } from "@trapezoid/sip/agent";
import type { NameAddr, Uri } from "@trapezoid/sip/message";
import { CallChanges, type ChangingCall } from "./call-changes.ts";
import type { OwnEnd } from "./call-end.ts";
import { CallHandlers } from "./call-handlers.ts";
import type { CallHouse } from "./call-house.ts";
import { CallLife } from "./call-life.ts";
import type {
  Call,
  CallEvents,
  CollectOptions,
  HangUpOptions,
  PlayOptions,
  SendDigitsOptions,
  TransferOptions,
} from "./contract.ts";
import { collectDigits } from "./digit-collector.ts";
import { DigitEntry } from "./digit-entry.ts";
import { sendDigits } from "./digit-sender.ts";
import type { AudioOptions, CallAudio, CallMedia } from "./media-port.ts";
import { MediaWishes } from "./media-wishes.ts";
import { transferCall } from "./transfer.ts";
import type {
  AgreedMedia,
  CallEnd,
  CallState,
  CallStatistics,
  CallVideo,
  Digit,
  PlaySource,
  Recording,
  RecordOptions,
} from "./values.ts";

export abstract class BaseCall implements Call {
  abstract readonly direction: "outgoing" | "incoming";
  abstract readonly session: InviteSession;
  readonly events: Emitter<CallEvents> = new Emitter();
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;
  /** @internal What SIP asks us. */
  readonly handlers: CallHandlers;
  protected readonly house: CallHouse;
  readonly sound: CallMedia;
  protected readonly wishes: MediaWishes;
  readonly #life: CallLife;
  readonly #changes: CallChanges;
  readonly #digits: DigitEntry;
  #remote: NameAddr | undefined;
  #heldByThem = false;

  constructor(house: CallHouse, sound: CallMedia, wantsVideo: boolean) {
    this.house = house;
    this.sound = sound;
    this.wishes = new MediaWishes(wantsVideo);
    this.#digits = new DigitEntry(house.clock, house.maxWaitingDigits, (digit) => this.events.emit("digit", digit));
    const life = new CallLife(() => this.session.state);
    this.#life = life;
    this.answered = life.answered;
    this.ended = life.ended;
    this.#changes = new CallChanges(this.#changing());
    this.handlers = new CallHandlers({
      call: this,
      house,
      media: sound,
      wantedInOffer: () => this.wishes.inOffer,
      wantedInAnswer: () => this.wishes.inAnswer,
      // In a call that is up it is a change that fails, and whoever wanted it is told.
      mediaFailed: (error) => {
        if (this.session.state === "confirmed") return;
        this.#life.blame({ cause: "media-failed", text: `media is not possible: ${error.message}`, error });
      },
      digit: (digit) => this.#digits.receive(digit, "info"),
    });
    this.#hear();
  }

  get id(): string {
    return this.session.callId;
  }

  get state(): CallState {
    return this.#life.state;
  }

  get remote(): NameAddr {
    return this.#remote ?? this.session.assertedIdentity ?? this.session.remoteAddress;
  }

  get media(): AgreedMedia | undefined {
    return this.sound.agreed;
  }

  get held(): { readonly byUs: boolean; readonly byThem: boolean } {
    return { byUs: this.wishes.isHolding, byThem: this.#heldByThem };
  }

  /** @internal Aborted when it is over. */
  get over(): AbortSignal {
    return this.#life.over;
  }

  async hangUp({ status, reason }: HangUpOptions = {}): Promise<CallEnd> {
    await this.session.end({
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reasons: [{ protocol: "SIP", cause: status ?? 200, text: reason }] }),
    });
    return this.ended;
  }

  async hold({ play, signal }: { readonly play?: PlaySource; readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#life.mustBeUp("holding");
    await this.#changes.hold(play, signal);
  }

  async resume({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#life.mustBeUp("resuming");
    await this.#changes.resume(signal);
  }

  async setVideo(on: boolean, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#life.mustBeUp("changing video");
    await this.#changes.setVideo(on, signal);
  }

  async refresh({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#life.mustBeUp("refreshing");
    await this.#changes.refresh(signal);
  }

  transfer(target: string | Uri | Call, options: TransferOptions = {}): Promise<void> {
    this.#life.mustBeUp("transferring");
    return transferCall(this, target, options);
  }

  async sendDigits(digits: string, options: SendDigitsOptions = {}): Promise<void> {
    this.#life.mustNotBeOver("sending digits");
    await sendDigits({ media: this.sound, session: this.session, over: this.over }, digits, options);
  }

  digits({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Digit> {
    return this.#digits.inbox.read(signal);
  }

  collectDigits(options: CollectOptions = {}): Promise<string> {
    const { clock } = this.house;
    return collectDigits(
      { clock, digits: this.#digits.inbox, play: (source, playing) => this.play(source, playing) },
      options,
    );
  }

  async play(source: PlaySource, { signal, untilDigit = false }: PlayOptions = {}): Promise<"ended" | "stopped"> {
    this.#life.mustNotBeOver("playing");
    const stop = new AbortController();
    const signals = [this.over, stop.signal, ...(signal === undefined ? [] : [signal])];
    using _interruption = untilDigit ? this.events.on("digit", () => stop.abort()) : undefined;
    return await this.sound.play(source, AbortSignal.any(signals));
  }

  record(path?: string, options: RecordOptions = {}): Promise<Recording> {
    this.#life.mustNotBeOver("recording");
    return this.sound.record(path, options);
  }

  audio(options: AudioOptions = {}): Promise<CallAudio> {
    this.#life.mustNotBeOver("sound");
    return this.sound.audio(options);
  }

  video(): Promise<CallVideo> {
    this.#life.mustNotBeOver("video");
    return this.sound.video();
  }

  async mute(muted: boolean): Promise<void> {
    this.#life.mustNotBeOver("muting");
    await this.#changes.mute(muted);
  }

  statistics(): Promise<CallStatistics> {
    return this.sound.statistics();
  }

  async message(text: string, { contentType = "text/plain" }: { readonly contentType?: string } = {}): Promise<void> {
    this.#life.mustBeUp("a message");
    await this.session.request("MESSAGE", { body: { contentType, body: text } });
  }

  async info(body: { readonly contentType: string; readonly body: string }, infoPackage?: string): Promise<void> {
    this.#life.mustBeUp("INFO");
    await this.session.request("INFO", { body, ...(infoPackage === undefined ? {} : { infoPackage }) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
  }

  /** To be called once `session` is there. */
  protected begin(): void {
    const { session } = this;
    session.events.on("progress", (_leg, status, response) =>
      this.events.emit("progress", status, response?.reason ?? ""),
    );
    session.events.on("accepted", (leg) => this.sound.select(leg.remoteTag));
    session.events.on("legEnded", (leg) => this.sound.drop(leg.remoteTag));
    session.events.on("remoteIdentity", (remote) => {
      this.#remote = remote;
      this.events.emit("remote", remote);
    });
    session.confirmed.then(
      () => this.#up(),
      (error: unknown) => {
        this.#life.fail(error);
      },
    );
    session.ended.then((end) => this.#finish(end)).catch((error) => this.house.onError(error));
    this.house.added(this);
  }

  async #up(): Promise<void> {
    this.#life.confirm(this.house.clock.now());
    await this.sound.settled();
    this.events.emit("answered");
    this.#life.resolveAnswered();
  }

  async #finish(end: SessionEnd): Promise<void> {
    const now = this.house.clock.now();
    await this.sound.close();
    this.#digits.inbox.close();
    const result = this.#life.finish(end, now);
    this.house.removed(this);
    this.events.emit("ended", result);
    this.#life.resolveEnded(result);
    this.events.removeAll();
  }

  #hear(): void {
    const { events } = this.sound;
    events.on("digit", (digit, by) => this.#digits.receive(digit, by));
    events.on("timeout", () => this.#giveUp("media-timeout", "nothing was heard of the other side any more"));
    // A broken way is mended by a new offer; if it is not, `timeout` follows.
    events.on("interrupted", (why) => {
      this.events.emit("warning", `${why}; another way is looked for`);
      this.refresh().catch((error: unknown) => this.events.emit("warning", `no other way was found: ${String(error)}`));
    });
    events.on("failed", (error) => this.#giveUp("media-failed", `media cannot go on: ${error.message}`));
    events.on("secured", (sas, verified) => this.events.emit("secured", sas, verified));
    events.on("warning", (text) => this.events.emit("warning", text));
    events.on("changed", (agreed) => {
      this.wishes.heed(agreed);
      this.events.emit("media", agreed);
      const held = agreed.audio?.heldByRemote ?? false;
      if (held === this.#heldByThem) return;
      this.#heldByThem = held;
      this.events.emit("held", held);
    });
  }

  #giveUp(cause: OwnEnd["cause"], text: string): void {
    this.#life.blame({ cause, text });
    const status = cause === "media-timeout" ? 408 : 500;
    this.session
      .end({ status: 500, reasons: [{ protocol: "SIP", cause: status, text }] })
      .catch((error) => this.house.onError(error));
  }

  #changing(): ChangingCall {
    const call = this;
    return {
      get session() {
        return call.session;
      },
      media: this.sound,
      wishes: this.wishes,
      over: this.over,
      onError: (error) => this.house.onError(error),
    };
  }
}
