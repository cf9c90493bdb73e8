/** A whole call between two phones, with the proof that both hear the other. */

import assert from "node:assert/strict";
import type { Phone } from "./phone.ts";
import { isTone, type Measured } from "./tone.ts";
import { pause } from "./wait.ts";

/** Long enough for 2 s of tone after both have found their voice. */
const talkMs = 2_600;

export interface Voice {
  readonly phone: Phone;
  readonly toneHz: number;
}

/** `caller` calls, `callee` rings and answers, they talk, `caller` hangs up; each must have heard the other's tone. */
export async function talk(caller: Voice, callee: Voice, address: string = callee.phone.address): Promise<void> {
  await caller.phone.dial(address);
  await callee.phone.rings();
  await caller.phone.heardRinging();
  await callee.phone.answer();
  await Promise.all([caller.phone.established(), callee.phone.established()]);
  await pause(talkMs);
  await caller.phone.hangUp();
  await Promise.all([caller.phone.ended(), callee.phone.ended()]);
  assertHeard("the callee", await callee.phone.heard(), caller.toneHz);
  assertHeard("the caller", await caller.phone.heard(), callee.toneHz);
}

export function assertHeard(who: string, heard: Measured | undefined, toneHz: number): void {
  assert.ok(
    isTone(heard, toneHz),
    `${who} should have heard ${toneHz} Hz for a second or more, heard ${JSON.stringify(heard)}`,
  );
}
