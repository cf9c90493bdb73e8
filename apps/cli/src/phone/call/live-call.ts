/** A call that is going on: what is told of it, what is shown of it, what is measured. */

import type { Call, CallEnd, CallStatistics } from "@trapezoid/call";
import { printable } from "../../table.ts";
import { shownName } from "../addresses.ts";
import type { Phone } from "../phone.ts";
import { mediaFaultWords } from "./media-fault-words.ts";
import { MediaWatch, silenceMs } from "./media-watch.ts";
import { type CallPicture, clockOf, securityWord } from "./status-words.ts";

export class LiveCall {
  readonly call: Call;
  /** Who is at the other end, as shown. */
  remote: string;
  isMuted = false;
  isRecording = false;
  /** On its way to somebody whom we have spoken to first. */
  isJoining = false;
  /** The last that were asked for; those at the end stay. */
  statistics: CallStatistics | undefined;
  readonly #phone: Phone;
  readonly #watch = new MediaWatch();
  readonly #startedAt: number;
  #answeredAt: number | undefined;
  #shownMedia = "";
  #toldSas: string | undefined;
  /** To be compared yet. */
  #unverifiedSas: string | undefined;

  /** @param target Whom we called, where we did. */
  constructor(phone: Phone, call: Call, target?: string) {
    this.#phone = phone;
    this.call = call;
    this.#startedAt = phone.clock.now();
    this.remote = printable(target ?? shownName(call.remote));
    this.#listen();
  }

  get wasAnswered(): boolean {
    return this.#answeredAt !== undefined;
  }

  picture(): CallPicture {
    const { call } = this;
    return {
      remote: this.remote,
      state: call.state,
      ms: this.#phone.clock.now() - (this.#answeredAt ?? this.#startedAt),
      media: call.media,
      held: call.held,
      muted: this.isMuted,
      recording: this.isRecording,
      statistics: this.statistics,
      silent: this.#watch.isSilent,
      sas: this.#unverifiedSas,
    };
  }

  /** Asks for the numbers, and tells when nothing is heard. Never rejects. */
  async measure(): Promise<void> {
    const { call } = this;
    if (call.state !== "active") return;
    const statistics = await call.statistics().catch(() => undefined);
    // After the end there is nothing to read.
    if (statistics === undefined || (statistics.codec === undefined && this.statistics !== undefined)) return;
    this.statistics = statistics;
    const direction = call.media?.audio?.direction;
    const isExpected = (direction === "sendrecv" || direction === "recvonly") && !call.held.byThem && !call.held.byUs;
    const fault = this.#watch.step(this.#phone.clock.now(), isExpected, statistics);
    if (fault === undefined) return;
    const { ours, theirs } = this.#phone.descriptions(call.id);
    const text = mediaFaultWords(fault, {
      remote: this.remote,
      sendsTo: statistics.remote,
      ours,
      theirs,
      seconds: silenceMs / 1000,
    });
    this.#tell(fault === "came-back" ? "media" : "warning", { fault: `media-${fault}`, text }, text);
  }

  /** What has happened to it, for people and programs. */
  #tell(event: string, fields: Readonly<Record<string, unknown>>, text: string | undefined): void {
    this.#phone.teller.tell(event, { call: this.call.id, remote: this.remote, ...fields }, text);
  }

  #listen(): void {
    const { call } = this;
    const { events } = call;
    events.on("progress", (status, reason) => {
      // Those of ours are no news to us.
      if (call.direction === "incoming" || status === 100) return;
      this.#tell(
        "progress",
        { status, reason },
        `${status === 180 ? "ringing" : "under way"} (${printable(`${status} ${reason}`.trim())})`,
      );
    });
    events.on("answered", () => {
      this.#answeredAt = this.#phone.clock.now();
      const ms = Math.round(this.#answeredAt - this.#startedAt);
      this.#shownMedia = this.#mediaWords();
      const { direction = "sendrecv" } = call.media?.audio ?? {};
      const words = [this.#shownMedia, ...(direction === "sendrecv" ? [] : [direction])].filter((part) => part !== "");
      const who = call.direction === "outgoing" ? `${this.remote} answered` : `talking to ${this.remote}`;
      this.#tell("answered", { afterMs: ms, media: call.media }, [who, words.join(", ")].filter(Boolean).join(": "));
    });
    events.on("media", (media) => {
      if (this.#answeredAt === undefined) return;
      const words = this.#mediaWords();
      if (words === this.#shownMedia) return;
      this.#shownMedia = words;
      this.#tell("media", { media }, `now ${words || "without media"}`);
    });
    events.on("held", (byThem) => {
      this.#tell("held", { byThem }, byThem ? `${this.remote} has put the call on hold` : `${this.remote} is back`);
    });
    events.on("digit", ({ digit, by }) => this.#tell("digit", { digit, by }, `${this.remote} pressed ${digit}`));
    events.on("message", (text, contentType) => {
      this.#tell("message", { text, contentType }, `${this.remote} writes: ${printable(text)}`);
    });
    events.on("remote", (remote) => {
      const before = this.remote;
      this.remote = printable(shownName(remote));
      this.#tell("remote", { before }, `${before} is now ${this.remote}`);
    });
    events.on("secured", (sas, verified) => {
      const isNews = sas !== this.#toldSas;
      this.#toldSas = sas;
      this.#unverifiedSas = verified ? undefined : sas;
      const how = this.#phone.screen.isLive ? ", and press z" : "";
      const words = verified ? "compared before" : `ask ${this.remote} to read theirs${how}`;
      const text = `encrypted end to end by ZRTP, "${printable(sas)}": ${words}`;
      this.#tell("secured", { sas, verified }, isNews ? text : undefined);
    });
    events.on("warning", (text) => this.#tell("warning", { text }, `warning: ${printable(text)}`));
    void call.ended.then((end) => this.#ended(end));
  }

  #ended(end: CallEnd): void {
    // What was never answered is told by whoever called.
    if (this.#answeredAt === undefined) return;
    const seconds = end.durationMs / 1000;
    const text = `${endWords(this.remote, end)} after ${clockOf(end.durationMs)}`;
    this.#tell("ended", { ...end, seconds, statistics: this.statistics }, text);
  }

  /** Without the direction: who holds is told by itself. */
  #mediaWords(): string {
    const { audio, video } = this.call.media ?? {};
    return [
      ...(audio === undefined ? [] : [audio.codec, securityWord(audio.security)]),
      ...(video === undefined ? [] : [`video ${video.codec}`]),
    ].join(", ");
  }
}

/** `bob@example.com hung up`. */
export function endWords(remote: string, end: CallEnd): string {
  const told = end.reasons.map(({ text }) => text).filter((text) => text !== undefined && text !== "");
  const why = told.length === 0 ? "" : ` (${printable(told.join("; "))})`;
  switch (end.cause) {
    case "bye":
      return end.by === "local" ? "hung up" : `${remote} hung up${why}`;
    case "timeout":
      return `hung up on ${remote}, which answers nothing any more,`;
    case "media-timeout":
      return `hung up, because nothing was heard from ${remote} any more: its phone or the network is gone,`;
    default:
      return `the call with ${remote} ended: ${printable(end.text)}`;
  }
}

/** Whether a call that was answered came to a proper end. */
export function endedWell(end: CallEnd): boolean {
  return end.cause === "bye" || end.cause === "replaced";
}
