/** A session description in short words: `audio opus PCMA + digits, SDES, sendonly, 127.0.0.1:4000`. RFC 8866, RFC 3264. */

import {
  codecsOf,
  inheritedAttribute,
  isCompanion,
  isNullAddress,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
} from "@trapezoid/sdp";
import { formatEndpoint } from "@trapezoid/sip/transport";

/** Each stream in words of its own. `role`: what is a wish in an offer is agreed on in an answer. */
export function sdpWords(body: string, role: "offers" | "answers" = "offers"): readonly string[] {
  const parsed = parseSdp(body);
  if (!parsed.ok) return [`a description that cannot be read (${parsed.error.message})`];
  const session = parsed.value;
  return session.media.length === 0 ? ["no media"] : session.media.map((media) => streamWords(session, media, role));
}

function streamWords(session: SessionDescription, media: MediaDescription, role: "offers" | "answers"): string {
  // RFC 3264 §6: refused, or ended.
  if (media.port === 0) return `no ${media.kind}`;
  const security = securityWords(session, media, role);
  return [
    `${media.kind} ${codecWords(media)}`,
    ...(security === undefined ? [] : [security]),
    ...(media.direction === "sendrecv" ? [] : [media.direction]),
    placeWords(media),
  ].join(", ");
}

/** Names without repetition: the codecs that carry the stream, and whether digits go beside them. */
export function codecWords(media: MediaDescription): string {
  const codecs = codecsOf(media);
  const names = [...new Set(codecs.filter((codec) => !isCompanion(codec)).map(({ name }) => name))];
  const digits = codecs.some(({ name }) => name.toLowerCase() === "telephone-event") ? " + digits" : "";
  return `${names.join(" ") || media.formats.join(" ")}${digits}`;
}

/** RFC 4568, RFC 5763, RFC 6189 §8; RFC 5939 aside, keys under RTP/AVP are a wish until they are answered; ZRTP agrees later, in the media. */
function securityWords(
  session: SessionDescription,
  media: MediaDescription,
  role: "offers" | "answers",
): string | undefined {
  const has = (name: string): boolean => inheritedAttribute(session, media, name) !== undefined;
  const ways = [
    ...(has("crypto") ? ["SDES"] : []),
    ...(has("fingerprint") ? ["DTLS"] : []),
    ...(has("zrtp-hash") ? ["ZRTP"] : []),
  ];
  const isDemanded = /SAVP/i.test(media.protocol);
  if (ways.length === 0) return isDemanded ? "SRTP" : undefined;
  const isAgreed = role === "answers" && (has("crypto") || has("fingerprint"));
  return `${ways.join(" ")}${isDemanded || isAgreed ? "" : " if wanted"}`;
}

function placeWords({ connection, port }: MediaDescription): string {
  if (connection === undefined) return `port ${port}`;
  // RFC 3264 §8.4: the old way to hold.
  return isNullAddress(connection.address) ? "held by a null address" : formatEndpoint(connection.address, port);
}
