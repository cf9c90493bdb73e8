/** Each codec with each phone, either calling: the tone of each side at the other, its frequency and its level. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openOwnAgent } from "../rig/own-agent.ts";
import { talkAndEnd } from "../rig/own-talk.ts";
import { missingPhones, type PhoneName, startPhone, telling } from "../rig/peer-phones.ts";

interface Case {
  readonly phone: PhoneName;
  readonly codec: string;
  /** As we write it, where that is something else. */
  readonly ours?: string;
  /** What each side says; above 4 kHz it proves that the codec is as wide as its name. */
  readonly hz: readonly [theirs: number, ours: number];
  /** Of the phone's sound. */
  readonly soundHz: number;
  /** What the phone does to sound that it sends, and that it hears. Default nothing. */
  readonly phoneGainDb?: readonly [sends: number, hears: number];
}

const cases: readonly Case[] = [
  { phone: "baresip", codec: "PCMU", hz: [440, 700], soundHz: 8_000 },
  { phone: "baresip", codec: "PCMA", hz: [440, 700], soundHz: 8_000 },
  { phone: "baresip", codec: "G722", hz: [5_000, 5_600], soundHz: 16_000 },
  { phone: "baresip", codec: "opus", hz: [9_000, 9_600], soundHz: 48_000 },
  { phone: "baresip", codec: "L16", hz: [5_000, 6_000], soundHz: 16_000 },
  { phone: "Linphone", codec: "PCMU", hz: [440, 700], soundHz: 8_000 },
  { phone: "Linphone", codec: "PCMA", hz: [440, 700], soundHz: 8_000 },
  // Linphone 5.1 takes G.722's 14 bits for 15 on its way out, and the other way round: it does the same with baresip.
  { phone: "Linphone", codec: "G722", hz: [440, 700], soundHz: 16_000, phoneGainDb: [-6, 6] },
  { phone: "Linphone", codec: "opus", hz: [3_000, 2_000], soundHz: 48_000 },
];

describe("codecs", { skip: missingPhones, concurrency: 2 }, () => {
  for (const { phone: name, codec, ours = codec, hz, soundHz, phoneGainDb } of cases) {
    test(`${codec} with ${name}, both ways, either calling`, async () => {
      await using phone = await startPhone(name, { codecs: [codec], soundHz, toneHz: hz[0] });
      await using us = await openOwnAgent({ media: { codecs: [ours] } });
      await telling(phone, async () => {
        for (const caller of ["we", "they"] as const) {
          const call = await (caller === "we" ? us.calls(phone) : us.isCalledBy(phone));
          assert.equal(call.media?.audio?.codec, codec);
          const endedBy = caller === "we" ? "us" : "them";
          await talkAndEnd({
            us,
            call,
            phone,
            endedBy,
            theirHz: hz[0],
            ourHz: hz[1],
            soundHz,
            ...(phoneGainDb === undefined ? {} : { gainDb: phoneGainDb }),
          });
        }
      });
    });
  }
});
