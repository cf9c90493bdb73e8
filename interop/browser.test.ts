/** A browser phone that is not ours, over WebSocket (RFC 7118). Signalling alone: voice needs DTLS-SRTP. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type BrowserPhone, type BrowserRig, startBrowser } from "./rig/browser.ts";
import { password, startHouse } from "./rig/house.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { type Sipp, type SippOptions, startSipp } from "./rig/sipp.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";

/** SIPp needs no credentials: it comes from a source that the server trusts, and its users are in the house. */
function startBrowserHouse(): Promise<Trapezoid> {
  return startHouse({
    users: ["web", "other", "desk"],
    args: ["--trust", "127.0.0.1"],
    listen: ["udp://127.0.0.1:0", "ws://127.0.0.1:0"],
  });
}

function openPhone(browser: BrowserRig, server: Trapezoid, user: string, secret = password): Promise<BrowserPhone> {
  return browser.openPhone({ url: `ws://${server.at("ws")}`, address: `sip:${user}@house.test`, password: secret });
}

/** A SIPp that answers calls for `desk`, registered over UDP. */
async function deskPhone(server: Trapezoid, options: SippOptions): Promise<Sipp> {
  const port = await freePorts(2);
  await using registration = await startSipp({
    scenario: "register.xml",
    remote: server.at("udp"),
    port,
    calls: 1,
    fields: { order: "SEQUENTIAL", lines: [`desk;127.0.0.1:${port}`] },
    args: ["-key", "domain", "house.test"],
    timeoutSeconds: 10,
  });
  const { status, errors } = await registration.finished();
  assert.equal(status, 0, errors);
  return startSipp({ ...options, port, calls: 1 });
}

describe("JsSIP in Chromium", { skip: missing("chromium", "sipp") }, () => {
  test("registers over WebSocket with its password, and not with another; un-registers", async () => {
    await using server = await startHouse({ users: ["web", "mallory"] });
    await using browser = await startBrowser();
    const web = await openPhone(browser, server, "web");
    const mallory = await openPhone(browser, server, "mallory", "guessed");
    await web.event("registered");
    const failure = await mallory.event("registrationFailed");
    assert.ok([401, 403].includes(failure.status ?? 0), JSON.stringify(failure));
    await web.unregister();
    await web.event("unregistered");
  });

  test("calls another browser, talks, hangs up", async () => {
    await using server = await startBrowserHouse();
    await using browser = await startBrowser();
    const web = await openPhone(browser, server, "web");
    const other = await openPhone(browser, server, "other");
    await Promise.all([web.event("registered"), other.event("registered")]);
    await web.call("sip:other@house.test");
    await other.event("incoming");
    assert.equal((await web.event("progress")).status, 180);
    await other.answer();
    await Promise.all([web.event("confirmed"), other.event("confirmed")]);
    await web.hangUp();
    await Promise.all([web.event("ended"), other.event("ended")]);
  });

  test("calls a UDP phone that is busy: 486 crosses from UDP to WebSocket", async () => {
    await using server = await startBrowserHouse();
    await using desk = await deskPhone(server, {
      scenario: "callee-refuses.xml",
      values: { STATUS: 486, REASON: "Busy Here" },
    });
    await using browser = await startBrowser();
    const web = await openPhone(browser, server, "web");
    await web.event("registered");
    await web.call("sip:desk@house.test");
    assert.equal((await web.event("failed")).status, 486);
    const { status, errors } = await desk.finished();
    assert.equal(status, 0, errors);
  });

  test("calls a UDP phone that rings, and cancels: CANCEL crosses from WebSocket to UDP", async () => {
    await using server = await startBrowserHouse();
    await using desk = await deskPhone(server, { scenario: "callee-rings-forever.xml" });
    await using browser = await startBrowser();
    const web = await openPhone(browser, server, "web");
    await web.event("registered");
    await web.call("sip:desk@house.test");
    assert.equal((await web.event("progress")).status, 180);
    await web.hangUp();
    assert.equal((await web.event("failed")).cause, "Canceled");
    const { status, errors } = await desk.finished();
    assert.equal(status, 0, errors);
  });

  test("a UDP phone calls the browser: it rings, and the caller's CANCEL arrives", async () => {
    await using server = await startBrowserHouse();
    await using browser = await startBrowser();
    const web = await openPhone(browser, server, "web");
    await web.event("registered");
    await using caller = await startSipp({
      scenario: "caller-cancels.xml",
      remote: server.at("udp"),
      calls: 1,
      values: { RING_MS: 1_000 },
      fields: { order: "SEQUENTIAL", lines: ["web@house.test"] },
      timeoutSeconds: 20,
    });
    await web.event("incoming");
    assert.equal((await web.event("failed")).cause, "Canceled");
    const { status, errors } = await caller.finished();
    assert.equal(status, 0, errors);
  });

  test("a UDP phone calls the browser, which declines: the refusal crosses from WebSocket to UDP", async () => {
    await using server = await startBrowserHouse();
    await using browser = await startBrowser();
    const web = await openPhone(browser, server, "web");
    await web.event("registered");
    await using caller = await startSipp({
      scenario: "caller-refused.xml",
      remote: server.at("udp"),
      calls: 1,
      values: { STATUS: 480 },
      fields: { order: "SEQUENTIAL", lines: ["web@house.test"] },
      timeoutSeconds: 20,
    });
    await web.event("incoming");
    await web.hangUp();
    const { status, errors } = await caller.finished();
    assert.equal(status, 0, errors);
  });
});
