/** Before the answer: sound (183), reliable responses and PRACK (RFC 3262), several early dialogs of one call (RFC 3261 §12.1). */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linphoneIn, startHouse } from "../rig/house.ts";
import { openOwnAgent, ownAgentIn } from "../rig/own-agent.ts";
import { assertTone, ownHz } from "../rig/own-talk.ts";
import { missingPhones, phoneHz, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import { missing } from "../rig/programs.ts";
import { summary } from "../rig/sip-trace.ts";
import { startSipp } from "../rig/sipp.ts";
import { SippScenario, sippSdp } from "../rig/sipp-scenario.ts";
import { measure } from "../rig/tone.ts";
import { stretches } from "../rig/tone-meter.ts";
import { pause, waitUntil } from "../rig/wait.ts";

const afterHz = 1_100;

describe("sound before the answer", { skip: missingPhones, concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`${name} is heard ${name === "baresip" ? "once it answers, its 183 is silent" : "before it answers, and after"}`, async () => {
      await using phone = await startPhone(name, { answers: "early" });
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = us.agent.dial(phone.address);
        await waitUntil(() => call.media !== undefined, { what: "183 with a description" });
        // baresip 1.0 describes its media in the 183, and starts no encoder before it answers.
        if (name === "baresip") assert.equal(measure(await us.listen(call, 1_000)), undefined);
        else assertTone("before the answer, we", await us.measure(call), phoneHz);
        assert.equal(call.state, "ringing");
        await phone.answer();
        await call.answered;
        assertTone("after the answer, we", await us.measure(call), phoneHz);
        await call.hangUp();
        await phone.ended();
      });
    });

    test(`${name} hears us before we answer, and after`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        await phone.dial(us.address);
        const call = await us.nextCall();
        await call.earlyMedia();
        us.speak(call, ownHz);
        await phone.heardEarlyMedia();
        await pause(1_500);
        await Promise.all([call.answer(), phone.established()]);
        us.speak(call, afterHz);
        await us.measure(call);
        await call.hangUp();
        await phone.ended();
        const heard = stretches((await phone.recording())!, [ownHz, afterHz]).map(({ hz }) => hz);
        assert.deepEqual([...new Set(heard)], [ownHz, afterHz]);
      });
    });
  }
});

describe("reliable provisional responses", { skip: missingPhones || missing("sipp"), concurrency: 2 }, () => {
  for (const reliableProvisional of ["supported", "required"] as const) {
    test(`Linphone acknowledges our 183 by PRACK, where it has them ${reliableProvisional}`, async () => {
      await using phone = await startPhone("Linphone", { reliableProvisional });
      await using us = await openOwnAgent({ reliableProvisional });
      await telling(phone, async () => {
        await phone.dial(us.address);
        const call = await us.nextCall();
        await call.earlyMedia();
        await call.answer();
        const seen = summary(phone.messages());
        assert.ok(seen.includes("sent PRACK") && seen.includes("received 200 PRACK"), seen.join("\n"));
        await call.hangUp();
      });
    });
  }

  test("we acknowledge Linphone's 180 by PRACK", async () => {
    await using phone = await startPhone("Linphone", { reliableProvisional: "required" });
    await using us = await openOwnAgent();
    await telling(phone, async () => {
      const call = us.agent.dial(phone.address);
      await phone.rings();
      // Answering before, it would answer the PRACK with 501.
      await waitUntil(() => summary(phone.messages()).includes("sent 200 PRACK"), { what: "200 for our PRACK" });
      await phone.answer();
      await call.answered;
      assertTone("we", await us.measure(call), phoneHz);
      await call.hangUp();
    });
  });

  test("SIPp's reliable 183 is acknowledged, its sound heard; the 200 has no description, and needs none", async () => {
    const scenario = new SippScenario("callee")
      .expect("INVITE", { matches: "Supported:.*100rel" })
      .respond("183 Session Progress", { headers: ["Require: 100rel", "RSeq: 4711"], body: sippSdp(), reliable: true })
      .expect("PRACK", { matches: "RAck: 4711 1 INVITE" })
      .respond("200 OK")
      .wait(2_500)
      .respond("200 OK", { to: "begin" })
      .expect("ACK")
      .expect("BYE")
      .respond("200 OK");
    await using us = await openOwnAgent();
    await using sipp = await startSipp({ scenario, calls: 1, timeoutSeconds: 20, args: ["-rtp_echo"] });
    const call = us.agent.dial(`sip:sipp@${sipp.address}`);
    await waitUntil(() => call.media !== undefined, { what: "183 with a description" });
    us.speak(call, ownHz);
    assertTone("before the answer, our echo", await us.measure(call), ownHz);
    await call.answered;
    await call.hangUp();
    const { status, errors } = await sipp.finished();
    assert.equal(status, 0, errors);
  });

  test("SIPp demands them of us, and changes the description by UPDATE before we answer (RFC 3311)", async () => {
    const scenario = new SippScenario("caller")
      .begin("INVITE", { headers: ["Require: 100rel", "Allow: INVITE, ACK, BYE, PRACK, UPDATE"], body: sippSdp() })
      .expect(100, { optional: true })
      .expect(183, { matches: "Require:.*100rel", keep: { variable: 20, header: "RSeq", pattern: "[0-9]+" } })
      .request("PRACK", { cseq: 2, headers: ["RAck: [$20] 1 INVITE"] })
      .expect(200)
      .request("UPDATE", { cseq: 3, body: sippSdp({ version: 2, direction: "sendonly" }) })
      .expect(200, { matches: "a=recvonly" })
      .request("UPDATE", { cseq: 4, body: sippSdp({ version: 3, direction: "sendrecv" }) })
      .expect(200, { matches: "a=sendrecv" })
      .expect(200)
      .request("ACK", { cseq: 1 })
      .expect("BYE")
      .respond("200 OK");
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
    const held: boolean[] = [];
    call.events.on("held", (byThem) => held.push(byThem));
    await call.earlyMedia();
    await waitUntil(() => held.length === 2, { what: "both UPDATEs" });
    assert.deepEqual(held, [true, false]);
    await call.answer();
    us.speak(call, ownHz);
    assertTone("our echo", await us.measure(call), ownHz);
    await call.hangUp();
    const { status, errors } = await sipp.finished();
    assert.equal(status, 0, errors);
  });
});

describe("a call that two phones answer before they answer", { skip: missingPhones }, () => {
  test("both have their own early dialog; who answers is heard, the other one is cancelled", async () => {
    await using server = await startHouse({ users: ["bob", "us"] });
    const place = { domain: "house.test", proxy: server.at("udp"), answers: "early" } as const;
    await using desk = await linphoneIn(server, "bob", "udp", { ...place, toneHz: 500 });
    await using mobile = await linphoneIn(server, "bob", "udp", { ...place, toneHz: 900 });
    await Promise.all([desk.registered(), mobile.registered()]);
    await using us = await ownAgentIn(server, "us");
    await telling(desk, async () => {
      const call = us.agent.dial("sip:bob@house.test");
      const tags = new Set<string>();
      call.session.events.on("progress", (leg, status) => {
        if (leg !== undefined && status === 183) tags.add(leg.remoteTag);
      });
      await waitUntil(() => tags.size === 2, { what: "two early dialogs" });
      const early = await us.measure(call);
      assert.ok(
        [500, 900].some((hz) => Math.abs((early?.frequencyHz ?? 0) - hz) < 5),
        JSON.stringify(early),
      );
      await mobile.answer();
      await call.answered;
      assertTone("after the answer, we", await us.measure(call), 900);
      await waitUntil(() => summary(desk.messages()).includes("received CANCEL"), {
        what: "CANCEL at the other phone",
      });
      await call.hangUp();
      await mobile.ended();
    });
  });
});
