/** Asking a sender of video for a picture that stands alone. PLI: RFC 4585 §6.3.1; FIR: RFC 5104 §4.3.1. */

import { readUint32, writeUint32 } from "../octets.ts";
import type { Feedback } from "./packets.ts";

const pliFormat = 1;
const firFormat = 4;
const entryBytes = 8;

/** One sender that is asked, and the number of the command: it stays when the command is repeated. */
export interface FullIntraRequest {
  readonly ssrc: number;
  /** 0 to 255. */
  readonly sequence: number;
}

/** Pictures were lost: the next one shall not build on them. `ssrc` is who asks. */
export function pictureLossIndication(ssrc: number, mediaSsrc: number): Feedback {
  return { type: "psfb", format: pliFormat, ssrc, mediaSsrc, data: new Uint8Array(0) };
}

export function isPictureLossIndication({ type, format }: Feedback): boolean {
  return type === "psfb" && format === pliFormat;
}

/** A new watcher needs a whole picture. */
export function fullIntraRequest(ssrc: number, requests: readonly FullIntraRequest[]): Feedback {
  const data = new Uint8Array(requests.length * entryBytes);
  for (const [index, request] of requests.entries()) {
    writeUint32(data, index * entryBytes, request.ssrc);
    data[index * entryBytes + 4] = request.sequence;
  }
  // RFC 5104 §4.3.1.2: the media source of the header is not used.
  return { type: "psfb", format: firFormat, ssrc, mediaSsrc: 0, data };
}

/** What a FIR asks for; empty for any other feedback. An entry that is cut off is left out. */
export function fullIntraRequestsOf({ type, format, data }: Feedback): readonly FullIntraRequest[] {
  if (type !== "psfb" || format !== firFormat) return [];
  return Array.from({ length: Math.floor(data.length / entryBytes) }, (_, index) => ({
    ssrc: readUint32(data, index * entryBytes),
    sequence: data[index * entryBytes + 4]!,
  }));
}
