/** A call without a network: a test answers it, ends it, and sees what was asked of it. */

import { Emitter } from "@trapezoid/base";
import {
  type AgreedMedia,
  type Call,
  type CallEnd,
  type CallEvents,
  type CallOptions,
  type CallState,
  type CallStatistics,
  callFailed,
  type Recording,
} from "@trapezoid/call";
import { nameAddr, parseUri } from "@trapezoid/sip/message";

export const agreedOpus: AgreedMedia = {
  audio: {
    kind: "audio",
    codec: "opus",
    clockRate: 48_000,
    direction: "sendrecv",
    heldByRemote: false,
    security: "sdes",
    takesDigitEvents: true,
  },
  video: undefined,
};

export const noEnd: CallEnd = {
  cause: "bye",
  by: "remote",
  status: 0,
  reason: "",
  reasons: [],
  durationMs: 42_000,
  text: "the other side hung up",
};

/** What of a call the phone of the command line uses. */
export class FakeCall {
  readonly direction: "outgoing" | "incoming";
  readonly id = "c1";
  readonly events: Emitter<CallEvents> = new Emitter();
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;
  readonly replaces = undefined;
  readonly remote;
  state: CallState = "calling";
  media: AgreedMedia | undefined;
  held = { byUs: false, byThem: false };
  packets = 0;
  /** What was asked for, in order. */
  readonly asked: string[] = [];
  /** What operations fail with. */
  failure: Error | undefined;
  readonly #answered = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<CallEnd>();
  readonly #recordings: ((ms: number) => void)[] = [];

  constructor(direction: "outgoing" | "incoming", remote: string, options: CallOptions = {}) {
    this.direction = direction;
    const uri = parseUri(remote);
    if (!uri.ok) throw new TypeError(uri.error.message);
    this.remote = nameAddr(uri.value);
    this.answered = this.#answered.promise;
    this.answered.catch(() => {});
    this.ended = this.#ended.promise;
    if (options.video) this.asked.push("video");
  }

  /** As the contract has it; what the phone does not use is not there. */
  get asCall(): Call & { answer(): Promise<void> } {
    return this as unknown as Call & { answer(): Promise<void> };
  }

  /** The other side rings. */
  rings(): void {
    this.state = "ringing";
    this.events.emit("progress", 180, "Ringing");
  }

  /** It is up. */
  async up(media: AgreedMedia = agreedOpus): Promise<void> {
    this.state = "active";
    this.media = media;
    this.events.emit("answered");
    this.#answered.resolve();
    await this.answered;
  }

  over(over: Partial<CallEnd> = {}): void {
    if (this.state === "ended") return;
    const end = { ...noEnd, ...over };
    this.state = "ended";
    this.#answered.reject(callFailed(end));
    for (const finish of this.#recordings.splice(0)) finish(end.durationMs);
    this.events.emit("ended", end);
    this.#ended.resolve(end);
  }

  async hangUp(options: { readonly status?: number } = {}): Promise<CallEnd> {
    this.#note(options.status === undefined ? "hang up" : `hang up ${options.status}`);
    if (this.state === "active") this.over({ by: "local", text: "we hung up" });
    else
      this.over({ cause: "cancelled", by: "local", status: 487, text: "the call was given up before it was answered" });
    return this.ended;
  }

  async answer(): Promise<void> {
    this.#note("answer");
    await this.up();
  }

  async ring(): Promise<void> {
    this.#note("ring");
    this.state = "ringing";
  }

  reject(status: number): void {
    this.#note(`reject ${status}`);
    this.over({ cause: "rejected", by: "local", status, text: `we refused the call: ${status}` });
  }

  header(): readonly string[] {
    return [];
  }

  async hold(): Promise<void> {
    await this.#may("hold");
    this.held = { ...this.held, byUs: true };
  }

  async resume(): Promise<void> {
    await this.#may("resume");
    this.held = { ...this.held, byUs: false };
  }

  async mute(muted: boolean): Promise<void> {
    await this.#may(muted ? "mute" : "unmute");
  }

  async setVideo(on: boolean): Promise<void> {
    await this.#may(`video ${on ? "on" : "off"}`);
  }

  async transfer(target: unknown): Promise<void> {
    const isCall = target instanceof FakeCall;
    await this.#may(isCall ? "join" : "transfer");
    if (isCall) {
      target.over({ cause: "replaced", by: "remote" });
      await target.ended;
    }
    this.over({ by: "local" });
  }

  async sendDigits(digits: string, options: { readonly by?: string } = {}): Promise<void> {
    await this.#may(`digits ${digits}${options.by === undefined ? "" : ` by ${options.by}`}`);
  }

  /** Goes on until the test ends it, or the call is over. */
  readonly played: { readonly source: unknown; readonly end: () => void }[] = [];
  async play(source: unknown): Promise<"ended" | "stopped"> {
    await this.#may("play");
    const { promise, resolve } = Promise.withResolvers<"ended">();
    this.played.push({ source, end: () => resolve("ended") });
    return Promise.race([promise, this.ended.then(() => "stopped" as const)]);
  }

  async record(path: string): Promise<Recording> {
    await this.#may(`record ${path}`);
    const { promise, resolve } = Promise.withResolvers<{ path: string; blob: undefined; ms: number }>();
    this.#recordings.push((ms) => resolve({ path, blob: undefined, ms }));
    return { finished: promise, stop: () => promise };
  }

  async statistics(): Promise<CallStatistics> {
    return {
      codec: "opus",
      security: "sdes",
      remote: "192.0.2.7:40000",
      sent: { packets: 10, octets: 1_600 },
      received: { packets: this.packets, octets: this.packets * 160, lost: 0, lossShare: 0, jitterMs: 2 },
      roundTripMs: 20,
      mos: this.packets === 0 ? undefined : 4.4,
      remoteMos: undefined,
    };
  }

  async #may(what: string): Promise<void> {
    this.#note(what);
    if (this.failure !== undefined) throw this.failure;
  }

  #note(what: string): void {
    this.asked.push(what);
  }
}
