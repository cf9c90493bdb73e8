/** Octets as latin1 text, a character each, without TextDecoder("latin1"), which is windows-1252; and WebSocket text frames as octets. */

// Beyond this many arguments, String.fromCharCode would overflow the stack of some engines.
const CHUNK = 8192;

export function octetsToText(octets: Uint8Array): string {
  if (octets.length <= CHUNK) return String.fromCharCode.apply(null, octets as unknown as number[]);
  let text = "";
  for (let at = 0; at < octets.length; at += CHUNK) {
    text += String.fromCharCode.apply(null, octets.subarray(at, at + CHUNK) as unknown as number[]);
  }
  return text;
}

/** Inverse of `octetsToText`. */
export function textToOctets(text: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) octets[at] = text.charCodeAt(at);
  return octets;
}

/** What a text frame's string stood for on the wire: its UTF-8 octets (RFC 6455 §5.6). */
export function frameToText(frame: string): string {
  return isAscii(frame) ? frame : octetsToText(new TextEncoder().encode(frame));
}

/** The string whose text frame carries these octets; `undefined` when they are not UTF-8 and need a binary frame. */
export function textToFrame(text: string): string | undefined {
  if (isAscii(text)) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(textToOctets(text));
  } catch {
    return undefined;
  }
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}
