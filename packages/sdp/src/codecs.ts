/** The codecs of a media section: payload types, names, parameters. RFC 3264 §5.1, §6.1. */

import { attributesNamed, type MediaDescription } from "./description.ts";
import { parametersMatch } from "./fmtp.ts";
import { parseRtpMap, type RtpMap, staticPayload } from "./rtpmap.ts";
import type { CodecSettings } from "./settings.ts";

export interface DescribedCodec extends RtpMap {
  /** The value of a=fmtp behind the payload type. */
  readonly parameters: string | undefined;
  readonly feedback: readonly string[];
}

/** In the order of the m= line; formats that nothing describes are left out. */
export function codecsOf(media: MediaDescription): DescribedCodec[] {
  const maps = new Map<number, RtpMap>();
  for (const value of attributesNamed(media, "rtpmap")) {
    const map = parseRtpMap(value);
    if (map !== undefined && !maps.has(map.payloadType)) maps.set(map.payloadType, map);
  }
  const parameters = byPayloadType(attributesNamed(media, "fmtp"));
  const feedback = attributesNamed(media, "rtcp-fb");
  const codecs: DescribedCodec[] = [];
  for (const format of new Set(media.formats)) {
    if (!/^\d{1,3}$/.test(format)) continue;
    const map = maps.get(Number(format)) ?? staticPayload(Number(format));
    if (map === undefined) continue;
    codecs.push({ ...map, parameters: parameters.get(format), feedback: feedbackFor(feedback, format) });
  }
  return codecs;
}

function byPayloadType(values: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const value of values) {
    const blank = value.search(/\s/);
    if (blank !== -1 && !found.has(value.slice(0, blank))) found.set(value.slice(0, blank), value.slice(blank).trim());
  }
  return found;
}

/** RFC 4585 §4.2: `*` is for all. */
function feedbackFor(values: readonly string[], format: string): string[] {
  return values.flatMap((value) => {
    const [target, ...rest] = value.trim().split(/ +/);
    return target === "*" || target === format ? [rest.join(" ")] : [];
  });
}

/** Not a codec that carries the stream alone: events, noise, redundancy, retransmission. */
const companions = new Set(["telephone-event", "cn", "red", "ulpfec", "flexfec-03", "rtx", "tone"]);

export function isCompanion({ name }: { readonly name: string }): boolean {
  return companions.has(name.toLowerCase());
}

/** Codecs that carry the stream, and those beside them. A stream of nothing but events has events for its codecs (RFC 4317 §2.4). */
export function divideCodecs<T extends { readonly name: string }>(
  codecs: readonly T[],
): { readonly codecs: readonly T[]; readonly companions: readonly T[] } {
  const main = codecs.filter((codec) => !isCompanion(codec));
  return main.length === 0 ? { codecs, companions: [] } : { codecs: main, companions: codecs.filter(isCompanion) };
}

/** Whether what is common to both is enough: a real codec, unless there is none among all. */
export function carriesStream(common: readonly NamesCodec[], all: readonly NamesCodec[]): boolean {
  return common.some((codec) => !isCompanion(codec)) || (common.length > 0 && all.every(isCompanion));
}

export interface NamesCodec {
  readonly name: string;
  readonly clockRate: number;
  readonly channels?: number;
}

/** Name, clock rate and channels. Encoding names have no case (RFC 8866 §6.6). */
export function sameCodec(a: NamesCodec, b: NamesCodec): boolean {
  return (
    a.name.toLowerCase() === b.name.toLowerCase() &&
    a.clockRate === b.clockRate &&
    (a.channels ?? 1) === (b.channels ?? 1)
  );
}

/** The codec of ours that a described one is, parameters considered. */
export function matchingCodec<T extends CodecSettings>(ours: readonly T[], theirs: DescribedCodec): T | undefined {
  return ours.find((one) => sameCodec(one, theirs) && parametersMatch(one.name, one.parameters, theirs.parameters));
}
