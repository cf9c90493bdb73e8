/** Keys in both directions: as events (RFC 4733), as tones in the sound (ITU-T Q.23), as INFO. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call, ReceivedDigit } from "@trapezoid/call/node";
import { openOwnAgent } from "../rig/own-agent.ts";
import { missingPhones, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import { makeTempFolder } from "../rig/temp-folder.ts";
import { digitsIn, digitTones } from "../rig/tone-meter.ts";
import { waitUntil } from "../rig/wait.ts";
import { makeSines, writeWav } from "../rig/wav.ts";

const every = "1234567890*#";
const some = "5#0*";

/** Waits for as many digits as `expected` has. */
async function received(call: Call, expected: string, got: ReceivedDigit[]): Promise<void> {
  await waitUntil(() => got.length >= expected.length, {
    what: `the digits ${expected}, of ${JSON.stringify(got)},`,
  }).catch(() => {});
  assert.equal(got.map(({ digit }) => digit).join(""), expected, `state ${call.state}`);
}

function listening(call: Call): ReceivedDigit[] {
  const got: ReceivedDigit[] = [];
  call.events.on("digit", (digit) => got.push(digit));
  return got;
}

describe("digits", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`as events, to ${name} and from it`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = await us.calls(phone);
        const got = listening(call);
        await call.sendDigits(every, { by: "event" });
        await waitUntil(() => phone.digits().length >= every.length, { what: "the last digit" }).catch(() => {});
        assert.equal(phone.digits(), every);
        await phone.sendDigits(some);
        await received(call, some, got);
        assert.ok(got.every(({ by }) => by === "event"));
        await call.hangUp();
      });
    });

    test(`as INFO, to ${name}${name === "Linphone" ? " and from it" : ""}`, async () => {
      await using phone = await startPhone(name, { keysBy: "info" });
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = await us.isCalledBy(phone);
        const got = listening(call);
        await call.sendDigits(every, { by: "info" });
        await waitUntil(() => phone.digits().length >= every.length, { what: "the last digit" }).catch(() => {});
        assert.equal(phone.digits(), every);
        // baresip 1.0 sends none.
        if (name === "Linphone") {
          await phone.sendDigits(some);
          await received(call, some, got);
          assert.ok(got.every(({ by }) => by === "info"));
        }
        await call.hangUp();
      });
    });

    test(`as tones in the sound, to ${name} and from it, where events are not agreed on`, async () => {
      await using folder = await makeTempFolder("digits");
      const silence = new Float64Array(8_000);
      const pressed = [...every].flatMap((digit) => [
        ...makeSines(digitTones(digit), 0.1, -10),
        ...silence.subarray(0, 800),
      ]);
      await writeWav(folder.file("keys.wav"), {
        sampleRate: 8_000,
        samples: Float64Array.of(...silence, ...pressed, ...silence, ...silence),
      });
      await using phone = await startPhone(name, { sound: folder.file("keys.wav") });
      await using us = await openOwnAgent({ media: { digitEvents: false, codecs: ["PCMU"] } });
      await telling(phone, async () => {
        const call = await us.calls(phone);
        const got = listening(call);
        assert.equal(call.media?.audio?.takesDigitEvents, false);
        await call.sendDigits(every);
        await received(call, every, got);
        assert.ok(got.every(({ by }) => by === "tones"));
        await call.hangUp();
        await phone.ended();
        assert.equal(digitsIn((await phone.recording())!), every);
      });
    });
  }
});
