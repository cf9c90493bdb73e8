/** Our own user agent in Chromium with a browser phone that is not ours, JsSIP, at the other end. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type BrowserPhone, type BrowserRig, startBrowser } from "./rig/browser.ts";
import { type Chromium, startChromium } from "./rig/chromium.ts";
import { password, startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";
import { openWebPhone, type WebPhone } from "./rig/web-phone.ts";

describe("calls between our browsers and JsSIP", { skip: missing("chromium") }, () => {
  let server: Trapezoid;
  let chromium: Chromium;
  let theirs: BrowserRig;
  let jssip: BrowserPhone;

  before(async () => {
    server = await startHouse({ users: ["alice", "carol", "jssip"] });
    chromium = await startChromium({ script: "call-page.ts" });
    theirs = await startBrowser();
    const url = `ws://${server.at("ws")}`;
    jssip = await theirs.openPhone({ url, address: "sip:jssip@house.test", password, hz: 880 });
    await jssip.event("registered");
  });

  after(async () => {
    await theirs?.[Symbol.asyncDispose]();
    await chromium?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const open = (user: string, hz: number): Promise<WebPhone> => openWebPhone(chromium, server, { user, hz });

  test("we call: sound in both directions, held and resumed by either, digits by INFO, hung up by us", async () => {
    await using alice = await open("alice", 440);
    const calling = alice.call("sip:jssip@house.test");
    await jssip.event("incoming");
    await jssip.answer();
    await calling;
    await Promise.all([alice.hearing(880), jssip.hearing(440)]);

    await alice.page.evaluate(() => kept.call.hold());
    await jssip.event("hold by remote");
    await Promise.all([alice.silent(), jssip.silent()]);
    await alice.page.evaluate(() => kept.call.resume());
    await jssip.event("unhold by remote");
    await Promise.all([alice.hearing(880), jssip.hearing(440)]);

    await jssip.hold();
    await alice.noted("held");
    await Promise.all([alice.silent(), jssip.silent()]);
    await jssip.resume();
    await alice.noted("resumed");
    await Promise.all([alice.hearing(880), jssip.hearing(440)]);

    await alice.page.evaluate(() => kept.call.sendDigits("7#", { by: "info" }));
    await jssip.event("digit 7");
    await jssip.event("digit #");
    const collected = alice.page.evaluate(() => kept.call.collectDigits({ max: 2, firstMs: 10_000 }));
    await jssip.sendDigits("5*");
    assert.equal(await collected, "5*");

    await alice.hangUp();
    await jssip.event("ended");
  });

  test("JsSIP calls: sound in both directions, hung up by JsSIP", async () => {
    await using alice = await open("alice", 440);
    await jssip.call("sip:alice@house.test");
    await jssip.event("confirmed");
    await Promise.all([alice.hearing(880), jssip.hearing(440)]);
    await jssip.hangUp();
    assert.equal(await alice.ended(), "the other side hung up");
  });

  test("JsSIP gives up while it rings here, and is refused: 486", async () => {
    await using alice = await openWebPhone(chromium, server, { user: "alice", incoming: "keep" });
    await jssip.call("sip:alice@house.test");
    await alice.noted("call");
    await alice.page.evaluate(() => kept.incoming.ring());
    assert.equal((await jssip.event("progress")).status, 180);
    await jssip.hangUp();
    assert.match(await alice.ended(), /the caller gave up/);
    await jssip.event("failed");
    await alice.page.evaluate(() => {
      kept.agent.events.on("call", (call) => call.reject(486));
    });
    await jssip.call("sip:alice@house.test");
    assert.equal((await jssip.event("failed")).status, 486);
  });

  test("JsSIP sends us to somebody else, and hears how it went (RFC 3515)", async () => {
    await using alice = await openWebPhone(chromium, server, { user: "alice", hz: 440, onTransfer: "follow" });
    await using carol = await open("carol", 660);
    await jssip.call("sip:alice@house.test");
    await jssip.event("confirmed");
    await alice.hearing(880);
    await jssip.refer("sip:carol@house.test");
    await Promise.all([carol.hearing(440), alice.hearing(660)]);
    await jssip.hangUp();
    await jssip.event("ended");
    await carol.hangUp();
    await alice.ended();
  });
});
