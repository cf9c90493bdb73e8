/** The line that tells how a call is: state, duration, codec, security, quality, what is switched off. */

import type { AgreedMedia, CallState, CallStatistics, MediaSecurity } from "@trapezoid/call";
import { displayWidth } from "../terminal/display-width.ts";
import type { Light } from "../terminal/screen.ts";
import { qualityWord } from "./quality.ts";

/** What is shown of a call. */
export interface CallPicture {
  /** Who is at the other end. */
  readonly remote: string;
  readonly state: CallState;
  /** Since it began, or since it was answered. */
  readonly ms: number;
  readonly media: AgreedMedia | undefined;
  readonly held: { readonly byUs: boolean; readonly byThem: boolean };
  readonly muted: boolean;
  readonly recording: boolean;
  readonly statistics: CallStatistics | undefined;
  /** Nothing is heard, though it should be: what was measured before tells of better times. */
  readonly silent?: boolean;
  /** What both people read to each other (ZRTP). */
  readonly sas?: string | undefined;
}

export interface StatusWords {
  /** The light in front; the words follow it. */
  readonly light: Light;
  readonly text: string;
}

/** @param room Columns: what matters least is left out until the rest fits. */
export function statusWords(
  picture: CallPicture,
  options: { readonly unicode: boolean; readonly room?: number },
): StatusWords {
  const parts = partsOf(picture);
  const separator = options.unicode ? " · " : " | ";
  const write = (): string => `${options.unicode ? "●" : "*"} ${parts.map(({ text }) => text).join(separator)}`;
  while (displayWidth(write()) > (options.room ?? Number.POSITIVE_INFINITY) && parts.length > 2) {
    const least = parts.reduce((a, b) => (b.weight < a.weight ? b : a));
    parts.splice(parts.indexOf(least), 1);
  }
  return { light: lightOf(picture), text: write() };
}

interface Part {
  readonly text: string;
  /** The least goes first where there is no room. */
  readonly weight: number;
}

function partsOf(picture: CallPicture): Part[] {
  const { statistics, media, held } = picture;
  const parts: Part[] = [{ text: `${stateWord(picture)} ${picture.remote} ${clockOf(picture.ms)}`, weight: 99 }];
  const add = (weight: number, text: string | undefined): void => {
    if (text !== undefined) parts.push({ text, weight });
  };
  if (held.byUs) add(90, "on hold");
  if (held.byThem) add(89, "held by them");
  if (picture.muted) add(88, "muted");
  if (picture.recording) add(60, "recording");
  add(70, media?.audio?.codec);
  if (media?.video !== undefined) add(50, `video ${media.video.codec}`);
  if (media?.audio !== undefined) add(65, securityWord(statistics?.security ?? media.audio.security));
  add(75, picture.sas === undefined ? undefined : `words "${picture.sas}"`);
  if (picture.silent) add(85, "nothing is heard");
  if (statistics === undefined || picture.silent) return parts;
  const { mos, received, roundTripMs } = statistics;
  if (mos !== undefined) add(80, `MOS ${mos.toFixed(1)} ${qualityWord(mos)}`);
  if (received.packets > 0) {
    add(40, `loss ${(received.lossShare * 100).toFixed(1)} %`);
    add(30, `jitter ${Math.round(received.jitterMs)} ms`);
  }
  if (roundTripMs !== undefined) add(35, `round trip ${Math.round(roundTripMs)} ms`);
  return parts;
}

function stateWord({ state }: CallPicture): string {
  switch (state) {
    case "calling":
      return "calling";
    case "ringing":
      return "ringing";
    case "active":
      return "talking to";
    case "ending":
      return "hanging up on";
    case "ended":
      return "ended:";
  }
}

export function securityWord(security: MediaSecurity): string {
  switch (security) {
    case "none":
      return "not encrypted";
    case "sdes":
      return "encrypted by SDES";
    case "dtls":
      return "encrypted by DTLS";
    case "zrtp":
      return "encrypted by ZRTP";
  }
}

function lightOf({ state, held, statistics, silent }: CallPicture): Light {
  if (state === "ended" || (state === "active" && silent)) return "red";
  if (state !== "active" || held.byUs || held.byThem) return "yellow";
  return statistics?.mos !== undefined && statistics.mos < 3.6 ? "yellow" : "green";
}

/** `0:07`, `12:34`, `1:02:03`. */
export function clockOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
