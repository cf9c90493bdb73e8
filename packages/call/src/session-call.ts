/** A call as SIP and media tell of it: state, who is there, who holds, how it began and ended. */

import { Emitter } from "@trapezoid/base";
import type { ZrtpSecurity } from "@trapezoid/rtp";
import type { InviteSession, SessionEnd } from "@trapezoid/sip/agent";
import type { NameAddr } from "@trapezoid/sip/message";
import { mediaFailed, mediaTimeout, type OwnEnd } from "./call-end.ts";
import type { CallHouse } from "./call-house.ts";
import { CallLife } from "./call-life.ts";
import type { CallEvents, HangUpOptions } from "./contract.ts";
import { DigitEntry } from "./digit-entry.ts";
import type { CallMedia, MediaProfile } from "./media-port.ts";
import { MediaWishes } from "./media-wishes.ts";
import type { AgreedMedia, CallEnd, CallState } from "./values.ts";

/** What a call is made from. */
export interface CallParts {
  /** A host that the other side may be at. */
  readonly towards: string | undefined;
  /** The call's own wishes. */
  readonly profile: MediaProfile | undefined;
  readonly wantsVideo: boolean;
}

export abstract class SessionCall {
  abstract readonly session: InviteSession;
  readonly events: Emitter<CallEvents>;
  /** @internal The call's own wishes for its media. */
  readonly profile: MediaProfile | undefined;
  protected readonly house: CallHouse;
  readonly sound: CallMedia;
  protected readonly wishes: MediaWishes;
  protected readonly life: CallLife;
  protected readonly entry: DigitEntry;
  #remote: NameAddr | undefined;
  #heldByThem = false;

  constructor(house: CallHouse, { profile, wantsVideo, towards }: CallParts) {
    this.house = house;
    this.profile = profile;
    this.events = new Emitter((error) => house.onError(error));
    this.sound = house.openMedia(towards, profile);
    this.wishes = new MediaWishes(wantsVideo);
    this.life = new CallLife(() => this.session.state);
    this.entry = new DigitEntry(house.clock, house.maxWaitingDigits, (digit) => this.events.emit("digit", digit));
    this.#hear();
  }

  get id(): string {
    return this.session.callId;
  }

  get state(): CallState {
    return this.life.state;
  }

  get answered(): Promise<void> {
    return this.life.answered;
  }

  get ended(): Promise<CallEnd> {
    return this.life.ended;
  }

  get remote(): NameAddr {
    return this.#remote ?? this.session.assertedIdentity ?? this.session.remoteAddress;
  }

  get media(): AgreedMedia | undefined {
    return this.sound.agreed;
  }

  get security(): ZrtpSecurity | undefined {
    return this.sound.security;
  }

  get held(): { readonly byUs: boolean; readonly byThem: boolean } {
    return { byUs: this.wishes.isHolding, byThem: this.#heldByThem };
  }

  /** @internal Aborted when it is over. */
  get over(): AbortSignal {
    return this.life.over;
  }

  async hangUp({ status, reason }: HangUpOptions = {}): Promise<CallEnd> {
    await this.session.end({
      ...(status === undefined ? {} : { status }),
      ...(reason === undefined ? {} : { reasons: [{ protocol: "SIP", cause: status ?? 200, text: reason }] }),
    });
    return this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
  }

  /** To be called once `session` is there, by the call itself. */
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
      (error: unknown) => this.life.fail(error),
    );
    session.ended.then((end) => this.#finish(end)).catch((error) => this.house.onError(error));
  }

  /** It is known to its user agent no more. */
  protected abstract onFinished(): void;

  /** Ends it for a reason that SIP does not know. */
  protected giveUp(own: OwnEnd): void {
    this.life.blame(own);
    const reasons = [{ protocol: "SIP", cause: own.status, text: own.text }];
    void this.session.end({ status: 500, reasons });
  }

  async #up(): Promise<void> {
    this.life.confirm(this.house.clock.now());
    await this.sound.settled();
    if (this.life.isOver) return;
    this.events.emit("answered");
    this.life.resolveAnswered();
  }

  async #finish(end: SessionEnd): Promise<void> {
    const now = this.house.clock.now();
    await this.sound.close();
    this.entry.inbox.close();
    const result = this.life.finish(end, now);
    this.onFinished();
    this.events.emit("ended", result);
    this.life.resolveEnded(result);
    this.events.removeAll();
  }

  #hear(): void {
    const { events } = this.sound;
    events.on("digit", (digit, by) => this.entry.receive(digit, by));
    events.on("timeout", () => this.giveUp(mediaTimeout));
    // A broken way is mended by a new offer; if it is not, `timeout` follows.
    events.on("interrupted", (why) => {
      this.events.emit("warning", `${why}; another way is looked for`);
      this.session.reinvite().catch((error) => this.events.emit("warning", `no other way was found: ${String(error)}`));
    });
    events.on("failed", (error) => this.giveUp(mediaFailed(error)));
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
}
