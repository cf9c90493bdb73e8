/** What can be asked of a call, whoever made it: hold, transfer, digits, sound, texts. */

import type { InviteSession } from "@trapezoid/sip/agent";
import { type Uri, utf8Encode } from "@trapezoid/sip/message";
import { CallChanges, type ChangingCall } from "./call-changes.ts";
import { disagreed, mediaFailed } from "./call-end.ts";
import { CallHandlers } from "./call-handlers.ts";
import type { CallHouse } from "./call-house.ts";
import type { Call, CollectOptions, PlayOptions, SendDigitsOptions, TransferOptions } from "./contract.ts";
import { collectDigits } from "./digit-collector.ts";
import { sendDigits } from "./digit-sender.ts";
import type { AudioOptions, CallAudio } from "./media-port.ts";
import { type CallParts, SessionCall } from "./session-call.ts";
import { transferCall } from "./transfer.ts";
import type { CallStatistics, CallVideo, Digit, PlaySource, Recording, RecordOptions } from "./values.ts";

/** RFC 3428 §8: what is not ASCII says so. */
const plainText = "text/plain;charset=utf-8";

export abstract class BaseCall extends SessionCall implements Call {
  abstract readonly direction: "outgoing" | "incoming";
  /** @internal What SIP asks us. */
  readonly handlers: CallHandlers;
  readonly #changes: CallChanges;

  constructor(house: CallHouse, parts: CallParts) {
    super(house, parts);
    this.#changes = new CallChanges(this.#changing());
    this.handlers = new CallHandlers({
      call: this,
      house,
      profile: parts.profile,
      media: this.sound,
      wantedInOffer: () => this.wishes.inOffer,
      wantedInAnswer: () => this.wishes.inAnswer,
      digit: (digit) => this.entry.receive(digit, "info"),
      failed: (error) => this.life.blame(mediaFailed(error)),
      disagreed: ({ status, reason }) => this.life.blame(disagreed(status, reason)),
      warn: (text) => this.events.emit("warning", text),
    });
  }

  async hold({ play, signal }: { readonly play?: PlaySource; readonly signal?: AbortSignal } = {}): Promise<void> {
    this.life.mustBeUp("holding");
    await this.#changes.hold(play, signal);
  }

  async resume({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.life.mustBeUp("resuming");
    await this.#changes.resume(signal);
  }

  async setVideo(on: boolean, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.life.mustBeUp("changing video");
    await this.#changes.setVideo(on, signal);
  }

  async refresh({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.life.mustBeUp("refreshing");
    await this.#changes.refresh(signal);
  }

  async transfer(target: string | Uri | Call, options: TransferOptions = {}): Promise<void> {
    this.life.mustBeUp("transferring");
    await transferCall(this, target, options);
  }

  async sendDigits(digits: string, options: SendDigitsOptions = {}): Promise<void> {
    const mustNotBeOver = (): void => this.life.mustNotBeOver("sending digits");
    mustNotBeOver();
    await sendDigits({ media: this.sound, session: this.session, mustNotBeOver }, digits, options);
  }

  digits({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Digit> {
    return this.entry.inbox.read(signal);
  }

  async collectDigits(options: CollectOptions = {}): Promise<string> {
    this.life.mustNotBeOver("collecting digits");
    const { clock } = this.house;
    const play = (source: PlaySource, playing: PlayOptions): Promise<unknown> => this.play(source, playing);
    return await collectDigits({ clock, digits: this.entry.inbox, over: this.over, play }, options);
  }

  async play(source: PlaySource, { signal, untilDigit = false }: PlayOptions = {}): Promise<"ended" | "stopped"> {
    this.life.mustNotBeOver("playing");
    const stop = new AbortController();
    const signals = [this.over, stop.signal, ...(signal === undefined ? [] : [signal])];
    using _interruption = untilDigit ? this.events.on("digit", () => stop.abort()) : undefined;
    return await this.sound.play(source, AbortSignal.any(signals));
  }

  async record(path?: string, options: RecordOptions = {}): Promise<Recording> {
    this.life.mustNotBeOver("recording");
    return await this.sound.record(path, options);
  }

  async audio(options: AudioOptions = {}): Promise<CallAudio> {
    this.life.mustNotBeOver("sound");
    return await this.sound.audio(options);
  }

  async video(): Promise<CallVideo> {
    this.life.mustNotBeOver("video");
    return await this.sound.video();
  }

  async verifySas(matches: boolean): Promise<void> {
    this.life.mustNotBeOver("comparing a string");
    await this.sound.verifySas(matches);
  }

  async mute(muted: boolean): Promise<void> {
    this.life.mustNotBeOver("muting");
    await this.#changes.mute(muted);
  }

  statistics(): Promise<CallStatistics> {
    return this.sound.statistics();
  }

  async message(text: string, { contentType = plainText }: { readonly contentType?: string } = {}): Promise<void> {
    this.life.mustBeUp("a message");
    await this.session.request("MESSAGE", { body: { contentType, body: utf8Encode(text) } });
  }

  async info(
    { contentType, body }: { readonly contentType: string; readonly body: string },
    infoPackage?: string,
  ): Promise<void> {
    this.life.mustBeUp("INFO");
    const named = infoPackage === undefined ? {} : { infoPackage };
    await this.session.request("INFO", { body: { contentType, body: utf8Encode(body) }, ...named });
  }

  protected override begin(): void {
    super.begin();
    this.house.added(this);
  }

  protected override onFinished(): void {
    this.house.removed(this);
  }

  #changing(): ChangingCall {
    const session = (): InviteSession => this.session;
    return {
      get session() {
        return session();
      },
      media: this.sound,
      wishes: this.wishes,
      over: this.over,
      warn: (text) => this.events.emit("warning", text),
    };
  }
}
