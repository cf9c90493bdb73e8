/** What is read out of descriptions, and what is changed in ours before it goes out. RFC 8866, RFC 8829 §5, RFC 9143. */

import {
  attribute,
  both,
  codecsOf,
  formatSdpLines,
  inheritedAttribute,
  isCompanion,
  isHeld,
  type MediaDescription,
  parseSdp,
  parseSdpLines,
  remoteDirection,
  remoteFingerprints,
  remoteIce,
  reversed,
  type SessionDescription,
} from "@trapezoid/sdp";
import type { MediaRefusal } from "../media-port.ts";
import type { AgreedMedia, AgreedStream } from "../values.ts";

/** The first section of a kind that is in use. */
export function activeSection(session: SessionDescription, kind: string): MediaDescription | undefined {
  return session.media.find((media) => media.kind === kind && media.port !== 0);
}

export function hasActive(text: string, kind: string): boolean {
  const parsed = parseSdp(text);
  return parsed.ok && activeSection(parsed.value, kind) !== undefined;
}

/** Why a browser cannot use this description of the other side's; `undefined`: it can. */
export function refusalOf(text: string): MediaRefusal | undefined {
  const parsed = parseSdp(text);
  if (!parsed.ok) return { status: 488, reason: `the description cannot be read: ${parsed.error.message}` };
  const audio = activeSection(parsed.value, "audio");
  if (audio === undefined) return { status: 488, reason: "the description has no sound" };
  // RFC 8827 §6.5: nothing but DTLS-SRTP; RFC 8834 §4.5 with §5.1.1 of RFC 8859: one port for RTP and RTCP.
  if (remoteFingerprints(parsed.value, audio).length === 0 || remoteIce(parsed.value, audio) === undefined) {
    return { status: 488, reason: "browsers need DTLS-SRTP with ICE, and the description has none" };
  }
  if (inheritedAttribute(parsed.value, audio, "rtcp-mux") === undefined) {
    return { status: 488, reason: "browsers need a=rtcp-mux, and the description has none" };
  }
  return undefined;
}

/** Seen from our end. `ours` and `theirs`: the descriptions that belong together, whoever offered. */
export function agreedBetween(ours: string, theirs: string): AgreedMedia {
  const [local, remote] = [parseSdp(ours), parseSdp(theirs)];
  if (!local.ok || !remote.ok) return { audio: undefined, video: undefined };
  const stream = (kind: "audio" | "video"): AgreedStream | undefined => {
    const index = local.value.media.findIndex((media) => media.kind === kind && media.port !== 0);
    const [mine, other] = [local.value.media[index], remote.value.media[index]];
    if (mine === undefined || other === undefined || other.port === 0 || other.kind !== kind) return undefined;
    return agreedStream(kind, mine, other);
  };
  return { audio: stream("audio"), video: stream("video") };
}

function agreedStream(
  kind: "audio" | "video",
  mine: MediaDescription,
  other: MediaDescription,
): AgreedStream | undefined {
  const ours = codecsOf(mine);
  const common = codecsOf(other).filter((codec) =>
    ours.some(({ name }) => name.toLowerCase() === codec.name.toLowerCase()),
  );
  const codec = common.find((one) => !isCompanion(one));
  if (codec === undefined) return undefined;
  return {
    kind,
    codec: codec.name,
    clockRate: codec.clockRate,
    direction: both(mine.direction, reversed(remoteDirection(other))),
    heldByRemote: isHeld(other),
    security: "dtls",
    takesDigitEvents: common.some(({ name }) => name.toLowerCase() === "telephone-event"),
  };
}

export function sameAgreement(a: AgreedMedia | undefined, b: AgreedMedia | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** mids of sections in use, of a kind. */
export function midsOf(text: string, kind: string): string[] {
  const parsed = parseSdp(text);
  if (!parsed.ok) return [];
  return parsed.value.media.flatMap((media) =>
    media.kind === kind && media.port !== 0 ? (attribute(media, "mid") ?? []) : [],
  );
}

/** mids of sections in use that are not the first of a kind that is wanted. */
export function unwantedMids(text: string, kinds: readonly string[]): string[] {
  const parsed = parseSdp(text);
  if (!parsed.ok) return [];
  const wanted = kinds.map((kind) => activeSection(parsed.value, kind));
  return parsed.value.media.flatMap((media) =>
    media.port === 0 || wanted.includes(media) ? [] : (attribute(media, "mid") ?? []),
  );
}

export function hasCandidates(text: string): boolean {
  return /^a=candidate:/m.test(text);
}

/**
 * Ends the sections of these mids in an offer of ours, while the browser still has them: so that nothing is lost when the offer is refused.
 * RFC 3264 §8.2: port zero; RFC 9143 §7.5.3: out of the group.
 */
export function withoutSections(text: string, mids: readonly string[]): string {
  const sections = parseSdpLines(text);
  if (!sections.ok || mids.length === 0) return text;
  const { session, media } = sections.value;
  return formatSdpLines({
    session: session.map((line) =>
      line.type === "a" && line.value.startsWith("group:BUNDLE")
        ? {
            ...line,
            value: line.value
              .split(" ")
              .filter((word) => !mids.includes(word))
              .join(" "),
          }
        : line,
    ),
    media: media.map((lines) => {
      const mid = lines.find(({ type, value }) => type === "a" && value.startsWith("mid:"))?.value.slice(4);
      if (mid === undefined || !mids.includes(mid)) return lines;
      const [head, ...rest] = lines;
      const kept = rest.filter(({ value }) => !value.startsWith("candidate:") && value !== "end-of-candidates");
      return [{ type: "m", value: head!.value.replace(/^(\S+) \S+/, "$1 0") }, ...kept];
    }),
  });
}

/** RFC 3264 §5: one name for the session, and a version that grows, whichever connection the description is of. */
export function withOrigin(text: string, sessionId: string, version: number): string {
  return text.replace(/^o=(\S+) \S+ \S+ /m, `o=$1 ${sessionId} ${version} `);
}
