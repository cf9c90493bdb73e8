/** Writes a media section of ours. RFC 3264 §5, §6; the attributes' own RFCs at their lines. */

import { formatCrypto } from "./crypto-attribute.ts";
import type { Direction } from "./direction.ts";
import { formatFingerprint, type Setup } from "./dtls-attributes.ts";
import { type ExtensionMap, formatExtensionMap } from "./extmap.ts";
import { formatCandidate } from "./ice-attributes.ts";
import type { SdpLine } from "./lines.ts";
import { formatRtpMap } from "./rtpmap.ts";
import type { StreamSettings } from "./settings.ts";
import { addressTypeOf, formatConnection, formatMediaLine } from "./values.ts";

export interface SectionCodec {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  readonly parameters: string | undefined;
  readonly feedback: readonly string[];
}

export interface SectionCrypto {
  readonly tag: number;
  readonly suite: string;
  readonly keySalt: string;
}

export interface SectionPlan {
  readonly settings: StreamSettings;
  readonly protocol: string;
  readonly direction: Direction;
  readonly codecs: readonly SectionCodec[];
  readonly mid: string | undefined;
  readonly rtcpMux: boolean;
  readonly cryptos: readonly SectionCrypto[];
  readonly setup: Setup | undefined;
  readonly withIce: boolean;
  readonly extensions: readonly ExtensionMap[];
}

export function writeSection(plan: SectionPlan): SdpLine[] {
  const { settings, codecs } = plan;
  const lines: SdpLine[] = [
    {
      type: "m",
      value: formatMediaLine({
        kind: settings.kind,
        port: settings.port,
        portCount: 1,
        protocol: plan.protocol,
        formats: codecs.map(({ payloadType }) => `${payloadType}`),
      }),
    },
    {
      type: "c",
      value: formatConnection({ addressType: addressTypeOf(settings.address), address: settings.address }),
    },
  ];
  if (settings.bandwidth !== undefined) lines.push({ type: "b", value: `AS:${settings.bandwidth}` });
  const add = (value: string): void => void lines.push({ type: "a", value });
  if (plan.mid !== undefined) add(`mid:${plan.mid}`);
  for (const codec of codecs) {
    add(`rtpmap:${formatRtpMap(codec)}`);
    if (codec.parameters !== undefined) add(`fmtp:${codec.payloadType} ${codec.parameters}`);
    for (const feedback of codec.feedback) add(`rtcp-fb:${codec.payloadType} ${feedback}`);
  }
  if (settings.ptime !== undefined) add(`ptime:${settings.ptime}`);
  if (settings.maxptime !== undefined) add(`maxptime:${settings.maxptime}`);
  for (const extension of plan.extensions) add(`extmap:${formatExtensionMap(extension)}`);
  // RFC 5761 §5.1.1: also with rtcp-mux, a port for those who do not know it.
  if (settings.rtcpPort !== undefined) add(`rtcp:${settings.rtcpPort}`);
  if (plan.rtcpMux) add("rtcp-mux");
  for (const { tag, suite, keySalt } of plan.cryptos) {
    add(`crypto:${formatCrypto({ tag, suite, keys: [{ keySalt }], sessionParameters: [] })}`);
  }
  if (plan.setup !== undefined && settings.security?.dtls !== undefined) {
    const { fingerprints, tlsId } = settings.security.dtls;
    add(`setup:${plan.setup}`);
    for (const fingerprint of fingerprints) add(`fingerprint:${formatFingerprint(fingerprint)}`);
    if (tlsId !== undefined) add(`tls-id:${tlsId}`);
  }
  if (settings.zrtpHash !== undefined) add(`zrtp-hash:${settings.zrtpHash}`);
  if (plan.withIce && settings.ice !== undefined) {
    const { ufrag, password, options = [], candidates, endOfCandidates } = settings.ice;
    add(`ice-ufrag:${ufrag}`);
    add(`ice-pwd:${password}`);
    if (options.length > 0) add(`ice-options:${options.join(" ")}`);
    for (const candidate of candidates) add(`candidate:${formatCandidate(candidate)}`);
    if (endOfCandidates === true) add("end-of-candidates");
  }
  for (const more of settings.attributes ?? []) add(more);
  add(plan.direction);
  return lines;
}

/** A refused or ended stream. RFC 3264 §6, §8.2: port 0, and a format that nobody reads. */
export function writeRefusal(kind: string, protocol: string, formats: readonly string[], mid?: string): SdpLine[] {
  const value = formatMediaLine({
    kind,
    port: 0,
    portCount: 1,
    protocol,
    formats: formats.length === 0 ? ["0"] : formats,
  });
  const lines = [{ type: "m", value }];
  if (mid !== undefined) lines.push({ type: "a", value: `mid:${mid}` });
  return lines;
}
