/** Transfers (RFC 5589), blind and attended: we send phones elsewhere, phones send us elsewhere, and some targets decline. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call, IncomingCall } from "@trapezoid/call/node";
import { linphoneIn, startHouse } from "../rig/house.ts";
import { type OwnAgent, openOwnAgent, ownAgentIn } from "../rig/own-agent.ts";
import { assertTone, ownHz } from "../rig/own-talk.ts";
import { missingPhones, phoneHz, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import type { Phone } from "../rig/phone.ts";
import { soundedMs } from "../rig/tone-meter.ts";
import { waitUntil } from "../rig/wait.ts";

const thirdHz = 1_000;

/** Answers whoever calls next, and speaks. */
async function answers(third: OwnAgent): Promise<IncomingCall> {
  const call = await third.nextCall();
  await call.answer();
  third.speak(call, thirdHz);
  return call;
}

/** A promise that must come soon. */
async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let value: { readonly of: T } | undefined;
  void promise.then((of) => {
    value = { of };
  });
  return (await waitUntil(() => value, { what })).of;
}

async function assertPhoneHeardThird(phone: Phone): Promise<void> {
  await phone.ended();
  const ms = soundedMs((await phone.recording())!, thirdHz);
  assert.ok(ms > 400, `${phone.address} heard the third for ${ms} ms`);
}

describe("we transfer the phone", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`blind: ${name} calls the third, we are out of it`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await using third = await openOwnAgent({ user: "third" });
      await telling(phone, async () => {
        const call = await us.calls(phone);
        const answered = answers(third);
        const statuses: number[] = [];
        await call.transfer(third.address, { onProgress: (status) => statuses.push(status) });
        assert.equal((await call.ended).cause, "bye");
        assert.equal(statuses[0], 100);
        const next = await answered;
        assertTone("the third", await third.measure(next), phoneHz);
        await next.hangUp();
        await assertPhoneHeardThird(phone);
      });
    });

    test(`blind, and the third declines: the transfer fails with 603, the call with ${name} goes on`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await using third = await openOwnAgent({ user: "third" });
      await telling(phone, async () => {
        const call = await us.calls(phone);
        third.agent.events.on("call", (next) => next.reject(603));
        await assert.rejects(call.transfer(third.address), { code: "CALL_TRANSFER_FAILED", status: 603 });
        assert.equal(call.state, "active");
        us.speak(call, ownHz);
        assertTone("we", await us.measure(call), phoneHz);
        await call.hangUp();
      });
    });
  }

  test("attended: Linphone takes our place in the call with the third", async () => {
    await using phone = await startPhone("Linphone");
    await using us = await openOwnAgent();
    await using third = await openOwnAgent({ user: "third" });
    await telling(phone, async () => {
      const call = await us.calls(phone);
      await call.hold();
      const answered = answers(third);
      const consultation = await us.agent.call(third.address);
      const first = await answered;
      const replaced = Promise.withResolvers<IncomingCall>();
      first.events.on("replaced", replaced.resolve);
      await call.transfer(consultation);
      const next = await within(replaced.promise, "INVITE with Replaces");
      await Promise.all([call.ended, consultation.ended, first.ended]);
      third.speak(next, thirdHz);
      assertTone("the third", await third.measure(next), phoneHz);
      await next.hangUp();
      await assertPhoneHeardThird(phone);
    });
  });

  test("attended: a user agent of ours takes our place in the call with Linphone (RFC 3891)", async () => {
    await using phone = await startPhone("Linphone");
    await using us = await openOwnAgent();
    await using third = await openOwnAgent({ user: "third", onTransfer: "follow" });
    await telling(phone, async () => {
      const answered = answers(third);
      const call = await us.agent.call(third.address);
      const first = await answered;
      const consultation = await us.calls(phone);
      const transferred = Promise.withResolvers<Call>();
      first.events.on("transferred", transferred.resolve);
      await call.transfer(consultation);
      const next = await within(transferred.promise, "REFER");
      await Promise.all([next.answered, call.ended, consultation.ended]);
      third.speak(next, thirdHz);
      assertTone("the third", await third.measure(next), phoneHz);
      await next.hangUp();
    });
  });
});

describe("the phone transfers us", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`blind: ${name} sends us to the third, and hears that it went well`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent({ onTransfer: "follow" });
      await using third = await openOwnAgent({ user: "third" });
      await telling(phone, async () => {
        const call = await us.isCalledBy(phone);
        const answered = answers(third);
        const transferred = Promise.withResolvers<Call>();
        call.events.on("transferred", transferred.resolve);
        await phone.transfer(third.address);
        const next = await within(transferred.promise, "REFER");
        await next.answered;
        us.speak(next, ownHz);
        const atThird = await answered;
        assertTone("we", await us.measure(next), thirdHz);
        assertTone("the third", await third.measure(atThird), ownHz);
        await waitUntil(
          () =>
            phone
              .messages()
              .some((one) => one.kind === "NOTIFY" && /^SIP\/2\.0 200/m.test(one.text.split("\n\n")[1] ?? "")),
          { what: "NOTIFY of the transfer's success" },
        );
        await next.hangUp();
        if (call.state !== "ended") await phone.hangUp();
        await call.ended;
      });
    });

    test(`we refuse to be transferred by ${name}: 603, and the call goes on`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = await us.isCalledBy(phone);
        await phone.transfer("sip:third@127.0.0.1:9");
        await waitUntil(() => phone.messages().some((one) => one.kind === "603" && one.method === "REFER"), {
          what: "603 for REFER",
        });
        // baresip hangs up when it may not transfer.
        if (name === "baresip") await call.ended;
        else assert.equal(call.state, "active");
        await call.hangUp();
      });
    });
  }

  // Linphone's Refer-To is the third's address of record, without a port: it takes a server to find it.
  test("attended, in a house: Linphone joins us with the third, and is out of it", async () => {
    await using server = await startHouse({ users: ["lin", "us", "third"] });
    await using phone = await linphoneIn(server, "lin", "udp", {
      domain: "house.test",
      proxy: server.at("udp"),
      toneHz: phoneHz,
    });
    await using us = await ownAgentIn(server, "us", { onTransfer: "follow" });
    await using third = await ownAgentIn(server, "third");
    await phone.registered();
    await telling(phone, async () => {
      const call = await us.isCalledBy(phone);
      await phone.hold();
      const answered = answers(third);
      await phone.dial(third.address);
      const first = await answered;
      await phone.established();
      const replaced = Promise.withResolvers<IncomingCall>();
      first.events.on("replaced", replaced.resolve);
      const transferred = Promise.withResolvers<Call>();
      call.events.on("transferred", transferred.resolve);
      await phone.command("transfer 1 --to-call 2");
      const next = await within(transferred.promise, "REFER");
      const atThird = await within(replaced.promise, "INVITE with Replaces");
      await next.answered;
      us.speak(next, ownHz);
      third.speak(atThird, thirdHz);
      assertTone("we", await us.measure(next), thirdHz);
      assertTone("the third", await third.measure(atThird), ownHz);
      await next.hangUp();
      await phone.command("terminate all");
      await Promise.all([call.ended, first.ended]);
    });
  });
});
