/** ZRTP of one call: which sessions speak it, what it says of them, what its failure means. RFC 6189. */

import { randomUUID } from "node:crypto";
import type { Clock, Emitter } from "@trapezoid/base";
import type { MediaSession, PacketSession, SessionOptions, ZrtpConfig } from "@trapezoid/media";
import type { ZrtpSecurity } from "@trapezoid/rtp";
import type { NegotiatedStream } from "@trapezoid/sdp";
import { CallError } from "../errors.ts";
import type { CallMediaEvents, MediaProfile } from "../media-port.ts";

type Kind = "audio" | "video";

export interface CallZrtpParts {
  readonly mode: MediaProfile["zrtp"];
  readonly clock: Clock;
  readonly events: Emitter<CallMediaEvents>;
  /** What protects a stream has changed. */
  readonly changed: () => void;
}

/** After the answer, so long it may take where nothing else is wanted: RFC 6189 §6 lets a Hello try for 12 seconds. */
const patienceMs = 15_000;

export class CallZrtp {
  readonly #parts: CallZrtpParts;
  /** Streams of one call share their keys (§4.4.3). */
  readonly #call = randomUUID();
  readonly #secured = new Map<Kind, ZrtpSecurity>();
  #deadline: Disposable | undefined;

  constructor(parts: CallZrtpParts) {
    this.#parts = parts;
  }

  get isOn(): boolean {
    const { mode } = this.#parts;
    return mode !== undefined && mode !== false;
  }

  get #isRequired(): boolean {
    return this.#parts.mode === "required";
  }

  /** Of the sound. */
  get security(): ZrtpSecurity | undefined {
    return this.#secured.get("audio");
  }

  /** For the sessions of this call. */
  get sessionOptions(): Pick<SessionOptions, "zrtp" | "group"> {
    return this.isOn ? { zrtp: { call: this.#call }, group: this.#call } : {};
  }

  isSecured(kind: Kind): boolean {
    return this.#secured.has(kind);
  }

  configOf({ zrtpHash }: NegotiatedStream): ZrtpConfig | undefined {
    return this.isOn ? { remoteHash: zrtpHash, required: this.#isRequired } : undefined;
  }

  watch(kind: Kind, session: MediaSession | PacketSession): void {
    if (!this.isOn) return;
    const { events } = session as PacketSession;
    events.on("secured", (security) => this.#isSecure(kind, security));
    events.on("securityWarning", (_warning, text) => this.#parts.events.emit("warning", text));
    events.on("zrtpFailed", (why) => this.#failed(kind, why));
  }

  /** The call was answered: from now on it counts how long it takes. */
  answered(): void {
    if (!this.#isRequired || this.#deadline !== undefined) return;
    this.#deadline = this.#parts.clock.after(patienceMs, () => {
      if (!this.isSecured("audio")) this.#giveUp("no keys were agreed on by ZRTP");
    });
  }

  close(): void {
    this.#deadline?.[Symbol.dispose]();
    this.#secured.clear();
  }

  #isSecure(kind: Kind, security: ZrtpSecurity): void {
    const isNew = !this.#secured.has(kind);
    this.#secured.set(kind, security);
    // §7: there is one string in a call, that of the sound.
    if (kind === "audio") this.#parts.events.emit("secured", security.sas, security.verified);
    if (isNew) this.#parts.changed();
  }

  #failed(kind: Kind, why: string): void {
    const was = this.#secured.delete(kind);
    this.#parts.events.emit("warning", `${kind === "audio" ? "" : "video: "}${why}`);
    if (was) this.#parts.changed();
    // Before the answer it may still come.
    if (kind === "audio" && this.#isRequired && this.#deadline !== undefined) this.#giveUp(why);
  }

  #giveUp(why: string): void {
    this.#parts.events.emit("failed", new CallError("CALL_NO_SECURE_MEDIA", why));
  }
}
