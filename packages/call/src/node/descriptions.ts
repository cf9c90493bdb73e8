/** Session descriptions of a call, a state of offer and answer for each of its dialogs. RFC 3264, RFC 3261 §13.2.2.4. */

import type { Result } from "@trapezoid/base";
import {
  formatSdp,
  isNullAddress,
  type MediaDescription,
  type NegotiatedSession,
  OfferAnswer,
  type OfferAnswerOptions,
  parseSdp,
  profileOf,
  remoteAddress,
  type SessionDescription,
  type StreamChoice,
  type StreamSettings,
} from "@trapezoid/sdp";
import type { LegName, MediaRefusal } from "../media-port.ts";
import { unreachable } from "./reachable.ts";

/** Streams of ours by kind; `undefined`: none. */
export interface OwnStreams {
  readonly audio: StreamSettings;
  readonly video: StreamSettings | undefined;
}

export interface Glance {
  /** Where the other side wants its media at. */
  readonly host: string | undefined;
  readonly hasVideo: boolean;
  /** A stream without keys of the description announces ZRTP. */
  readonly hasZrtp: boolean;
}

export type Agreement = { readonly session: NegotiatedSession } | MediaRefusal;

export class Descriptions {
  readonly #initial: OfferAnswer;
  readonly #legs = new Map<string, OfferAnswer>();
  /** Among several sections for sound, one that is encrypted comes first. */
  readonly #prefersSecure: boolean;

  /** Of our sockets, whatever descriptions say. */
  readonly #ownAddress: string;

  constructor(options: OfferAnswerOptions, ownAddress: string, prefersSecure: boolean) {
    this.#initial = new OfferAnswer(options);
    this.#ownAddress = ownAddress;
    this.#prefersSecure = prefersSecure;
  }

  /** What is in force on a leg. */
  session(leg: LegName): NegotiatedSession | undefined {
    return this.#of(leg).session;
  }

  /** The protocol of our own section for a kind, as last described. */
  protocol(leg: LegName, kind: string): string | undefined {
    return this.#of(leg).localDescription?.media.find((one) => one.kind === kind)?.protocol;
  }

  offer(leg: LegName, streams: OwnStreams): string {
    const engine = this.#of(leg);
    const before = engine.localDescription?.media ?? [];
    const choices: StreamChoice[] = before.map(() => undefined);
    choices[placeOf(engine, before, "audio", 0)] = streams.audio;
    const videoAt = placeOf(engine, before, "video", Math.max(1, before.length));
    if (streams.video !== undefined) choices[videoAt] = streams.video;
    return formatSdp(engine.createOffer(Array.from(choices)));
  }

  accept(leg: LegName, answer: string, isPreview: boolean): Agreement {
    const parsed = parsedSdp(answer);
    if (!parsed.ok) return refusal(488, parsed.error.message);
    const engine = isPreview ? this.#of(leg).clone() : this.#of(leg);
    const agreed = engine.acceptAnswer(parsed.value);
    if (!agreed.ok) return refusal(488, agreed.error.message);
    return unreachable(agreed.value, this.#ownAddress) ?? { session: agreed.value };
  }

  /** What an offer says at first sight. */
  static glance(description: string): Glance {
    const parsed = parsedSdp(description);
    const media = parsed.ok ? parsed.value.media.filter(({ port }) => port !== 0) : [];
    const [first] = media;
    const host = first === undefined ? undefined : remoteAddress(first).address;
    return {
      host: host === undefined || isNullAddress(host) ? undefined : host,
      hasVideo: media.some(({ kind }) => kind === "video"),
      hasZrtp: media.some(
        (one) => profileOf(one.protocol)?.secure === false && one.attributes.some(({ name }) => name === "zrtp-hash"),
      ),
    };
  }

  answer(
    leg: LegName,
    offer: string,
    streams: OwnStreams,
  ): { readonly answer: string; readonly session: NegotiatedSession } | MediaRefusal {
    const parsed = parsedSdp(offer);
    if (!parsed.ok) return refusal(400, parsed.error.message);
    const engine = this.#of(leg).clone();
    const received = engine.receiveOffer(parsed.value);
    if (!received.ok) return refusal(received.error.code === "SDP_GLARE" ? 491 : 488, received.error.message);
    const { description, session, refusals } = engine.createAnswer(this.#choices(engine, parsed.value, streams));
    // RFC 3264 §6: an answer may refuse every stream; a call without any is no call, so that it is said by 488.
    if (!session.streams.some(({ active }) => active)) {
      const [why = "no stream that we could take was offered"] = refusals.values();
      return refusal(488, why);
    }
    const lost = unreachable(session, this.#ownAddress);
    if (lost !== undefined) return lost;
    this.#set(leg, engine);
    return { answer: formatSdp(description), session };
  }

  rollBack(leg: LegName): void {
    this.#of(leg).rollback();
  }

  drop(leg: LegName): void {
    if (leg !== undefined) this.#legs.delete(leg);
  }

  #choices(engine: OfferAnswer, offer: SessionDescription, streams: OwnStreams): StreamChoice[] {
    const choices: StreamChoice[] = offer.media.map(() => undefined);
    for (const kind of ["audio", "video"] as const) {
      const at = this.#placeInOffer(engine, offer.media, kind);
      if (at !== -1) choices[at] = streams[kind];
    }
    return choices;
  }

  /** Where a stream goes on, else the best that is offered. */
  #placeInOffer(engine: OfferAnswer, media: readonly MediaDescription[], kind: string): number {
    const isOffered = (one: MediaDescription | undefined): boolean => one?.kind === kind && one.port !== 0;
    const running = engine.session?.streams.find((stream) => stream.kind === kind && stream.active);
    if (running !== undefined && isOffered(media[running.index])) return running.index;
    const secure = media.findIndex((one) => isOffered(one) && profileOf(one.protocol)?.secure === true);
    if (this.#prefersSecure && secure !== -1) return secure;
    const plain = media.findIndex((one) => isOffered(one) && profileOf(one.protocol)?.secure === false);
    return plain === -1 ? secure : plain;
  }

  #of(leg: LegName): OfferAnswer {
    if (leg === undefined) return this.#initial;
    let engine = this.#legs.get(leg);
    if (engine === undefined) {
      // RFC 3261 §13.2.2.4: each dialog answers the same offer.
      engine = this.#initial.clone();
      this.#legs.set(leg, engine);
    }
    return engine;
  }

  #set(leg: LegName, engine: OfferAnswer): void {
    if (leg !== undefined) this.#legs.set(leg, engine);
  }
}

/** RFC 3264 §8: a stream keeps its place; a new one takes that of an ended one of its kind, or the next. */
function placeOf(engine: OfferAnswer, media: readonly MediaDescription[], kind: string, otherwise: number): number {
  const running = engine.session?.streams.find((stream) => stream.kind === kind && stream.active);
  if (running !== undefined) return running.index;
  const ended = media.findIndex((one) => one.kind === kind);
  return ended === -1 ? otherwise : ended;
}

function parsedSdp(text: string): Result<SessionDescription, { readonly message: string }> {
  return parseSdp(text);
}

function refusal(status: number, reason: string): MediaRefusal {
  return { status, reason };
}
