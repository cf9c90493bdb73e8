/** Our own user agent in Chromium when something breaks: the WebSocket, the server, the page, the way of the media. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Chromium, startChromium } from "./rig/chromium.ts";
import { startHouse } from "./rig/house.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { startTrapezoid, type Trapezoid } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";
import { openWebPhone, type WebPhone, type WebPhoneOptions } from "./rig/web-phone.ts";

describe("calls between browsers when something breaks", { skip: missing("chromium") }, () => {
  let server: Trapezoid;
  let chromium: Chromium;
  let listen: string[];

  before(async () => {
    listen = [`ws://127.0.0.1:${await freePorts(1)}`];
    server = await startHouse({ users: ["alice", "bob", "carol"], listen });
    chromium = await startChromium({ script: "call-page.ts" });
  });

  after(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const open = (user: string, hz: number, options: Partial<WebPhoneOptions> = {}): Promise<WebPhone> =>
    openWebPhone(chromium, server, { user, hz, ...options });
  const registeredAgain = (phone: WebPhone): Promise<unknown> =>
    waitUntil(async () => (await phone.notes()).filter((note) => note === "registered").length > 1, {
      what: `another registration of ${phone.address}`,
      timeoutMs: 30_000,
    });

  test("a WebSocket that breaks during a call is replaced, the call goes on, and can be changed and ended (RFC 5626 §4.5)", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(async () => (await kept.agent.transport.flowTo()).close());
    await registeredAgain(alice);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(() => kept.call.hold());
    await bob.noted("held");
    await alice.page.evaluate(() => kept.call.resume());
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    assert.equal(await alice.hangUp(), "we hung up");
    assert.equal(await bob.ended(), "the other side hung up");
  });

  test("who hangs up on a page whose WebSocket broke does not reach it (430), which notices by its media", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.page.evaluate(async () => (await kept.agent.transport.flowTo()).close());
    await registeredAgain(alice);
    assert.equal(await bob.hangUp(), "we hung up");
    assert.equal(await alice.ended(), "the other side knows nothing of the call any more");
    const { connections, tracks } = await alice.leftovers();
    assert.deepEqual([connections, tracks], [0, 0]);
  });

  test("a server that starts anew finds its browsers again", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    for (const phone of [alice, bob]) {
      await phone.page.evaluate(async () => {
        await kept.agent.register({ retry: { baseAllDownSeconds: 2, maxSeconds: 3 } });
        kept.notes.length = 0;
      });
    }
    const { folder } = server;
    await server.stop();
    server = await startTrapezoid({ domains: ["house.test"], listen, folder });
    await Promise.all([alice.noted("registered"), bob.noted("registered")]);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.hangUp();
  });

  test("a page that goes hangs up and takes its binding away", async () => {
    await using carol = await open("carol", 440);
    await using bob = await open("bob", 880);
    await carol.call(bob.address);
    await bob.hearing(440);
    const instance = await carol.page.evaluate(() => kept.agent.core.identity.instanceId);
    await carol.page.goto("about:blank");
    assert.equal(await bob.ended(), "the other side hung up");
    await waitUntil(async () => !(await server.command(["registrations"])).stdout.includes("carol@house.test"), {
      what: "the end of carol's binding",
    });
    await carol.page.goto(chromium.origin);
    const left = carol.page.evaluate(
      (address) => sessionStorage.getItem(`trapezoid:instance:${address}`),
      carol.address,
    );
    assert.equal(await left, instance, "a reload is the same instance");
  });

  test("a way that is said to be broken is mended by a re-INVITE with an ICE restart (RFC 8445 §9)", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    const names = await alice.page.evaluate(async () => {
      const connection = library.mediaOf(kept.call).connection!;
      const ufrag = (): string => /a=ice-ufrag:(\S+)/.exec(connection.localDescription!.sdp)![1]!;
      const before = ufrag();
      // As the browser says it after thirty seconds without an answer.
      Object.defineProperty(connection, "connectionState", { configurable: true, get: () => "failed" });
      connection.dispatchEvent(new Event("connectionstatechange"));
      Reflect.deleteProperty(connection, "connectionState");
      for (let look = 0; look < 100 && ufrag() === before; look++) await globalThis.page.wait(100);
      return [before, ufrag()];
    });
    assert.notEqual(names[0], names[1]);
    await waitUntil(
      () => alice.page.evaluate(() => library.mediaOf(kept.call).connection?.connectionState === "connected"),
      {
        what: "the new way",
      },
    );
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    assert.ok((await alice.notes()).some((note) => note.startsWith("warning: ")));
    await alice.hangUp();
  });

  test("the other side's media is gone for good: the call ends and says so", async () => {
    await using alice = await open("alice", 440, { connectMs: 3_000 });
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    // Its signalling goes on: nobody tells alice.
    await bob.page.evaluate(() => library.mediaOf(kept.call).connection!.close());
    await waitUntil(async () => (await alice.notes()).some((note) => note.startsWith("ended media-timeout")), {
      what: "the end of the call",
      timeoutMs: 40_000,
    });
    const { connections, tracks } = await alice.leftovers();
    assert.deepEqual([connections, tracks], [0, 0]);
    await bob.ended();
  });
});
