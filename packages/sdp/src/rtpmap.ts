/** Which codec a payload type stands for. RFC 8866 §6.6, RFC 3551 §6. */

export interface RtpMap {
  /** 0 to 127. */
  readonly payloadType: number;
  /** As written; compared without regard to case. */
  readonly name: string;
  /** Hz of the timestamp, which for G.722 is 8,000 though it samples at 16,000 (RFC 3551 §4.5.2). */
  readonly clockRate: number;
  readonly channels: number;
}

/** RFC 3551 tables 4 and 5. */
const staticPayloads: readonly (readonly [payloadType: number, name: string, clockRate: number, channels?: number])[] =
  [
    [0, "PCMU", 8_000],
    [3, "GSM", 8_000],
    [4, "G723", 8_000],
    [5, "DVI4", 8_000],
    [6, "DVI4", 16_000],
    [7, "LPC", 8_000],
    [8, "PCMA", 8_000],
    [9, "G722", 8_000],
    [10, "L16", 44_100, 2],
    [11, "L16", 44_100],
    [12, "QCELP", 8_000],
    [13, "CN", 8_000],
    [14, "MPA", 90_000],
    [15, "G728", 8_000],
    [16, "DVI4", 11_025],
    [17, "DVI4", 22_050],
    [18, "G729", 8_000],
    [25, "CelB", 90_000],
    [26, "JPEG", 90_000],
    [28, "nv", 90_000],
    [31, "H261", 90_000],
    [32, "MPV", 90_000],
    [33, "MP2T", 90_000],
    [34, "H263", 90_000],
  ];

const byNumber = new Map(
  staticPayloads.map(([payloadType, name, clockRate, channels = 1]) => [
    payloadType,
    { payloadType, name, clockRate, channels } satisfies RtpMap,
  ]),
);

/** What a payload type means where no rtpmap says otherwise. */
export function staticPayload(payloadType: number): RtpMap | undefined {
  return byNumber.get(payloadType);
}

/** The number that a codec has had since RFC 3551. */
export function staticPayloadTypeOf(name: string, clockRate: number, channels = 1): number | undefined {
  const wanted = name.toLowerCase();
  return staticPayloads.find(
    ([, known, rate, count = 1]) => known.toLowerCase() === wanted && rate === clockRate && count === channels,
  )?.[0];
}

/** The value of a=rtpmap; `undefined` when it is none. */
export function parseRtpMap(text: string): RtpMap | undefined {
  const match = /^(\d{1,3}) +([^\s/]+)\/(\d{1,9})(?:\/(\d{1,3}))?\s*$/.exec(text);
  if (match === null || Number(match[1]) > 127 || Number(match[3]) === 0) return undefined;
  return {
    payloadType: Number(match[1]),
    name: match[2]!,
    clockRate: Number(match[3]),
    channels: match[4] === undefined ? 1 : Math.max(1, Number(match[4])),
  };
}

export function formatRtpMap({ payloadType, name, clockRate, channels }: RtpMap): string {
  return `${payloadType} ${name}/${clockRate}${channels === 1 ? "" : `/${channels}`}`;
}
