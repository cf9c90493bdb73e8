/** Offers and answers one audio stream, by the engine of RFC 3264. */

import { randomInt } from "node:crypto";
import { type Direction, formatSdp, OfferAnswer, parseSdp, type StreamSettings } from "@trapezoid/sdp";
import type { NegotiationContext, NegotiationHandlers, Refusal, SessionBody } from "@trapezoid/sip/agent";

const codecs = [
  { name: "PCMU", clockRate: 8_000 },
  { name: "PCMA", clockRate: 8_000 },
  { name: "telephone-event", clockRate: 8_000, parameters: "0-15" },
];

const notAcceptable: Refusal = { status: 488 };

export class DescribedSession implements NegotiationHandlers {
  /** What we want from now on. */
  direction: Direction = "sendrecv";
  readonly #engine: OfferAnswer;
  readonly #address: string;
  readonly #port: number;

  constructor(address: string, port: number) {
    this.#address = address;
    this.#port = port;
    this.#engine = new OfferAnswer({ sessionId: `${randomInt(2 ** 40)}`, address });
  }

  /** What is agreed: `sendrecv`, and so on; `undefined` before. */
  get agreed(): Direction | undefined {
    return this.#engine.session?.streams[0]?.direction;
  }

  offer(): SessionBody {
    return body(formatSdp(this.#engine.createOffer([this.#stream])));
  }

  answer(offer: SessionBody): SessionBody | Refusal {
    const parsed = parseSdp(offer.body);
    if (!parsed.ok || !this.#engine.receiveOffer(parsed.value).ok) return notAcceptable;
    const streams = parsed.value.media.map(({ kind }, index) =>
      kind === "audio" && index === 0 ? this.#stream : undefined,
    );
    const { description, session } = this.#engine.createAnswer(streams);
    // RFC 3264 §6: nothing in common.
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

  get #stream(): StreamSettings {
    return { kind: "audio", codecs, direction: this.direction, address: this.#address, port: this.#port };
  }
}

function body(text: string): SessionBody {
  return { contentType: "application/sdp", body: text };
}
