/** Media sections of an offer, and what an answer to them means. RFC 3264 §5, §7, §8. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";
import { carriesStream, codecsOf, divideCodecs, matchingCodec } from "./codecs.ts";
import { parseCrypto, usableKey } from "./crypto-attribute.ts";
import { attribute, attributesNamed, type MediaDescription, type SessionDescription } from "./description.ts";
import { type ExtensionMap, parseExtensionMap } from "./extmap.ts";
import type { SdpLine } from "./lines.ts";
import type { NegotiatedCodec, NegotiatedDtls, NegotiatedSdes, NegotiatedStream } from "./negotiated.ts";
import type { PayloadTypes } from "./payload-types.ts";
import { formatProfile } from "./profile.ts";
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
import { type SectionCodec, type SectionCrypto, writeSection } from "./section.ts";
import type { StreamSettings } from "./settings.ts";

/** A stream of ours that was offered, with the numbers it was given. */
export interface OfferedStream {
  readonly settings: StreamSettings;
  readonly protocol: string;
  readonly codecs: readonly SectionCodec[];
  readonly cryptos: readonly SectionCrypto[];
  readonly mid: string | undefined;
  readonly extensions: readonly ExtensionMap[];
}

export function offerStream(settings: StreamSettings, mid: string | undefined, numbers: PayloadTypes): OfferedStream {
  const { security } = settings;
  const dtls = security?.dtls !== undefined;
  // RFC 4568 §3.1 wants SAVP with a=crypto; AVP with it is how phones say "if you can".
  const secure = dtls || (security?.sdes !== undefined && security.required);
  return {
    settings,
    protocol: formatProfile({ secure, feedback: settings.feedback === true, dtls }),
    codecs: settings.codecs.map((codec) => ({
      payloadType: numbers.numberFor(codec),
      name: codec.name,
      clockRate: codec.clockRate,
      channels: codec.channels ?? 1,
      parameters: codec.parameters,
      feedback: codec.feedback ?? [],
    })),
    cryptos: dtls ? [] : (security?.sdes?.keys ?? []).map((key, index) => ({ tag: index + 1, ...key })),
    mid,
    extensions: (settings.extensions ?? []).map((uri, index) => ({ id: index + 1, uri })),
  };
}

export function writeOfferedStream(offered: OfferedStream): SdpLine[] {
  const { settings } = offered;
  return writeSection({
    ...offered,
    direction: settings.direction,
    rtcpMux: settings.rtcpMux !== false,
    // RFC 5763 §5: the offerer leaves the choice.
    setup: settings.security?.dtls === undefined ? undefined : "actpass",
    withIce: settings.ice !== undefined,
  });
}

/** What an answer's section makes of an offered stream. A fault where following it would be unsafe or impossible. */
export function readAnswerTo(
  offered: OfferedStream,
  index: number,
  session: SessionDescription,
  media: MediaDescription | undefined,
): Result<NegotiatedStream, Fault> {
  const { settings } = offered;
  if (media === undefined || media.port === 0) return ok(inactiveStream(index, settings.kind, offered.mid));
  if (media.kind !== settings.kind) {
    return fault(
      "SDP_ANSWER_KIND",
      `section ${index + 1} was offered as ${settings.kind} and answered as ${media.kind}`,
    );
  }
  const codecs = answeredCodecs(offered, media);
  if (!carriesStream(codecs, codecsOf(media))) {
    return fault("SDP_NO_COMMON_CODEC", `the answer accepts ${settings.kind} with no codec that was offered`);
  }
  const sdes = answeredSdes(offered, media);
  const dtls = answeredDtls(offered, session, media);
  if (settings.security?.required === true && sdes === undefined && dtls === undefined) {
    return fault("SDP_NOT_SECURE", `the answer wants ${settings.kind} without encryption, which is required here`);
  }
  const rtcpMux = settings.rtcpMux !== false && attribute(media, "rtcp-mux") !== undefined;
  const ice = remoteIce(session, media);
  return ok({
    index,
    kind: settings.kind,
    mid: offered.mid,
    active: true,
    direction: localDirection(media, settings.direction),
    heldByRemote: isHeld(media),
    remote: remoteAddress(media),
    remoteRtcp: remoteRtcpAddress(media, rtcpMux),
    rtcpMux,
    ...divideCodecs(codecs),
    ptime: milliseconds(media, "ptime"),
    maxptime: milliseconds(media, "maxptime"),
    sdes,
    dtls,
    ice: ice === undefined || settings.ice === undefined ? undefined : { local: settings.ice, remote: ice },
    extensions: commonExtensions(offered.extensions, media),
    zrtpHash: attribute(media, "zrtp-hash"),
    transportIndex: index,
  });
}

/** RFC 3264 §7: the answer's order is the other side's preference; its numbers are what it wants to receive. */
function answeredCodecs(offered: OfferedStream, media: MediaDescription): NegotiatedCodec[] {
  return codecsOf(media).flatMap((theirs) => {
    const ours =
      matchingCodec(
        offered.codecs.filter(({ payloadType }) => payloadType === theirs.payloadType).map(asSettings),
        theirs,
      ) ?? matchingCodec(offered.codecs.map(asSettings), theirs);
    if (ours === undefined) return [];
    return [
      {
        name: ours.name,
        clockRate: ours.clockRate,
        channels: ours.channels,
        sendPayloadType: theirs.payloadType,
        receivePayloadType: ours.payloadType,
        sendParameters: theirs.parameters,
        receiveParameters: ours.parameters,
        feedback: ours.feedback.filter((one) => theirs.feedback.includes(one)),
      },
    ];
  });
}

type OurCodec = Omit<SectionCodec, "parameters"> & { readonly parameters?: string };

function asSettings({ parameters, ...rest }: SectionCodec): OurCodec {
  return parameters === undefined ? rest : { ...rest, parameters };
}

/** RFC 4568 §5.1.3: one attribute, with the tag and suite of one that was offered. */
function answeredSdes(offered: OfferedStream, media: MediaDescription): NegotiatedSdes | undefined {
  for (const value of attributesNamed(media, "crypto")) {
    const theirs = parseCrypto(value);
    const key = theirs === undefined ? undefined : usableKey(theirs);
    const ours = offered.cryptos.find(
      ({ tag, suite }) => tag === theirs?.tag && suite.toUpperCase() === theirs.suite.toUpperCase(),
    );
    if (key === undefined || ours === undefined) continue;
    return {
      suite: ours.suite,
      localKeySalt: ours.keySalt,
      remoteKeySalt: key.keySalt,
      ...(key.mki !== undefined && { remoteMki: key.mki }),
    };
  }
  return undefined;
}

/** RFC 5763 §5: who was asked to choose has chosen. */
function answeredDtls(
  offered: OfferedStream,
  session: SessionDescription,
  media: MediaDescription,
): NegotiatedDtls | undefined {
  if (offered.settings.security?.dtls === undefined) return undefined;
  const fingerprints = remoteFingerprints(session, media);
  if (fingerprints.length === 0) return undefined;
  return { role: remoteSetup(session, media) === "passive" ? "client" : "server", remoteFingerprints: fingerprints };
}

/** RFC 8285 §6: the answer keeps the numbers of the offer. */
export function commonExtensions(offered: readonly ExtensionMap[], media: MediaDescription): ExtensionMap[] {
  const theirs = attributesNamed(media, "extmap").flatMap((value) => parseExtensionMap(value) ?? []);
  return offered.filter(({ id, uri }) => theirs.some((one) => one.id === id && one.uri === uri));
}

export function inactiveStream(index: number, kind: string, mid: string | undefined): NegotiatedStream {
  const nowhere = { address: "0.0.0.0", port: 0 };
  return {
    index,
    kind,
    mid,
    active: false,
    direction: "inactive",
    heldByRemote: false,
    remote: nowhere,
    remoteRtcp: nowhere,
    rtcpMux: false,
    codecs: [],
    companions: [],
    ptime: undefined,
    maxptime: undefined,
    sdes: undefined,
    dtls: undefined,
    ice: undefined,
    extensions: [],
    zrtpHash: undefined,
    transportIndex: index,
  };
}
