/** Who offers when: INVITE without an offer (RFC 3261 §14.2, RFC 6337), changes that meet (491, RFC 3261 §14.1), UPDATE in a call (RFC 3311). */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openOwnAgent } from "../rig/own-agent.ts";
import { assertTone, ownHz, talkAndEnd } from "../rig/own-talk.ts";
import { missingPhones, phoneNames, startPhone, telling } from "../rig/peer-phones.ts";
import { missing } from "../rig/programs.ts";
import { type Sipp, startSipp } from "../rig/sipp.ts";
import { SippScenario, sippSdp } from "../rig/sipp-scenario.ts";
import { waitUntil } from "../rig/wait.ts";

function startCaller(scenario: SippScenario, address: string): Promise<Sipp> {
  return startSipp({
    scenario,
    values: { USER: "trapezoid" },
    remote: address.replace(/^.*@/, ""),
    calls: 1,
    timeoutSeconds: 30,
    args: ["-rtp_echo"],
  });
}

async function assertSucceeded(sipp: Sipp): Promise<void> {
  const { status, errors } = await sipp.finished();
  assert.equal(status, 0, errors);
}

describe("an INVITE without an offer", { skip: missingPhones || missing("sipp"), concurrency: 2 }, () => {
  for (const name of phoneNames) {
    test(`${name} offers in its answer, we answer in ACK`, async () => {
      await using phone = await startPhone(name);
      await using us = await openOwnAgent();
      await telling(phone, async () => {
        const call = await us.calls(phone, { withoutOffer: true });
        const ack = await waitUntil(() => phone.messages().find((one) => one.kind === "ACK"), { what: "ACK" });
        assert.match(ack.text, /^m=audio/m);
        assert.doesNotMatch(phone.messages().find((one) => one.kind === "INVITE")!.text, /^m=audio/m);
        await talkAndEnd({ us, call, phone, endedBy: "us" });
      });
    });
  }

  test("SIPp calls without one: we offer in 200, it answers in ACK", async () => {
    const scenario = new SippScenario("caller")
      .begin("INVITE")
      .expect(100, { optional: true })
      .expect(200, { matches: "m=audio" })
      .request("ACK", { cseq: 1, body: sippSdp() })
      .expect("BYE")
      .respond("200 OK");
    await using us = await openOwnAgent();
    await using sipp = await startCaller(scenario, us.address);
    const call = await us.nextCall();
    await call.answer();
    us.speak(call, ownHz);
    assertTone("our echo", await us.measure(call), ownHz);
    await call.hangUp();
    await assertSucceeded(sipp);
  });

  test("SIPp asks for an offer within the call: it gets what is agreed, and the call goes on", async () => {
    const scenario = new SippScenario("caller")
      .begin("INVITE", { body: sippSdp() })
      .expect(100, { optional: true })
      .expect(200)
      .request("ACK", { cseq: 1 })
      .wait(300)
      .request("INVITE", { cseq: 2 })
      .expect(100, { optional: true })
      .expect(200, { matches: "m=audio" })
      .request("ACK", { cseq: 2, body: sippSdp({ version: 2 }) })
      .wait(300)
      .request("UPDATE", { cseq: 3, body: sippSdp({ version: 3, direction: "inactive" }) })
      .expect(200, { matches: "a=inactive" })
      .request("UPDATE", { cseq: 4, body: sippSdp({ version: 4 }) })
      .expect(200, { matches: "m=audio" })
      .expect("BYE")
      .respond("200 OK");
    await using us = await openOwnAgent();
    await using sipp = await startCaller(scenario, us.address);
    const call = await us.nextCall();
    const resumed = Promise.withResolvers<void>();
    call.events.on("held", (byThem) => {
      if (!byThem) resumed.resolve();
    });
    await call.answer();
    await resumed.promise;
    us.speak(call, ownHz);
    assertTone("our echo", await us.measure(call), ownHz);
    await call.hangUp();
    await assertSucceeded(sipp);
  });
});

/** Our re-INVITE is not answered before theirs is sent; both are refused, ours comes again and is accepted. */
function glare(scenario: SippScenario, cseq: number, oursCSeq: number): SippScenario {
  return scenario
    .expect("INVITE", { keep: { variable: 20, header: "Via", pattern: "[^ ].*" } })
    .request("INVITE", { cseq, body: sippSdp({ version: 2, direction: "sendonly" }) })
    .expect(491)
    .request("ACK", { cseq, refused: true })
    .respond("491 Request Pending", { to: { via: "[$20]", cseq: `${oursCSeq} INVITE` } })
    .expect("ACK")
    .expect("INVITE", { matches: "a=sendonly" })
    .respond("200 OK", { body: sippSdp({ version: 3, direction: "recvonly" }) })
    .expect("ACK")
    .expect("BYE")
    .respond("200 OK");
}

describe("changes that meet (RFC 3261 §14.1)", { skip: missing("sipp"), concurrency: 2 }, () => {
  test("we called: theirs is answered 491, ours too; ours is tried again and accepted", async () => {
    const scenario = new SippScenario("callee").expect("INVITE").respond("200 OK", { body: sippSdp() }).expect("ACK");
    await using us = await openOwnAgent();
    await using sipp = await startSipp({ scenario: glare(scenario, 101, 2), calls: 1, timeoutSeconds: 30 });
    const call = await us.agent.call(`sip:sipp@${sipp.address}`);
    await call.hold();
    assert.deepEqual([call.held.byUs, call.media?.audio?.direction], [true, "sendonly"]);
    await call.hangUp();
    await assertSucceeded(sipp);
  });

  test("they called: the same, the other way round", async () => {
    const scenario = new SippScenario("caller")
      .begin("INVITE", { body: sippSdp() })
      .expect(100, { optional: true })
      .expect(200)
      .request("ACK", { cseq: 1 });
    await using us = await openOwnAgent();
    await using sipp = await startCaller(glare(scenario, 2, 1), us.address);
    const call = await us.nextCall();
    await call.answer();
    await call.hold();
    assert.deepEqual([call.held.byUs, call.media?.audio?.direction], [true, "sendonly"]);
    await call.hangUp();
    await assertSucceeded(sipp);
  });
});
