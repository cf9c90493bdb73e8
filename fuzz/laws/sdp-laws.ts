/** Session descriptions in bodies: nothing throws, what was read is written as it came, and an offer can be answered. RFC 8866, RFC 3264. */

import {
  bundleGroups,
  codecsOf,
  formatSdp,
  isHeld,
  OfferAnswer,
  parseSdp,
  remoteAddress,
  remoteFingerprints,
  remoteIce,
  remoteRtcpAddress,
  type SessionDescription,
  type StreamSettings,
} from "@trapezoid/sdp";
import { law, shown } from "./law.ts";

const address = "192.0.2.1";
const stream: StreamSettings = {
  kind: "audio",
  codecs: [
    { name: "opus", clockRate: 48_000, channels: 2 },
    { name: "PCMA", clockRate: 8_000 },
    { name: "PCMU", clockRate: 8_000 },
    { name: "telephone-event", clockRate: 8_000 },
  ],
  direction: "sendrecv",
  address,
  port: 4_000,
};

export function checkDescription(text: string): void {
  const parsed = parseSdp(text);
  if (!parsed.ok) {
    const { code, offset } = parsed.error;
    law(offset >= 0 && offset <= text.length, "an SDP fault's offset is in range", () => `${code} at ${offset}`);
    return;
  }
  const description = parsed.value;
  const written = formatSdp(description);
  const again = parseSdp(written);
  law(again.ok && formatSdp(again.value) === written, "SDP read and written can be read and is the same", () =>
    shown(written),
  );
  for (const media of description.media) {
    codecsOf(media);
    isHeld(media);
    remoteAddress(media);
    remoteRtcpAddress(media, false);
    remoteFingerprints(description, media);
    remoteIce(description, media);
  }
  bundleGroups(description);
  checkAnswering(description);
}

/** §6: an answer has as many sections as its offer. */
function checkAnswering(offer: SessionDescription): void {
  const engine = new OfferAnswer({ sessionId: "1", address });
  if (!engine.receiveOffer(offer).ok) return;
  const { description } = engine.createAnswer(offer.media.map(() => stream));
  law(
    description.media.length === offer.media.length,
    "an answer has as many sections as its offer (RFC 3264 §6)",
    () => `${description.media.length} of ${offer.media.length}`,
  );
  const text = formatSdp(description);
  law(parseSdp(text).ok, "an answer can be read", () => shown(text, 400));
}
