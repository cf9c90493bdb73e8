/** What a page may choose about the media of its calls. */

import type { Clock } from "@trapezoid/base";
import type { BrowserPlatform } from "./platform.ts";

/**
 * Where what we send comes from: constraints for the microphone or camera, a stream of the application's own, or a function that makes one.
 * `false`: none; what is played is all that is sent. Tracks of streams are cloned, and the clones stopped with the call: the originals stay
 * the application's.
 */
export type InputChoice = MediaTrackConstraints | MediaStream | (() => MediaStream | Promise<MediaStream>) | boolean;

export interface BrowserMediaOptions {
  /** STUN and TURN servers. Default none: that serves where both sides reach each other, or a relay of the server's is in between. */
  readonly iceServers?: readonly RTCIceServer[];
  /** `relay`: by TURN alone, which hides addresses. Default `all`. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy;
  /** Asked for once a call, when sound is first to be sent. Default true: the microphone that the browser chooses. */
  readonly microphone?: InputChoice;
  /** Asked for when video is first to be sent, and let go when it is dropped. Default true. */
  readonly camera?: InputChoice;
  /** What the other side's sound comes out of. Default an element of our own; `false`: nothing, the application uses the streams. */
  readonly output?: HTMLMediaElement | false;
  /** The loudspeaker of our own element, a `deviceId` of `enumerateDevices`. Not in every browser. */
  readonly speaker?: string;
  /** How long candidates are gathered before a description goes out: SIP peers do not take them one by one. Default 2,000. */
  readonly gatherMs?: number;
  /** The call ends when nothing has come for so long while something should. 0: never. Default 30,000. */
  readonly mediaTimeoutMs?: number;
  /** How long the way between both sides may take to come up, and to come back after it broke. Default 15,000. */
  readonly connectMs?: number;
  /**
   * `false`: what is sent before the answer is not heard. Where a call rings at several browsers and more than one of them sends sound before
   * it is answered, that is safer: one connection cannot shake hands with two at a time. Default true.
   */
  readonly earlyMedia?: boolean;
  /** Where the page serves `frameWorkletSource`, if its Content-Security-Policy forbids scripts from `blob:`. */
  readonly frameWorkletUrl?: string;
  readonly clock?: Clock;
  /** @internal */
  readonly platform?: BrowserPlatform;
}

export const mediaDefaults = {
  gatherMs: 2_000,
  mediaTimeoutMs: 30_000,
  connectMs: 15_000,
} as const;
