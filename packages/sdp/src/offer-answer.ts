/**
 * One end of an offer/answer session: which offer is open, what is agreed, which numbers are taken. No clock, no network:
 * descriptions in, descriptions out. RFC 3264, RFC 6337.
 */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { type AnsweredStream, type AnswerPolicy, answerStream } from "./answer.ts";
import { codecsOf } from "./codecs.ts";
import { describe, type SessionDescription } from "./description.ts";
import type { SdpLine } from "./lines.ts";
import type { NegotiatedSession, NegotiatedStream } from "./negotiated.ts";
import { inactiveStream, type OfferedStream, offerStream, readAnswerTo, writeOfferedStream } from "./offer.ts";
import { PayloadTypes } from "./payload-types.ts";
import { bundleGroups } from "./remote-section.ts";
import { writeRefusal } from "./section.ts";
import type { StreamChoice } from "./settings.ts";
import { addressTypeOf, formatConnection, formatOrigin, type Origin } from "./values.ts";

export interface OfferAnswerOptions extends AnswerPolicy {
  /** o= session id: decimal digits, unlike any other of this user and address. */
  readonly sessionId: string;
  /** o= address. */
  readonly address: string;
  /** o= user name. Default `-`. */
  readonly username?: string;
  /** s=. Default `-`. */
  readonly sessionName?: string;
  /** Offer one transport for all streams that have a `mid`, and accept such offers (RFC 9143). */
  readonly bundle?: boolean;
}

/** `stable`: nothing is open. RFC 3264 §4: no new offer while one is open, in either direction. */
export type OfferAnswerState = "stable" | "offered" | "asked";

/** A slot of the description that has no stream (any more), with the line it keeps. */
interface Slot {
  readonly kind: string;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly numbers: PayloadTypes;
}

export interface Answer {
  readonly description: SessionDescription;
  readonly session: NegotiatedSession;
  /** Index of the section → why it was refused though a stream was wanted. */
  readonly refusals: ReadonlyMap<number, string>;
}

export class OfferAnswer {
  readonly #options: OfferAnswerOptions;
  #state: OfferAnswerState = "stable";
  #version = 0n;
  #slots: Slot[] = [];
  /** Body of our last description, without o=. */
  #lastBody: string | undefined;
  #local: SessionDescription | undefined;
  #remote: SessionDescription | undefined;
  #session: NegotiatedSession | undefined;
  #offered:
    | { readonly streams: readonly (OfferedStream | undefined)[]; readonly description: SessionDescription }
    | undefined;
  #asked: SessionDescription | undefined;

  constructor(options: OfferAnswerOptions) {
    this.#options = options;
  }

  get state(): OfferAnswerState {
    return this.#state;
  }

  /** What is in force. */
  get session(): NegotiatedSession | undefined {
    return this.#session;
  }

  /** Our last description that is, or may come, in force. */
  get localDescription(): SessionDescription | undefined {
    return this.#offered?.description ?? this.#local;
  }

  get remoteDescription(): SessionDescription | undefined {
    return this.#asked ?? this.#remote;
  }

  /** As it is now: for each early dialog of a forked INVITE one, since each answers the same offer (RFC 3261 §13.2.2.4). */
  clone(): OfferAnswer {
    const copy = new OfferAnswer(this.#options);
    copy.#state = this.#state;
    copy.#version = this.#version;
    copy.#slots = this.#slots.map((slot) => ({ ...slot, numbers: slot.numbers.clone() }));
    copy.#lastBody = this.#lastBody;
    copy.#local = this.#local;
    copy.#remote = this.#remote;
    copy.#session = this.#session;
    copy.#offered = this.#offered;
    copy.#asked = this.#asked;
    return copy;
  }

  /**
   * An offer with a stream in each place; `undefined` ends or refuses what was there. Places never vanish (RFC 3264 §8):
   * those missing at the end are ended. Throws `TypeError` while an offer is open.
   */
  createOffer(choices: readonly StreamChoice[]): SessionDescription {
    this.#expect("stable", "an offer cannot be made");
    const count = Math.max(choices.length, this.#slots.length);
    const streams: (OfferedStream | undefined)[] = [];
    const sections: SdpLine[][] = [];
    for (let index = 0; index < count; index++) {
      const choice = choices[index];
      const slot = this.#slots[index];
      if (choice === undefined) {
        if (slot === undefined) throw new TypeError(`there is no stream in place ${index + 1} to end`);
        streams.push(undefined);
        sections.push(writeRefusal(slot.kind, slot.protocol, slot.formats));
        continue;
      }
      const numbers = slot?.numbers ?? new PayloadTypes();
      const mid = choice.mid ?? (this.#options.bundle === true ? `${index}` : undefined);
      const offered = offerStream(choice, mid, numbers);
      streams.push(offered);
      this.#slots[index] = {
        kind: choice.kind,
        protocol: offered.protocol,
        formats: offered.codecs.map(({ payloadType }) => `${payloadType}`),
        numbers,
      };
      sections.push(writeOfferedStream(offered));
    }
    const mids = streams.flatMap((stream) => stream?.mid ?? []);
    const groups = this.#options.bundle === true && mids.length > 0 ? [mids] : [];
    const description = this.#describe(choices, groups, [{ type: "t", value: "0 0" }], sections);
    this.#offered = { streams, description };
    this.#state = "offered";
    return description;
  }

  /** The answer to our offer. After a fault the offer is still open: roll back, or wait for a better answer. */
  acceptAnswer(answer: SessionDescription): Result<NegotiatedSession, Fault> {
    const offered = this.#offered;
    if (this.#state !== "offered" || offered === undefined) {
      return fault("SDP_NO_OFFER", "an answer came without an offer of ours");
    }
    // RFC 3264 §6: as many as in the offer. Fewer are taken for refusals; more cannot be placed.
    if (answer.media.length > offered.streams.length) {
      return fault(
        "SDP_ANSWER_SECTIONS",
        `${offered.streams.length} media sections were offered and ${answer.media.length} answered`,
      );
    }
    const streams: NegotiatedStream[] = [];
    for (const [index, stream] of offered.streams.entries()) {
      if (stream === undefined) {
        streams.push(inactiveStream(index, this.#slots[index]!.kind, undefined));
        continue;
      }
      const read = readAnswerTo(stream, index, answer, answer.media[index]);
      if (!read.ok) return read;
      streams.push(read.value);
    }
    for (const [index, media] of answer.media.entries()) this.#slots[index]?.numbers.learn(codecsOf(media));
    const bundled = bundle(streams, bundleGroups(offered.description), bundleGroups(answer));
    this.#local = offered.description;
    this.#remote = answer;
    this.#offered = undefined;
    this.#session = { streams: bundled };
    this.#state = "stable";
    return ok(this.#session);
  }

  /**
   * Takes the other side's offer in; `createAnswer` answers it. A fault when one is open already (RFC 3264 §4: the SIP layer
   * says 491 or 500), or when it takes sections away.
   */
  receiveOffer(offer: SessionDescription): Result<SessionDescription, Fault> {
    if (this.#state !== "stable") return fault("SDP_GLARE", `an offer came while another one is open (${this.#state})`);
    const before = this.#remote?.media.length ?? 0;
    if (offer.media.length < before) {
      return fault(
        "SDP_OFFER_SECTIONS",
        `an offer must keep all ${before} media sections, this one has ${offer.media.length}`,
      );
    }
    this.#asked = offer;
    this.#state = "asked";
    return ok(offer);
  }

  /** Answers the open offer, place by place. Throws `TypeError` when there is none. */
  createAnswer(choices: readonly StreamChoice[]): Answer {
    this.#expect("asked", "there is no offer to answer");
    const offer = this.#asked!;
    const answered = offer.media.map(
      (media, index): AnsweredStream => answerStream(choices[index], index, offer, media, this.#options),
    );
    for (const [index, media] of offer.media.entries()) {
      const numbers = this.#slots[index]?.numbers ?? new PayloadTypes();
      numbers.learn(codecsOf(media));
      this.#slots[index] = { kind: media.kind, protocol: media.protocol, formats: media.formats, numbers };
    }
    const accepted = new Set(
      answered.flatMap(({ stream }) => (stream.active && stream.mid !== undefined ? [stream.mid] : [])),
    );
    const offeredGroups = this.#options.bundle === true ? bundleGroups(offer) : [];
    const groups = offeredGroups
      .map((mids) => mids.filter((mid) => accepted.has(mid)))
      .filter((mids) => mids.length > 0);
    // RFC 3264 §6: t= of the answer is that of the offer.
    const times = offer.lines.filter(({ type }) => type === "t" || type === "r");
    const description = this.#describe(
      choices,
      groups,
      times.length === 0 ? [{ type: "t", value: "0 0" }] : times,
      answered.map(({ lines }) => lines),
    );
    this.#local = description;
    this.#remote = offer;
    this.#asked = undefined;
    this.#session = {
      streams: bundle(
        answered.map(({ stream }) => stream),
        offeredGroups,
        groups,
      ),
    };
    this.#state = "stable";
    const refusals = answered.flatMap(({ refusedBecause }, index) =>
      refusedBecause === undefined ? [] : [[index, refusedBecause] as const],
    );
    return { description, session: this.#session, refusals: new Map(refusals) };
  }

  /** Forgets the open offer, whoever made it: what was agreed before stays (RFC 6337 §3.3 and RFC 3261 §14.1). */
  rollback(): void {
    this.#offered = undefined;
    this.#asked = undefined;
    this.#state = "stable";
  }

  #expect(state: OfferAnswerState, what: string): void {
    if (this.#state !== state) throw new TypeError(`${what}: the session is ${this.#state}, not ${state}`);
  }

  #describe(
    choices: readonly StreamChoice[],
    groups: readonly (readonly string[])[],
    times: readonly SdpLine[],
    sections: readonly (readonly SdpLine[])[],
  ): SessionDescription {
    const { sessionId, address, username = "-", sessionName = "-" } = this.#options;
    const tail: SdpLine[] = [{ type: "s", value: sessionName }];
    // RFC 8866 §5.7: every section of ours has its own c=; one for the session is for those that were refused.
    const shown = choices.find((choice) => choice !== undefined)?.address ?? address;
    tail.push({ type: "c", value: formatConnection({ addressType: addressTypeOf(shown), address: shown }) }, ...times);
    for (const mids of groups) tail.push({ type: "a", value: `group:BUNDLE ${mids.join(" ")}` });
    if (choices.some((choice) => choice?.ice?.lite === true)) tail.push({ type: "a", value: "ice-lite" });
    const body = JSON.stringify([tail, sections]);
    // RFC 3264 §8: the version goes up by one when, and only when, something has changed.
    if (body !== this.#lastBody) this.#version++;
    this.#lastBody = body;
    const origin: Origin = {
      username,
      sessionId,
      sessionVersion: `${this.#version}`,
      addressType: addressTypeOf(address),
      address,
    };
    return describe([{ type: "v", value: "0" }, { type: "o", value: formatOrigin(origin) }, ...tail], sections);
  }
}

/** RFC 9143 §7: those of a group that both named use the transport of the first of them that is there. */
function bundle(
  streams: readonly NegotiatedStream[],
  offered: readonly (readonly string[])[],
  answered: readonly (readonly string[])[],
): NegotiatedStream[] {
  return streams.map((stream) => {
    const { mid } = stream;
    if (mid === undefined || !stream.active) return stream;
    const group = answered.find((mids) => mids.includes(mid));
    if (group === undefined || !offered.some((mids) => mids.includes(mid))) return stream;
    const tagged = streams.find((one) => one.active && one.mid === group[0]);
    return tagged === undefined ? stream : { ...stream, transportIndex: tagged.index };
  });
}
