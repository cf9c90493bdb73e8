/** A talk between our own user agent and a phone, with the proof that each hears the other as loud as it spoke. */

import assert from "node:assert/strict";
import type { Call } from "@trapezoid/call/node";
import type { OwnAgent } from "./own-agent.ts";
import { phoneHz } from "./peer-phones.ts";
import type { Phone } from "./phone.ts";
import { type Measured, spokenDb } from "./tone.ts";

/** What we say. */
export const ownHz = 700;

export interface OwnTalk {
  readonly us: OwnAgent;
  readonly call: Call;
  readonly phone: Phone;
  readonly endedBy: "us" | "them";
  /** What each side says. Default 440 Hz and 700 Hz. */
  readonly theirHz?: number;
  readonly ourHz?: number;
  /** At which our recording is made. Default 8,000. */
  readonly soundHz?: number;
  /** What the phone's codec does to sound that it sends, and that it hears. Default nothing. */
  readonly gainDb?: readonly [sent: number, heard: number];
}

/** Both speak, both must hear, one hangs up. */
export async function talkAndEnd(talk: OwnTalk): Promise<void> {
  const { us, call, phone, endedBy, theirHz = phoneHz, ourHz = ownHz, soundHz = 8_000, gainDb = [0, 0] } = talk;
  us.speak(call, ourHz);
  const heard = await us.measure(call, soundHz);
  await (endedBy === "us" ? call.hangUp() : phone.hangUp());
  await Promise.all([call.ended, phone.ended()]);
  assertTone("we", heard, theirHz, spokenDb + gainDb[0]);
  assertTone(phone.address, await phone.heard(), ourHz, spokenDb + gainDb[1]);
}

/** Within 1 % and 1 dB. */
export function assertTone(who: string, heard: Measured | undefined, hz: number, levelDb = spokenDb): void {
  const isRight =
    heard !== undefined &&
    heard.seconds >= 0.4 &&
    Math.abs(heard.frequencyHz / hz - 1) < 0.01 &&
    Math.abs(heard.levelDb - levelDb) < 1;
  assert.ok(isRight, `${who} should hear ${hz} Hz at ${levelDb} dB, heard ${JSON.stringify(heard)}`);
}
