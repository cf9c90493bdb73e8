/** Session timers (RFC 4028): kept alive by us, by Linphone, and ended when nobody does. The shortest interval there is takes a minute. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openOwnAgent } from "../rig/own-agent.ts";
import { assertTone } from "../rig/own-talk.ts";
import { phoneHz, startPhone, telling } from "../rig/peer-phones.ts";
import { missing } from "../rig/programs.ts";
import { startSipp } from "../rig/sipp.ts";
import { SippScenario, sippSdp } from "../rig/sipp-scenario.ts";
import { pause, waitUntil } from "../rig/wait.ts";

/** A refresh comes after 45 s, the end after 60 s. */
const sessionSeconds = 90;
const patienceMs = 90_000;
/** A call in which nothing is heard for long ends for that. */
const echo = ["-rtp_echo"];

/** SIPp answers with a timer; what follows is the test's. */
function answering(refresher: "uac" | "uas", methods: string): SippScenario {
  return new SippScenario("callee")
    .expect("INVITE", { matches: "Session-Expires: 90" })
    .respond("200 OK", {
      headers: ["Require: timer", `Session-Expires: 90;refresher=${refresher}`, `Allow: ${methods}`],
      body: sippSdp(),
    })
    .expect("ACK");
}

describe("session timers", { skip: missing("sipp", "linphonec"), concurrency: 6 }, () => {
  test("the other side is to refresh and does not: we hang up a third of the interval before its end (§10)", async () => {
    const scenario = answering("uas", "INVITE, ACK, BYE, UPDATE")
      .expect("BYE", { timeoutMs: patienceMs })
      .respond("200 OK");
    await using us = await openOwnAgent({ sessionSeconds });
    await using sipp = await startSipp({ scenario, calls: 1, timeoutSeconds: 100, args: echo });
    const call = await us.agent.call(`sip:sipp@${sipp.address}`);
    const { cause, by, durationMs } = await call.ended;
    assert.deepEqual([cause, by], ["session-expired", "local"]);
    assert.ok(durationMs > 58_000 && durationMs < 75_000, `after ${durationMs} ms`);
    const { status, errors } = await sipp.finished();
    assert.equal(status, 0, errors);
  });

  for (const [method, methods] of [
    ["UPDATE", "INVITE, ACK, BYE, UPDATE"],
    ["INVITE", "INVITE, ACK, BYE"],
  ] as const) {
    test(`we refresh by ${method === "UPDATE" ? "UPDATE" : "re-INVITE, where there is no UPDATE"} (§7.4)`, async () => {
      const scenario = answering("uac", methods).expect(method, {
        matches: "Session-Expires: 90;refresher=uac",
        timeoutMs: patienceMs,
      });
      scenario.respond("200 OK", {
        headers: ["Require: timer", "Session-Expires: 90;refresher=uac"],
        ...(method === "INVITE" ? { body: sippSdp() } : {}),
      });
      if (method === "INVITE") scenario.expect("ACK");
      scenario.expect("BYE").respond("200 OK");
      await using us = await openOwnAgent({ sessionSeconds });
      await using sipp = await startSipp({ scenario, calls: 1, timeoutSeconds: 100, trace: true, args: echo });
      const call = await us.agent.call(`sip:sipp@${sipp.address}`);
      await waitUntil(async () => (await sipp.messages()).includes(`CSeq: 2 ${method}`) || undefined, {
        what: method,
        timeoutMs: patienceMs,
        everyMs: 500,
      });
      await waitUntil(() => call.state === "active", { what: "the call" });
      await call.hangUp();
      const { status, errors } = await sipp.finished();
      assert.equal(status, 0, errors);
    });
  }

  for (const caller of ["we", "Linphone"] as const) {
    test(`a call of ninety seconds' interval is kept alive, ${caller} calling`, async () => {
      await using phone = await startPhone("Linphone", { sessionSeconds });
      await using us = await openOwnAgent({ sessionSeconds });
      await telling(phone, async () => {
        const call = await (caller === "we" ? us.calls(phone) : us.isCalledBy(phone));
        const answeredAt = performance.now();
        assert.equal(call.session.timer?.expiresSeconds, 90);
        const refreshes = (): number => phone.messages().filter((one) => /^(INVITE|UPDATE)$/.test(one.kind)).length;
        const before = refreshes();
        await waitUntil(() => refreshes() > before, { what: "a refresh", timeoutMs: patienceMs, everyMs: 500 });
        // Longer than it would have lived without.
        await pause(62_000 - (performance.now() - answeredAt));
        assert.equal(call.state, "active");
        assertTone("we", await us.measure(call), phoneHz);
        await call.hangUp();
      });
    });
  }

  test("an interval below ninety seconds is answered 422 with what is the least (§9)", async () => {
    const scenario = new SippScenario("caller")
      .begin("INVITE", { headers: ["Supported: timer", "Session-Expires: 30"], body: sippSdp() })
      .expect(100, { optional: true })
      .expect(422, { matches: "Min-SE: 90" })
      .request("ACK", { cseq: 1, refused: true });
    await using us = await openOwnAgent();
    await using sipp = await startSipp({
      scenario,
      values: { USER: "trapezoid" },
      remote: us.address.replace(/^.*@/, ""),
      calls: 1,
      timeoutSeconds: 20,
    });
    const { status, errors } = await sipp.finished();
    assert.equal(status, 0, errors);
  });
});
