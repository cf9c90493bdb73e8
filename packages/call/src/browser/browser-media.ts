/** Browsers' media for user agents. */

import type { Call } from "../contract.ts";
import type { MediaPort } from "../media-port.ts";
import { PeerConnectionMedia } from "./peer-connection-media.ts";
import type { BrowserMediaOptions } from "./settings.ts";

/** For `createUserAgent`; `openUserAgent` brings it along. */
export function browserMedia(options: BrowserMediaOptions = {}): MediaPort {
  return { open: () => new PeerConnectionMedia(options) };
}

/** The media of a call of a browser's user agent: its streams, and the connection below. Throws `TypeError` for another's. */
export function mediaOf(call: Call): PeerConnectionMedia {
  const { sound } = call;
  if (sound instanceof PeerConnectionMedia) return sound;
  throw new TypeError(
    "this call has not the media of a browser: it is not of openUserAgent of @trapezoid/call/browser",
  );
}
