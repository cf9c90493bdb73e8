/** Our own user agent in Chromium: pages register over WebSocket and call each other through the server, heard and measured. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Chromium, startChromium } from "./rig/chromium.ts";
import { startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";
import { openWebPhone, type WebPhone, type WebPhoneOptions } from "./rig/web-phone.ts";

const nothing = { connections: 0, tracks: 0, contexts: 0, recorders: 0, webSockets: 0, timers: 0 };

describe("calls between browsers", { skip: missing("chromium") }, () => {
  let server: Trapezoid;
  let chromium: Chromium;

  before(async () => {
    server = await startHouse({ users: ["alice", "bob", "carol"], args: [] });
    chromium = await startChromium({ script: "call-page.ts" });
  });

  after(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const open = (user: string, hz: number, options: Partial<WebPhoneOptions> = {}): Promise<WebPhone> =>
    openWebPhone(chromium, server, { user, hz, ...options });

  test("sound in both directions, numbers of it, and nothing left after the call", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    const [media, numbers] = await alice.page.evaluate(
      async () => [kept.call.media, await kept.call.statistics()] as const,
    );
    assert.deepEqual(media, {
      audio: {
        kind: "audio",
        codec: "opus",
        clockRate: 48_000,
        direction: "sendrecv",
        heldByRemote: false,
        security: "dtls",
        takesDigitEvents: true,
      },
      video: undefined,
    });
    assert.equal(numbers.codec, "opus");
    assert.ok(numbers.received.packets > 20 && numbers.sent.packets > 20, JSON.stringify(numbers));
    assert.ok((numbers.mos ?? 0) > 3.5, JSON.stringify(numbers));
    assert.match(numbers.remote ?? "", /:\d+$/);
    assert.equal(await alice.hangUp(), "we hung up");
    assert.equal(await bob.ended(), "the other side hung up");
    for (const phone of [alice, bob]) {
      await phone.page.evaluate(() => kept.agent.close());
      assert.deepEqual(await phone.leftovers(), nothing);
    }
  });

  test("hold is silence both ways, or music; resuming brings everybody back, and who was mute stays so", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(() => kept.call.hold());
    await bob.noted("held");
    await Promise.all([alice.silent(), bob.silent()]);
    await alice.page.evaluate(() => kept.call.resume());
    await bob.noted("resumed");
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(() => kept.call.hold({ play: { kind: "sine", hz: 1_200 } }));
    await bob.hearing(1_200);
    await alice.silent();
    await alice.page.evaluate(() => kept.call.resume());
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(async () => {
      await kept.call.mute(true);
      await kept.call.hold();
      await kept.call.resume();
    });
    await bob.silent();
    await alice.page.evaluate(() => kept.call.mute(false));
    await bob.hearing(440);
    await alice.hangUp();
  });

  test("a wrong password is an error that says so", async () => {
    await assert.rejects(open("bob", 880, { secret: "guessed" }), /40[13]/);
  });
});
