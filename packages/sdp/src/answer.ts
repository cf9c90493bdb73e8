/** Media sections of an answer. RFC 3264 §6; a stream that cannot be had is refused, with port 0. */

import { carriesStream, codecsOf, type DescribedCodec, divideCodecs, isCompanion, matchingCodec } from "./codecs.ts";
import { type CryptoAttribute, parseCrypto, type SdesKey, usableKey } from "./crypto-attribute.ts";
import { attribute, attributesNamed, type MediaDescription, type SessionDescription } from "./description.ts";
import { both, reversed } from "./direction.ts";
import { type ExtensionMap, parseExtensionMap } from "./extmap.ts";
import type { SdpLine } from "./lines.ts";
import type { NegotiatedCodec, NegotiatedDtls, NegotiatedStream } from "./negotiated.ts";
import { inactiveStream } from "./offer.ts";
import { profileOf } from "./profile.ts";
import {
  isHeld,
  localDirection,
  milliseconds,
  remoteAddress,
  remoteFingerprints,
  remoteIce,
  remoteRtcpAddress,
  remoteSetup,
} from "./remote-section.ts";
import { type SectionCrypto, writeRefusal, writeSection } from "./section.ts";
import type { CodecSettings, StreamChoice, StreamSettings } from "./settings.ts";

export interface AnsweredStream {
  readonly lines: readonly SdpLine[];
  readonly stream: NegotiatedStream;
  /** Why a stream that we wanted was refused. */
  readonly refusedBecause: string | undefined;
}

export interface AnswerPolicy {
  /** Whose order of codecs counts. Default `remote`, as RFC 3264 §6.1 recommends. */
  readonly preference?: "local" | "remote";
  /** Name just the codec that is used, for peers that cannot change in the middle. */
  readonly singleCodec?: boolean;
}

export function answerStream(
  choice: StreamChoice,
  index: number,
  session: SessionDescription,
  media: MediaDescription,
  policy: AnswerPolicy = {},
): AnsweredStream {
  const mid = attribute(media, "mid");
  const refuse = (because: string | undefined): AnsweredStream => ({
    lines: writeRefusal(media.kind, media.protocol, media.formats, mid),
    stream: inactiveStream(index, media.kind, mid),
    refusedBecause: because,
  });
  // RFC 3264 §6: a stream offered with port 0 is answered with port 0; RFC 9143 §7.3: unless it is bundle-only.
  const bundleOnly = attribute(media, "bundle-only") !== undefined;
  if (choice === undefined || (media.port === 0 && !bundleOnly)) return refuse(undefined);
  if (choice.kind !== media.kind) return refuse(`${media.kind} was offered where we have ${choice.kind}`);
  const profile = profileOf(media.protocol);
  if (profile === undefined) return refuse(`${media.protocol} is no RTP`);
  const codecs = commonCodecs(choice, media, policy);
  if (
    !carriesStream(
      codecs.map(({ codec }) => codec),
      codecsOf(media),
    )
  )
    return refuse("no common codec");
  const security = chooseSecurity(choice, session, media);
  if (typeof security === "string") return refuse(security);
  const rtcpMux = choice.rtcpMux !== false && attribute(media, "rtcp-mux") !== undefined;
  const ice = remoteIce(session, media);
  const withIce = ice !== undefined && choice.ice !== undefined;
  const direction = localDirection(media, choice.direction);
  const extensions = acceptedExtensions(choice, media);
  const negotiated = codecs.map(
    ({ codec, parameters, feedback, theirs }): NegotiatedCodec => ({
      name: codec.name,
      clockRate: codec.clockRate,
      channels: codec.channels ?? 1,
      sendPayloadType: theirs.payloadType,
      receivePayloadType: theirs.payloadType,
      sendParameters: theirs.parameters,
      receiveParameters: parameters,
      feedback,
    }),
  );
  const lines = writeSection({
    settings: choice,
    protocol: media.protocol,
    // RFC 4317 §5.2: the null address holds without a word in a=, and is answered without one.
    direction: both(reversed(media.direction), choice.direction),
    codecs: negotiated.map((one) => ({
      ...one,
      payloadType: one.receivePayloadType,
      parameters: one.receiveParameters,
    })),
    mid,
    rtcpMux,
    cryptos: security.crypto === undefined ? [] : [security.crypto.ours],
    setup: security.setup,
    withIce,
    extensions,
  });
  return {
    lines,
    refusedBecause: undefined,
    stream: {
      index,
      kind: media.kind,
      mid,
      active: true,
      direction,
      heldByRemote: isHeld(media),
      remote: remoteAddress(media),
      remoteRtcp: remoteRtcpAddress(media, rtcpMux),
      rtcpMux,
      ...divideCodecs(negotiated),
      ptime: milliseconds(media, "ptime"),
      maxptime: milliseconds(media, "maxptime"),
      sdes:
        security.crypto === undefined
          ? undefined
          : {
              suite: security.crypto.ours.suite,
              localKeySalt: security.crypto.ours.keySalt,
              remoteKeySalt: security.crypto.key.keySalt,
              ...(security.crypto.key.mki !== undefined && { remoteMki: security.crypto.key.mki }),
            },
      dtls: security.dtls,
      ice: withIce ? { local: choice.ice!, remote: ice } : undefined,
      extensions,
      zrtpHash: attribute(media, "zrtp-hash"),
      transportIndex: index,
    },
  };
}

interface CommonCodec {
  readonly codec: CodecSettings;
  readonly theirs: DescribedCodec;
  readonly parameters: string | undefined;
  readonly feedback: readonly string[];
}

/** RFC 3264 §6.1: formats of the offer that we have, with the offer's numbers. */
function commonCodecs(choice: StreamSettings, media: MediaDescription, policy: AnswerPolicy): CommonCodec[] {
  const common = codecsOf(media).flatMap((theirs): CommonCodec[] => {
    const codec = matchingCodec(choice.codecs, theirs);
    if (codec === undefined) return [];
    const feedback = (codec.feedback ?? []).filter((one) => theirs.feedback.includes(one));
    return [{ codec, theirs, parameters: answeredParameters(codec, theirs), feedback }];
  });
  if (policy.preference === "local") {
    common.sort((a, b) => choice.codecs.indexOf(a.codec) - choice.codecs.indexOf(b.codec));
  }
  const first = common.find(({ codec }) => !isCompanion(codec));
  const kept = policy.singleCodec === true ? common.filter((one) => one === first || isCompanion(one.codec)) : common;
  // RFC 4733 §2.1: events are for the clock rate of a codec that is there.
  const rates = new Set(kept.filter(({ codec }) => !isCompanion(codec)).map(({ codec }) => codec.clockRate));
  return kept.filter(({ codec }) => !isCompanion(codec) || rates.has(codec.clockRate) || rates.size === 0);
}

/** RFC 6184 §8.2.2: profile and packetization of the offer are repeated; all else says what we want. */
function answeredParameters(codec: CodecSettings, theirs: DescribedCodec): string | undefined {
  return codec.name.toLowerCase() === "h264" ? (theirs.parameters ?? codec.parameters) : codec.parameters;
}

interface ChosenSecurity {
  readonly crypto: { readonly ours: SectionCrypto; readonly key: SdesKey } | undefined;
  readonly dtls: NegotiatedDtls | undefined;
  readonly setup: "active" | "passive" | undefined;
}

/** Or why there is none that both accept. */
function chooseSecurity(
  choice: StreamSettings,
  session: SessionDescription,
  media: MediaDescription,
): ChosenSecurity | string {
  const { security } = choice;
  const profile = profileOf(media.protocol)!;
  const fingerprints = remoteFingerprints(session, media);
  if (security?.dtls !== undefined && fingerprints.length > 0) {
    const theirs = remoteSetup(session, media);
    const setup = theirs === "active" ? "passive" : theirs === "passive" ? "active" : (security.dtls.setup ?? "active");
    const role = setup === "active" ? "client" : "server";
    return { crypto: undefined, dtls: { role, remoteFingerprints: fingerprints }, setup };
  }
  const offered = attributesNamed(media, "crypto").flatMap((value) => parseCrypto(value) ?? []);
  const crypto = security?.sdes === undefined ? undefined : chooseCrypto(security.sdes.keys, offered);
  if (crypto !== undefined) return { crypto, dtls: undefined, setup: undefined };
  if (profile.secure || profile.dtls) return "no encryption of the offer is one that we have";
  if (security?.required === true) return "encryption is required here, and the offer has none that we know";
  return { crypto: undefined, dtls: undefined, setup: undefined };
}

/** RFC 4568 §5.1.2: the first of the offer that we support. */
function chooseCrypto(
  ours: readonly { readonly suite: string; readonly keySalt: string }[],
  offered: readonly CryptoAttribute[],
): ChosenSecurity["crypto"] {
  for (const theirs of offered) {
    const key = usableKey(theirs);
    const match = ours.find(({ suite }) => suite.toUpperCase() === theirs.suite.toUpperCase());
    if (key !== undefined && match !== undefined) return { ours: { ...match, tag: theirs.tag }, key };
  }
  return undefined;
}

/** RFC 8285 §6: with the offer's numbers and the opposite direction, which for `sendrecv` is none. */
function acceptedExtensions(choice: StreamSettings, media: MediaDescription): ExtensionMap[] {
  const wanted = new Set(choice.extensions ?? []);
  return attributesNamed(media, "extmap").flatMap((value) => {
    const theirs = parseExtensionMap(value);
    // Numbers from 4096 on are offers of alternatives, which we do not take.
    return theirs === undefined || theirs.id > 255 || !wanted.has(theirs.uri)
      ? []
      : [{ id: theirs.id, uri: theirs.uri }];
  });
}
