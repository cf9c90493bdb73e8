/** Between a SIP session, which says when there is something to offer or to answer, and media, which knows what. RFC 3261 §13, RFC 3264. */

import type {
  AnswerDecision,
  NegotiationContext,
  NegotiationHandlers,
  Refusal,
  SessionBody,
} from "@trapezoid/sip/agent";
import { utf8Decode, utf8Encode } from "@trapezoid/sip/message";
import { CallError } from "./errors.ts";
import type { CallMedia, MediaRefusal, WantedMedia } from "./media-port.ts";

export interface NegotiatorHost {
  readonly media: CallMedia;
  /** What we would like to offer now. */
  wantedInOffer(): WantedMedia;
  /** What we would take. */
  wantedInAnswer(): WantedMedia;
  /** Media cannot give what SIP asks for: no microphone, no port. */
  mediaFailed(error: CallError): void;
}

export class Negotiator implements NegotiationHandlers {
  readonly #host: NegotiatorHost;

  constructor(host: NegotiatorHost) {
    this.#host = host;
  }

  async offer(context: NegotiationContext): Promise<SessionBody> {
    try {
      return sdpBody(await this.#host.media.offer(context.leg?.remoteTag, this.#host.wantedInOffer()));
    } catch (error) {
      if (error instanceof CallError) this.#host.mediaFailed(error);
      throw error;
    }
  }

  async answer(offer: SessionBody, context: NegotiationContext): Promise<AnswerDecision> {
    // RFC 3261 §8.2.3: what else there may be has been refused with 415 before.
    const wanted = this.#host.wantedInAnswer();
    let answer: string | MediaRefusal;
    try {
      answer = await this.#host.media.answer(context.leg?.remoteTag, utf8Decode(offer.body), wanted);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.#host.mediaFailed(error);
      // RFC 3261 §21.4.18: the caller need not know that there is no microphone.
      return { status: 480 };
    }
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
