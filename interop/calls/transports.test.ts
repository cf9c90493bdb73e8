/** Calls over TCP, either side calling: requests within the dialog stay on it. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openOwnAgent } from "../rig/own-agent.ts";
import { talkAndEnd } from "../rig/own-talk.ts";
import { missingPhones, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";

describe("over TCP", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`we call ${name}, and it calls us`, async () => {
      await using phone = await startPhone(name, { transport: "tcp" });
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = us.agent.dial(`${phone.address};transport=tcp`);
        await phone.rings();
        await phone.answer();
        await Promise.all([call.answered, phone.established()]);
        await talkAndEnd({ us, call, phone, endedBy: "us" });
        await phone.dial(`${us.address};transport=tcp`);
        const next = await us.nextCall();
        await next.answer();
        await phone.established();
        await talkAndEnd({ us, call: next, phone, endedBy: "them" });
        const transports = phone.messages().map(({ text }) => /^Via: SIP\/2\.0\/(\w+)/m.exec(text)?.[1]);
        assert.deepEqual([...new Set(transports)], ["TCP"]);
      });
    });
  }
});
