/**
 * Numbers for codecs, which keep their meaning for the whole session. RFC 3264 §8.3.2: a payload type that stood for a codec
 * once must not stand for another one later.
 */

import type { DescribedCodec } from "./codecs.ts";
import { sameCodec } from "./codecs.ts";
import { parametersMatch } from "./fmtp.ts";
import { staticPayloadTypeOf } from "./rtpmap.ts";
import type { CodecSettings } from "./settings.ts";

interface Taken {
  readonly codec: CodecSettings;
}

/** For one media section. */
export class PayloadTypes {
  readonly #taken: Map<number, Taken>;

  constructor(taken: ReadonlyMap<number, Taken> = new Map()) {
    this.#taken = new Map(taken);
  }

  clone(): PayloadTypes {
    return new PayloadTypes(this.#taken);
  }

  /** The other side's numbers: we take them over where we can. */
  learn(codecs: readonly DescribedCodec[]): void {
    for (const { payloadType, name, clockRate, channels, parameters } of codecs) {
      const codec = { name, clockRate, channels, ...(parameters !== undefined && { parameters }) };
      this.#taken.set(payloadType, { codec });
    }
  }

  /** The number that the codec has, or gets now. Throws `TypeError` when all are taken. */
  numberFor(codec: CodecSettings): number {
    for (const [payloadType, taken] of this.#taken) {
      if (sameCodec(taken.codec, codec) && parametersMatch(codec.name, taken.codec.parameters, codec.parameters)) {
        return payloadType;
      }
    }
    const wanted = codec.payloadType ?? staticPayloadTypeOf(codec.name, codec.clockRate, codec.channels);
    const payloadType = wanted !== undefined && !this.#taken.has(wanted) ? wanted : this.#firstFree();
    this.#taken.set(payloadType, { codec });
    return payloadType;
  }

  #firstFree(): number {
    // RFC 3551 §3: 96 to 127 are dynamic; RFC 5761 §4: below 64 are the next that no RTCP packet is mistaken for.
    for (let payloadType = 96; payloadType < 128; payloadType++) {
      if (!this.#taken.has(payloadType)) return payloadType;
    }
    for (let payloadType = 35; payloadType < 64; payloadType++) {
      if (!this.#taken.has(payloadType)) return payloadType;
    }
    throw new TypeError("more codecs than payload types");
  }
}
