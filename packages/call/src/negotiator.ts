/** Between a SIP session, which says when there is something to offer or to answer, and media, which knows what. RFC 3261 §13, RFC 3264. */

import type {
  AnswerDecision,
  NegotiationContext,
  NegotiationHandlers,
  Refusal,
  SessionBody,
} from "@trapezoid/sip/agent";
import { utf8Decode, utf8Encode } from "@trapezoid/sip/message";
import { wordsOf } from "./call-end.ts";
import type { CallMedia, MediaRefusal, WantedMedia } from "./media-port.ts";

export interface NegotiatorHost {
  readonly media: CallMedia;
  /** What we would like to offer now. */
  wantedInOffer(): WantedMedia;
  /** What we would take. */
  wantedInAnswer(): WantedMedia;
  /** Without media there is no call. */
  failed(error: unknown): void;
  /** Nor where one side does not take what the other describes. */
  disagreed(refusal: MediaRefusal): void;
  /** For people: the call goes on as it was. */
  warn(text: string): void;
}

export class Negotiator implements NegotiationHandlers {
  readonly #host: NegotiatorHost;

  constructor(host: NegotiatorHost) {
    this.#host = host;
  }

  /** Rejects when there is nothing to offer: the call, or the change, then comes to nothing. */
  async offer(context: NegotiationContext): Promise<SessionBody> {
    try {
      return sdpBody(await this.#host.media.offer(context.leg?.remoteTag, this.#host.wantedInOffer()));
    } catch (error) {
      if (context.purpose === "initial") this.#host.failed(error);
      throw error;
    }
  }

  async answer(offer: SessionBody, context: NegotiationContext): Promise<AnswerDecision> {
    const answer = await this.#answer(offer, context);
    if (typeof answer === "string") return sdpBody(answer);
    if (context.purpose === "initial") this.#host.disagreed(answer);
    const { status, reason, warning = 399 } = answer;
    return { status, headers: [["Warning", `${warning} trapezoid.invalid "${quoted(reason)}"`]] };
  }

  accepted(answer: SessionBody, context: NegotiationContext, isPreview: boolean): Refusal | undefined {
    const refusal = this.#host.media.accept(context.leg?.remoteTag, utf8Decode(answer.body), isPreview);
    if (refusal === undefined) return undefined;
    if (context.purpose === "initial") this.#host.disagreed(refusal);
    return { status: refusal.status, reason: refusal.reason };
  }

  rolledBack(context: NegotiationContext): void {
    this.#host.media.rollBack(context.leg?.remoteTag);
  }

  async #answer(offer: SessionBody, { leg, purpose }: NegotiationContext): Promise<string | MediaRefusal> {
    const { media } = this.#host;
    try {
      // RFC 3261 §8.2.3: what else than a description there may be has been refused with 415 before.
      return await media.answer(leg?.remoteTag, utf8Decode(offer.body), this.#host.wantedInAnswer());
    } catch (error) {
      if (purpose === "initial") {
        this.#host.failed(error);
        // RFC 3261 §21.4.18: the other side need not know that there is no microphone.
        return { status: 480, reason: "no media" };
      }
      this.#host.warn(`a change that the other side wanted was refused: ${wordsOf(error)}`);
      // RFC 5057 §5.1: 480 would end the call.
      return { status: 500, reason: "no media" };
    }
  }
}

function sdpBody(text: string): SessionBody {
  return { contentType: "application/sdp", body: utf8Encode(text) };
}

/** RFC 3261 §20.43, §25.1: text of a quoted string. */
function quoted(text: string): string {
  return utf8Encode(text).replace(/["\\]/g, "\\$&");
}
