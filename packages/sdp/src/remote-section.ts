/** What the other side's media section says about the way of its stream: addresses, RTCP, ICE, keys. */

import {
  attribute,
  attributesNamed,
  inheritedAttribute,
  type MediaDescription,
  type SessionDescription,
} from "./description.ts";
import type { Direction } from "./direction.ts";
import { both, directionOf, receives, reversed, sends } from "./direction.ts";
import { type Fingerprint, isSetup, parseFingerprint, type Setup } from "./dtls-attributes.ts";
import { type IceParameters, parseCandidate } from "./ice-attributes.ts";
import type { TransportAddress } from "./negotiated.ts";
import { isNullAddress } from "./values.ts";

export function remoteAddress(media: MediaDescription): TransportAddress {
  return { address: media.connection?.address ?? "0.0.0.0", port: media.port };
}

/** RFC 3605 §2.1, RFC 5761 §5.1.1. */
export function remoteRtcpAddress(media: MediaDescription, rtcpMux: boolean): TransportAddress {
  const rtp = remoteAddress(media);
  if (rtcpMux) return rtp;
  const match = /^(\d{1,5})(?: +IN +IP[46] +(\S+))?/i.exec(attribute(media, "rtcp") ?? "");
  const port = Number(match?.[1]);
  // A port that is none is passed over, as other attributes that say nothing are.
  if (match === null || port === 0 || port > 65_535) return { address: rtp.address, port: rtp.port + 1 };
  return { address: match[2] ?? rtp.address, port };
}

/** What the other side does, null address considered. RFC 3264 §8.4: nothing is sent to 0.0.0.0. */
export function remoteDirection(media: MediaDescription): Direction {
  const isNull = media.connection !== undefined && isNullAddress(media.connection.address);
  // With ICE the null address is only a default that nobody uses (RFC 8839 §4.2.1, RFC 8840 §4.1.1).
  if (!isNull || attribute(media, "ice-ufrag") !== undefined) return media.direction;
  return directionOf(sends(media.direction), false);
}

/** What we may do at most, and what we do of it. */
export function localDirection(media: MediaDescription, wanted: Direction): Direction {
  return both(reversed(remoteDirection(media)), wanted);
}

export function isHeld(media: MediaDescription): boolean {
  return !receives(remoteDirection(media));
}

export function remoteIce(session: SessionDescription, media: MediaDescription): IceParameters | undefined {
  const ufrag = inheritedAttribute(session, media, "ice-ufrag");
  const password = inheritedAttribute(session, media, "ice-pwd");
  if (ufrag === undefined || password === undefined) return undefined;
  return {
    ufrag,
    password,
    lite: attribute(session, "ice-lite") !== undefined,
    options: (inheritedAttribute(session, media, "ice-options") ?? "").split(/ +/).filter((option) => option !== ""),
    candidates: attributesNamed(media, "candidate").flatMap((value) => parseCandidate(value) ?? []),
    endOfCandidates: inheritedAttribute(session, media, "end-of-candidates") !== undefined,
  };
}

export function remoteFingerprints(session: SessionDescription, media: MediaDescription): Fingerprint[] {
  const own = attributesNamed(media, "fingerprint");
  const values = own.length > 0 ? own : attributesNamed(session, "fingerprint");
  return values.flatMap((value) => parseFingerprint(value) ?? []);
}

/** RFC 4145 §4: `active` when an offer does not say. */
export function remoteSetup(session: SessionDescription, media: MediaDescription): Setup {
  const value = inheritedAttribute(session, media, "setup")?.trim().toLowerCase();
  return isSetup(value) ? value : "active";
}

/** Milliseconds; `undefined` when absent or senseless. */
export function milliseconds(media: MediaDescription, name: "ptime" | "maxptime"): number | undefined {
  const value = Number(attribute(media, name));
  return value > 0 && value <= 1_000 ? value : undefined;
}

/** mids that share a transport, the first group of each kind. RFC 9143 §7.2. */
export function bundleGroups(session: SessionDescription): string[][] {
  return attributesNamed(session, "group").flatMap((value) => {
    const [semantics, ...mids] = value.trim().split(/ +/);
    return semantics?.toUpperCase() === "BUNDLE" && mids.length > 0 ? [mids] : [];
  });
}
