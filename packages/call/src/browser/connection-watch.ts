/** Whether the way between both sides is there: it comes up in time, comes back when it broke, and brings something. RFC 7675, RFC 8445 §9. */

import type { Clock } from "@trapezoid/base";

export type WatchState =
  /** Nothing is to be expected yet. */
  | "idle"
  | "connecting"
  | "up"
  /** It may come back by itself. */
  | "shaky"
  /** A new offer is to mend it. */
  | "broken"
  | "over";

export type WatchInput = "begin" | "connected" | "disconnected" | "failed" | "late";

type Effect = "disarm" | "armGrace" | "armConnect" | "interrupt" | "giveUp";

type Step = readonly [next: WatchState, ...effects: Effect[]];

/** How long it may be away before something is done. */
const GRACE_MS = 5_000;
/** How often packets are counted. */
const LOOK_MS = 2_000;

const broken: Step = ["broken", "armConnect", "interrupt"];

export const watchTable: Readonly<Record<WatchState, Readonly<Partial<Record<WatchInput, Step>>>>> = {
  idle: { begin: ["connecting", "armConnect"] },
  connecting: { connected: ["up", "disarm"], failed: broken, late: broken },
  up: { disconnected: ["shaky", "armGrace"], failed: broken },
  shaky: { connected: ["up", "disarm"], failed: broken, late: broken },
  broken: { connected: ["up", "disarm"], late: ["over", "giveUp"] },
  over: {},
};

export interface WatchOptions {
  readonly clock: Clock;
  readonly connectMs: number;
  /** 0: silence is no matter. */
  readonly mediaTimeoutMs: number;
  /** How many packets have come; `undefined` while none are to come. */
  packets(): Promise<number | undefined>;
  /** The way is broken: an ICE restart may mend it. */
  onBroken(): void;
  /** Nothing comes any more. */
  onTimeout(): void;
}

export class ConnectionWatch {
  readonly #options: WatchOptions;
  #connection: RTCPeerConnection | undefined;
  #state: WatchState = "idle";
  #timer: Disposable | undefined;
  #look: Disposable | undefined;
  #packets = 0;
  #heardAt = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get state(): WatchState {
    return this.#state;
  }

  /** From now on this connection has to bring something. */
  begin(connection: RTCPeerConnection): void {
    if (this.#connection === connection || this.#state === "over") return;
    this.#connection?.removeEventListener("connectionstatechange", this.#onState);
    const isFirst = this.#connection === undefined;
    this.#connection = connection;
    connection.addEventListener("connectionstatechange", this.#onState);
    this.#step("begin");
    this.#onState();
    if (!isFirst || this.#options.mediaTimeoutMs <= 0) return;
    this.#heardAt = this.#options.clock.now();
    this.#lookAgain();
  }

  stop(): void {
    this.#connection?.removeEventListener("connectionstatechange", this.#onState);
    this.#state = "over";
    this.#timer?.[Symbol.dispose]();
    this.#look?.[Symbol.dispose]();
  }

  readonly #onState = (): void => {
    const state = this.#connection?.connectionState;
    if (state === "connected" || state === "disconnected" || state === "failed") this.#step(state);
  };

  #step(input: WatchInput): void {
    const step = watchTable[this.#state][input];
    if (step === undefined) return;
    const [next, ...effects] = step;
    this.#state = next;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    const { connectMs, onBroken, onTimeout } = this.#options;
    switch (effect) {
      case "disarm":
        this.#timer?.[Symbol.dispose]();
        return;
      case "armGrace":
        this.#arm(GRACE_MS);
        return;
      case "armConnect":
        this.#arm(connectMs);
        return;
      case "interrupt":
        onBroken();
        return;
      case "giveUp":
        onTimeout();
        return;
      default:
        effect satisfies never;
    }
  }

  #arm(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#options.clock.after(ms, () => this.#step("late"));
  }

  #lookAgain(): void {
    this.#look = this.#options.clock.after(LOOK_MS, () => {
      void this.#count().finally(() => {
        if (this.#state !== "over") this.#lookAgain();
      });
    });
  }

  async #count(): Promise<void> {
    const { clock, packets, mediaTimeoutMs, onTimeout } = this.#options;
    const now = await packets().catch(() => undefined);
    if (now === undefined || now !== this.#packets) {
      this.#packets = now ?? this.#packets;
      this.#heardAt = clock.now();
      return;
    }
    if (this.#state === "over" || clock.now() - this.#heardAt < mediaTimeoutMs) return;
    this.stop();
    onTimeout();
  }
}
