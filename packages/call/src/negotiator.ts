/** Between a SIP session, which says when there is something to offer or to answer, and media, which knows what. RFC 3261 §13, RFC 3264. */

import type {
  AnswerDecision,
  NegotiationContext,
  NegotiationHandlers,
  Refusal,
  SessionBody,
} from "@trapezoid/sip/agent";
import { utf8Decode, utf8Encode } from "@trapezoid/sip/message";
import type { CallMedia, WantedMedia } from "./media-port.ts";

export interface NegotiatorHost {
  readonly media: CallMedia;
  /** What we would like to offer now. */
  wantedInOffer(): WantedMedia;
  /** What we would take. */
  wantedInAnswer(): WantedMedia;
}

export class Negotiator implements NegotiationHandlers {
  readonly #host: NegotiatorHost;

  constructor(host: NegotiatorHost) {
    this.#host = host;
  }

  async offer(context: NegotiationContext): Promise<SessionBody> {
    return sdpBody(await this.#host.media.offer(context.leg?.remoteTag, this.#host.wantedInOffer()));
  }

  async answer(offer: SessionBody, context: NegotiationContext): Promise<AnswerDecision> {
    // RFC 3261 §8.2.3: what else there may be has been refused with 415 before.
    const answer = await this.#host.media.answer(
      context.leg?.remoteTag,
      utf8Decode(offer.body),
      this.#host.wantedInAnswer(),
    );
    if (typeof answer === "string") return sdpBody(answer);
    return { status: answer.status, headers: [["Warning", `304 trapezoid.invalid "${quoted(answer.reason)}"`]] };
  }

  accepted(answer: SessionBody, context: NegotiationContext, isPreview: boolean): Refusal | undefined {
    const refusal = this.#host.media.accept(context.leg?.remoteTag, utf8Decode(answer.body), isPreview);
    return refusal === undefined ? undefined : { status: refusal.status, reason: refusal.reason };
  }

  rolledBack(context: NegotiationContext): void {
    this.#host.media.rollBack(context.leg?.remoteTag);
  }
}

function sdpBody(text: string): SessionBody {
  return { contentType: "application/sdp", body: utf8Encode(text) };
}

/** RFC 3261 §20.43, §25.1: text of a quoted string. */
function quoted(text: string): string {
  return utf8Encode(text).replace(/["\\]/g, "\\$&");
}
