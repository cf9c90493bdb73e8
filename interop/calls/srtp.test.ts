/** Encrypted sound with keys of the description (RFC 4568): every suite that a phone shares with us, either calling. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openOwnAgent } from "../rig/own-agent.ts";
import { talkAndEnd } from "../rig/own-talk.ts";
import {
  missingPhones,
  type PhoneName,
  type PhoneWishes,
  phoneNames,
  startPhone,
  telling,
} from "../rig/peer-phones.ts";

interface Case {
  readonly phone: PhoneName;
  readonly suite: string;
  readonly caller: "we" | "they";
  readonly wishes?: PhoneWishes;
}

const required = { srtp: "required" } as const;
const cases: Case[] = [];
for (const suite of [
  "AES_CM_128_HMAC_SHA1_80",
  "AES_CM_128_HMAC_SHA1_32",
  "AES_256_CM_HMAC_SHA1_80",
  "AES_256_CM_HMAC_SHA1_32",
]) {
  for (const caller of ["we", "they"] as const)
    cases.push({ phone: "Linphone", suite, caller, wishes: { srtpSuites: [suite] } });
}
// baresip offers the first alone, and takes four.
cases.push({ phone: "baresip", suite: "AES_CM_128_HMAC_SHA1_80", caller: "they" });
for (const suite of ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"])
  cases.push({ phone: "baresip", suite, caller: "we" });

describe("SRTP with SDES", { skip: missingPhones, concurrency: 2 }, () => {
  for (const { phone: name, suite, caller, wishes } of cases) {
    test(`${suite} with ${name}, ${caller} call`, async () => {
      await using phone = await startPhone(name, { ...required, ...wishes });
      await using us = await openOwnAgent({ media: { ...required, srtpSuites: [suite] } });
      await telling(phone, async () => {
        const call = await (caller === "we" ? us.calls(phone) : us.isCalledBy(phone));
        assert.equal(call.media?.audio?.security, "sdes");
        const answer = phone.messages().findLast((one) => one.kind === "200" && one.method === "INVITE")!.text;
        assert.match(answer, /^m=audio \d+ RTP\/SAVP /m);
        assert.match(answer, new RegExp(`^a=crypto:\\d+ ${suite} `, "m"));
        await talkAndEnd({ us, call, phone, endedBy: caller === "we" ? "them" : "us" });
      });
    });
  }

  for (const name of phoneNames) {
    test(`keys that are proposed are taken by ${name}, and left alone where it has no use for them`, async () => {
      for (const srtp of ["offered", undefined] as const) {
        await using phone = await startPhone(name, srtp === undefined ? {} : { srtp });
        await using us = await openOwnAgent({ media: { srtp: "offer" } });
        await telling(phone, async () => {
          const call = await us.calls(phone);
          // Linphone takes keys under RTP/SAVP alone (RFC 4568 §7): plain sound is what both agree on.
          const expected = srtp === "offered" && name === "baresip" ? "sdes" : "none";
          assert.equal(call.media?.audio?.security, expected);
          await talkAndEnd({ us, call, phone, endedBy: "us" });
        });
      }
    });

    test(`${name} demands keys and we have none to offer: 488, and no call`, async () => {
      await using phone = await startPhone(name, required);
      await using us = await openOwnAgent({ media: { srtp: "off" } });
      await telling(phone, async () => {
        await phone.dial(us.address);
        const call = await us.nextCall();
        await assert.rejects(call.answer());
        assert.equal((await call.ended).status, 488);
      });
    });
  }
});
