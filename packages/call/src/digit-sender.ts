/** Sends digits: as events or tones in the media, or one INFO each. RFC 4733, RFC 6086. */

import type { InviteSession } from "@trapezoid/sip/agent";
import type { SendDigitsOptions } from "./contract.ts";
import { badDigits, operationAborted } from "./errors.ts";
import { dtmfRelay, formatDtmfRelay, isDigits } from "./info-digits.ts";
import type { CallMedia } from "./media-port.ts";

export interface DigitTarget {
  readonly media: CallMedia;
  readonly session: InviteSession;
  /** Throws once the call is over, or about to be. */
  mustNotBeOver(): void;
}

const defaultToneMs = 160;

export async function sendDigits(target: DigitTarget, digits: string, options: SendDigitsOptions): Promise<void> {
  const { by = "auto", toneMs = defaultToneMs, signal } = options;
  if (!isDigits(digits)) throw badDigits(digits);
  for (const digit of digits.toUpperCase()) {
    target.mustNotBeOver();
    if (signal?.aborted) throw operationAborted("sending digits", signal.reason);
    if (by === "info") {
      const body = { contentType: dtmfRelay, body: formatDtmfRelay(digit, toneMs) };
      await target.session.request("INFO", { body, ...(signal === undefined ? {} : { signal }) });
    } else await target.media.dial(digit, { toneMs, tones: by === "tones" });
  }
}
