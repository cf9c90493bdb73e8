/** Offers and answers one audio stream, by the engine of RFC 3264. Nobody is at its port. */

import { randomInt } from "node:crypto";
import { formatSdp, OfferAnswer, parseSdp, type StreamSettings } from "@trapezoid/sdp";
import type { NegotiationContext, NegotiationHandlers, Refusal, SessionBody } from "@trapezoid/sip/agent";

const codecs = [
  { name: "PCMU", clockRate: 8_000 },
  { name: "PCMA", clockRate: 8_000 },
  { name: "telephone-event", clockRate: 8_000, parameters: "0-15" },
];

const notAcceptable: Refusal = { status: 488 };

/** RFC 863: what comes there is thrown away. */
const discardPort = 9;

export class DescribedSession implements NegotiationHandlers {
  readonly #engine: OfferAnswer;
  readonly #stream: StreamSettings;

  constructor(address: string) {
    this.#engine = new OfferAnswer({ sessionId: `${randomInt(2 ** 40)}`, address });
    this.#stream = { kind: "audio", codecs, direction: "sendrecv", address, port: discardPort };
  }

  offer(): SessionBody {
    return body(formatSdp(this.#engine.createOffer([this.#stream])));
  }

  answer(offer: SessionBody): SessionBody | Refusal {
    const parsed = parseSdp(offer.body);
    if (!parsed.ok || !this.#engine.receiveOffer(parsed.value).ok) return notAcceptable;
    const first = parsed.value.media.findIndex(({ kind }) => kind === "audio");
    const { description, session } = this.#engine.createAnswer(
      parsed.value.media.map((_, index) => (index === first ? this.#stream : undefined)),
    );
    return session.streams.some(({ active }) => active) ? body(formatSdp(description)) : notAcceptable;
  }

  accepted(answer: SessionBody, _context: NegotiationContext, isPreview: boolean): Refusal | undefined {
    const parsed = parseSdp(answer.body);
    const engine = isPreview ? this.#engine.clone() : this.#engine;
    return parsed.ok && engine.acceptAnswer(parsed.value).ok ? undefined : notAcceptable;
  }

  rolledBack(): void {
    this.#engine.rollback();
  }
}

function body(text: string): SessionBody {
  return { contentType: "application/sdp", body: text };
}
