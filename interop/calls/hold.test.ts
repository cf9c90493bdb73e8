/** Hold and resume from both sides (RFC 3264 §8.4): who is held hears nothing, or what is played; who holds is not spoken to. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Call } from "@trapezoid/call/node";
import { Baresip } from "../rig/baresip.ts";
import { openOwnAgent } from "../rig/own-agent.ts";
import { assertTone } from "../rig/own-talk.ts";
import { missingPhones, phoneHz, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import type { Phone } from "../rig/phone.ts";
import { missing } from "../rig/programs.ts";
import { startSipp } from "../rig/sipp.ts";
import { SippScenario, sippSdp } from "../rig/sipp-scenario.ts";
import { measure } from "../rig/tone.ts";
import { stretches } from "../rig/tone-meter.ts";
import { pause, waitUntil } from "../rig/wait.ts";

/** What we say before, during and after. */
const [before, during, after] = [700, 1_000, 1_300] as const;

/** Of Linphone's recording: the tones one after the other, and no other of ours. */
async function assertHeardInTurn(phone: Phone, tones: readonly number[]): Promise<void> {
  const heard = stretches((await phone.recording())!, [before, during, after]).map(({ hz }) => hz);
  assert.deepEqual([...new Set(heard)], tones, heard.join());
}

/** baresip's recording ends with a hold; how much it has decoded it tells all the same. */
async function heardMs(phone: Phone): Promise<number | undefined> {
  return phone instanceof Baresip ? phone.heardMs() : undefined;
}

function untilHeld(call: Call, byThem: boolean): Promise<true> {
  return waitUntil(() => call.held.byThem === byThem || undefined, { what: `held by them: ${byThem}` });
}

describe("hold by us", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`${name} hears what we play while it is held, and us again; we hear it before and after, not meanwhile`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = await us.calls(phone);
        us.speak(call, before);
        assertTone("before, we", await us.measure(call), phoneHz);
        const heardBefore = await heardMs(phone);
        await call.hold({ play: { kind: "sine", hz: during, amplitude: 16_384 } });
        assert.deepEqual([call.held.byUs, call.media?.audio?.direction], [true, "sendonly"]);
        await pause(300);
        assert.equal(measure(await us.listen(call, 1_000)), undefined, "we should hear nothing while we hold");
        if (heardBefore !== undefined)
          assert.ok((await heardMs(phone))! - heardBefore > 500, "baresip hears while held");
        await call.resume();
        const heardMeanwhile = await heardMs(phone);
        us.speak(call, after);
        assertTone("after, we", await us.measure(call), phoneHz);
        if (heardMeanwhile !== undefined)
          assert.ok((await heardMs(phone))! - heardMeanwhile > 500, "baresip hears again");
        await call.hangUp();
        await phone.ended();
        if (name === "Linphone") await assertHeardInTurn(phone, [before, during, after]);
      });
    });
  }
});

describe("hold by the phone", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`${name} holds: we are told, and say nothing until it resumes`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = await us.isCalledBy(phone);
        us.speak(call, before);
        assertTone("before, we", await us.measure(call), phoneHz);
        await phone.hold();
        await untilHeld(call, true);
        us.speak(call, during);
        const sent = (await call.statistics()).sent.packets;
        await pause(800);
        assert.equal((await call.statistics()).sent.packets, sent, "packets should not be sent while we are held");
        assert.equal(call.media?.audio?.direction, "recvonly");
        us.speak(call, after);
        await phone.resume();
        await untilHeld(call, false);
        assertTone("after, we", await us.measure(call), phoneHz);
        await phone.hangUp();
        await Promise.all([call.ended, phone.ended()]);
        if (name === "Linphone") await assertHeardInTurn(phone, [before, after]);
      });
    });
  }
});

describe("hold by SIPp", { skip: missing("sipp"), concurrency: 3 }, () => {
  const holds = {
    "c=0.0.0.0 (RFC 2543)": sippSdp({ version: 2, address: "0.0.0.0" }),
    inactive: sippSdp({ version: 2, direction: "inactive" }),
    sendonly: sippSdp({ version: 2, direction: "sendonly" }),
  };
  for (const [how, sdp] of Object.entries(holds)) {
    test(`${how}: nothing is sent until it resumes`, async () => {
      const answer =
        how === "sendonly"
          ? "a=recvonly"
          : how === "inactive"
            ? "a=inactive"
            : "a=(recvonly|inactive|sendrecv|sendonly)";
      const scenario = new SippScenario("caller")
        .begin("INVITE", { body: sippSdp() })
        .expect(100, { optional: true })
        .expect(180, { optional: true })
        .expect(200)
        .request("ACK", { cseq: 1 })
        .wait(1_200)
        .request("INVITE", { cseq: 2, body: sdp })
        .expect(100, { optional: true })
        .expect(200, { matches: answer })
        .request("ACK", { cseq: 2 })
        .wait(1_200)
        .request("INVITE", { cseq: 3, body: sippSdp({ version: 3 }) })
        .expect(100, { optional: true })
        .expect(200)
        .request("ACK", { cseq: 3 })
        .wait(2_000)
        .request("BYE", { cseq: 4 })
        .expect(200);
      await using us = await openOwnAgent();
      await using sipp = await startSipp({
        scenario,
        values: { USER: "trapezoid" },
        remote: us.address.replace(/^.*@/, ""),
        calls: 1,
        timeoutSeconds: 20,
        args: ["-rtp_echo"],
      });
      const call = await us.nextCall();
      await call.answer();
      us.speak(call, before);
      assertTone("before, our echo", measure(await us.listen(call, 700)), before);
      await untilHeld(call, true);
      const sent = (await call.statistics()).sent.packets;
      await pause(600);
      assert.equal((await call.statistics()).sent.packets, sent, "packets should not be sent while we are held");
      await untilHeld(call, false);
      us.speak(call, after);
      await pause(200);
      assertTone("after, our echo", measure(await us.listen(call, 1_000)), after);
      await call.ended;
      const { status, errors } = await sipp.finished();
      assert.equal(status, 0, errors);
    });
  }
});
