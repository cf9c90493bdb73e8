/** ZRTP of one stream: its engine driven by packets and by the pacer, its keys made into SRTP. RFC 6189 §4, §8.1. */

import {
  SrtpReceiver,
  SrtpSender,
  type ZrtpEffect,
  ZrtpEngine,
  type ZrtpFailure,
  type ZrtpSecurity,
  type ZrtpWarning,
} from "@trapezoid/rtp";
import { nodeCiphers } from "@trapezoid/rtp/node";
import type { MediaAddress, ZrtpConfig } from "../config.ts";
import type { Protection } from "../stream/keys.ts";
import type { ZrtpParts } from "./settings.ts";

export interface ZrtpHandlers {
  /** It is secure; told again when something about it has changed. */
  secured(security: ZrtpSecurity): void;
  warning(warning: ZrtpWarning, text: string): void;
  /** Media is not protected by ZRTP. */
  failed(why: string): void;
}

export class StreamZrtp {
  readonly #parts: ZrtpParts;
  readonly #handlers: ZrtpHandlers;
  readonly #send: (packet: Uint8Array) => void;
  readonly #engine: ZrtpEngine;
  readonly #isFirst: boolean;
  #config: ZrtpConfig | undefined;
  #remote: MediaAddress | undefined;
  #protection: Protection | undefined;
  #isQuiet = false;
  #dueAt: number | undefined;

  constructor(parts: ZrtpParts, handlers: ZrtpHandlers, send: (packet: Uint8Array) => void) {
    const { crypto, cache, settings, keys } = parts;
    this.#parts = parts;
    this.#handlers = handlers;
    this.#send = send;
    this.#isFirst = keys.enter();
    this.#engine = new ZrtpEngine({ ...settings, crypto, zid: cache.zid });
  }

  /** For a=zrtp-hash of ours. */
  get hash(): string {
    return this.#engine.helloHash;
  }

  get protection(): Protection | undefined {
    return this.#protection;
  }

  /** Nothing may be sent now but ZRTP itself: keys are being agreed on, or only protected media is wanted. */
  get isQuiet(): boolean {
    return this.#isQuiet;
  }

  /** What the other side announced. */
  get remoteHash(): string | undefined {
    return this.#config?.remoteHash;
  }

  /** At first, and again with each change. `ssrc` is of what we send. */
  configure(config: ZrtpConfig, remote: MediaAddress, ssrc: number): void {
    const before = this.#config;
    const remoteBefore = this.#remote;
    this.#config = config;
    this.#remote = remote;
    if (before === undefined) {
      this.#isQuiet = this.isRequired;
      this.#perform(this.#engine.announce(config.remoteHash));
      if (this.#isFirst) this.#perform(this.#engine.start(ssrc));
      else this.#startFurther(ssrc);
    } else if (isSomebodyElse(before, config, remoteBefore!, remote) && this.#isFirst) {
      this.#restart(config);
    } else if (config.remoteHash !== before.remoteHash) {
      this.#perform(this.#engine.announce(config.remoteHash));
    }
  }

  /** Whether media in clear is of no use. */
  get isRequired(): boolean {
    return this.#config?.required === true;
  }

  /** Whether it was of use. */
  receive(octets: Uint8Array): boolean {
    const before = this.#unused;
    this.#perform(this.#engine.receive(octets));
    return this.#unused === before;
  }

  /** After packets were opened: the first one that is authentic says what Conf2ACK says (§4.6). */
  opened(): void {
    if (this.#engine.state !== "confirming" || this.#protection === undefined) return;
    if (this.#protection.receiver.counters.opened > 0) this.#perform(this.#engine.srtpReceived());
  }

  tick(nowMs: number): void {
    if (this.#dueAt === undefined || nowMs < this.#dueAt) return;
    this.#dueAt = undefined;
    this.#perform(this.#engine.timeout());
  }

  verify(matches: boolean): void {
    this.#perform(this.#engine.verify(matches));
  }

  close(): void {
    this.#perform(this.#engine.close());
  }

  get #unused(): number {
    const { malformed, refused } = this.#engine.counters;
    return malformed + refused;
  }

  /** §4.4.3: after the first stream, whose master is needed; without one, further streams are as the first. */
  #startFurther(ssrc: number): void {
    this.#isQuiet = true;
    this.#parts.keys.whenSettled(() => {
      const { master } = this.#parts.keys;
      if (master !== undefined) this.#perform(this.#engine.start(ssrc, master));
      else this.#fail("the first stream of the call has no keys to share");
    });
  }

  #restart(config: ZrtpConfig): void {
    this.#protection = undefined;
    // What was secret so far does not go on in clear while it is not known who is there.
    this.#isQuiet = true;
    this.#perform(this.#engine.announce(undefined));
    this.#perform(this.#engine.restart());
    this.#perform(this.#engine.announce(config.remoteHash));
  }

  #perform(effects: readonly ZrtpEffect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: ZrtpEffect): void {
    const { clock, cache, keys } = this.#parts;
    switch (effect.kind) {
      case "send":
        this.#send(effect.packet);
        return;
      case "timer":
        this.#dueAt = effect.ms === undefined ? undefined : clock.now() + effect.ms;
        return;
      case "lookup":
        void this.#lookUp(effect.peer);
        return;
      case "quiet":
        this.#isQuiet = effect.on || this.isRequired;
        return;
      case "receive":
        this.#protection = {
          by: "zrtp",
          suite: effect.keying.suite.name,
          sender: undefined,
          receiver: new SrtpReceiver(nodeCiphers, effect.keying),
        };
        return;
      case "secured":
        this.#secure(effect);
        return;
      case "changed":
        this.#handlers.secured(effect.security);
        return;
      case "remember":
      case "expire":
      case "verified":
        cache.update(effect);
        return;
      case "warning":
        this.#handlers.warning(effect.warning, effect.text);
        return;
      case "failed":
        if (this.#isFirst) keys.settle(undefined);
        this.#fail(failureText(effect.failure));
        return;
      case "silent":
        if (this.#isFirst) keys.settle(undefined);
        this.#fail("the other side does not answer ZRTP");
        return;
      default:
        effect satisfies never;
    }
  }

  /** A memory that fails is as good as none: people compare then. */
  async #lookUp(peer: string): Promise<void> {
    const found = await this.#parts.cache.lookup(peer).catch(() => undefined);
    this.#perform(this.#engine.retained(found));
  }

  #secure({ send, receive, security, master }: ZrtpEffect & { readonly kind: "secured" }): void {
    this.#protection = {
      by: "zrtp",
      suite: security.suite,
      sender: new SrtpSender(nodeCiphers, send),
      // Of an initiator packets may have come already.
      receiver: this.#protection?.receiver ?? new SrtpReceiver(nodeCiphers, receive),
    };
    for (const { masterKey, masterSalt } of [send, receive]) {
      masterKey.fill(0);
      masterSalt.fill(0);
    }
    this.#isQuiet = false;
    if (this.#isFirst) this.#parts.keys.settle(master);
    this.#handlers.secured(security);
  }

  #fail(why: string): void {
    this.#protection = undefined;
    this.#isQuiet = this.isRequired;
    this.#handlers.failed(
      this.#isQuiet ? `${why}; nothing is sent, for only protected media is wanted` : `${why}; media is not protected`,
    );
  }
}

/** Another Hello is announced, or, where none is, media goes elsewhere. */
function isSomebodyElse(
  before: ZrtpConfig,
  now: ZrtpConfig,
  remoteBefore: MediaAddress,
  remote: MediaAddress,
): boolean {
  if (before.remoteHash !== undefined && now.remoteHash !== undefined) return now.remoteHash !== before.remoteHash;
  return remote.address !== remoteBefore.address || remote.port !== remoteBefore.port;
}

function failureText({ kind, text }: ZrtpFailure): string {
  return kind === "peer" ? `the other side ended the key agreement: ${text}` : `the key agreement failed: ${text}`;
}
