/** What can fail in media, each with its stable code. */

import { define, type ErrorDefinition } from "@trapezoid/base";

type One = ErrorDefinition<readonly [text: string]>;
type Two = ErrorDefinition<readonly [first: string, second: string]>;

export const noPorts: ErrorDefinition<readonly [address: string, from: number, to: number]> = define(
  "MEDIA_NO_PORTS",
  (address: string, from: number, to: number) =>
    `no free pair of ports between ${from} and ${to} on ${address}; widen the range of media ports or end some calls`,
);

export const bindFailed: Two = define(
  "MEDIA_BIND_FAILED",
  (address: string, why: string) => `cannot open a media socket on ${address}: ${why}`,
);

export const unknownCodec: One = define(
  "MEDIA_UNKNOWN_CODEC",
  (name: string) => `there is no codec ${name}; PCMU, PCMA, G722, L16 and opus can be used`,
);

export const badKey: Two = define(
  "MEDIA_BAD_KEY",
  (suite: string, why: string) => `the SRTP key of ${suite} is ${why}`,
);

export const sessionClosed: One = define("MEDIA_SESSION_CLOSED", (id: string) => `media session ${id} is closed`);

export const tooManySessions: ErrorDefinition<readonly [limit: number]> = define(
  "MEDIA_TOO_MANY_SESSIONS",
  (limit: number) => `${limit} media sessions are open, which is the limit; raise maxSessions or end some calls`,
);

export const badFile: Two = define(
  "MEDIA_BAD_FILE",
  (path: string, why: string) =>
    `cannot play ${path}: ${why}; WAV (PCM 16 bit, µ-law, A-law) and Opus in Ogg can be played`,
);

export const recordingFailed: Two = define(
  "MEDIA_RECORDING_FAILED",
  (path: string, why: string) => `cannot record to ${path}: ${why}`,
);

export const unknownTone: Two = define(
  "MEDIA_UNKNOWN_TONE",
  (tone: string, country: string) => `there is no tone ${tone} for country ${country}`,
);

export const badDigits: One = define(
  "MEDIA_BAD_DIGITS",
  (digits: string) => `"${digits}" holds something else than 0 to 9, *, #, A to D`,
);

export const notInThread: One = define(
  "MEDIA_NOT_IN_THREAD",
  (group: string) => `no session of this thread is in mix ${group}; open the sessions of one mix with the same group`,
);

export const threadEnded: One = define("MEDIA_THREAD_ENDED", (why: string) => `the media thread ended: ${why}`);
