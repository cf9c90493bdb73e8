/** A session description as its lines, divided into session and media sections. RFC 8866 §5. Nothing is interpreted here. */

import { type Fault, fault, ok, type Result } from "@trapezoid/base";

/** `m=audio 49170 RTP/AVP 0` is `{ type: "m", value: "audio 49170 RTP/AVP 0" }`. */
export interface SdpLine {
  /** One character. */
  readonly type: string;
  readonly value: string;
}

export interface SdpSections {
  /** From `v=` to the line before the first `m=`. */
  readonly session: readonly SdpLine[];
  /** Each begins with its `m=` line. */
  readonly media: readonly (readonly SdpLine[])[];
}

export const maxSdpLines = 2_000;

/**
 * Reads the lines. Lines may end with LF alone (RFC 8866 §5: parsers should accept it) and blank ones at the end are
 * passed over. Faults: `SDP_BAD_LINE`, `SDP_NO_VERSION`, `SDP_TOO_MANY_LINES`, with the offset in `text`.
 */
export function parseSdpLines(text: string): Result<SdpSections, Fault> {
  const session: SdpLine[] = [];
  const media: SdpLine[][] = [];
  let count = 0;
  for (let offset = 0; offset < text.length; ) {
    const feed = text.indexOf("\n", offset);
    const next = feed === -1 ? text.length : feed + 1;
    let end = feed === -1 ? text.length : feed;
    if (end > offset && text.charCodeAt(end - 1) === 13) end--;
    if (end === offset) {
      if (text.slice(offset).trim() !== "") return fault("SDP_BAD_LINE", "a blank line in the middle", offset);
      break;
    }
    // RFC 8866 §5: exactly one character, then "=" without white space on either side.
    if (text.charCodeAt(offset + 1) !== 61 || !/[a-zA-Z]/.test(text.charAt(offset))) {
      return fault(
        "SDP_BAD_LINE",
        `a line is x=value, not ${JSON.stringify(text.slice(offset, Math.min(end, offset + 40)))}`,
        offset,
      );
    }
    if (++count > maxSdpLines) return fault("SDP_TOO_MANY_LINES", `more than ${maxSdpLines} lines`, offset);
    const line = { type: text.charAt(offset), value: text.slice(offset + 2, end) };
    if (line.type === "m") media.push([line]);
    else (media.at(-1) ?? session).push(line);
    offset = next;
  }
  if (session[0]?.type !== "v") return fault("SDP_NO_VERSION", "a session description begins with v=0", 0);
  return ok({ session, media });
}

/** Each line ends with CRLF. RFC 8866 §5. */
export function formatSdpLines({ session, media }: SdpSections): string {
  return [session, ...media]
    .flat()
    .map(({ type, value }) => `${type}=${value}\r\n`)
    .join("");
}
