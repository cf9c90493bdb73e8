/** What PeerConnectionMedia does with the browser's connections, devices and timers; a fake browser keeps their rules. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type BrowserMediaOptions, PeerConnectionMedia } from "@trapezoid/call/browser";
import { createFakeClock, type FakeClock } from "@trapezoid/testkit";
import {
  type FakeBehaviour,
  FakeBrowser,
  type FakeConnection,
  FakeStream,
  FakeTrack,
  sectionsOf,
} from "./fake-browser.ts";

interface Scene {
  readonly clock: FakeClock;
  readonly browser: FakeBrowser;
  readonly media: PeerConnectionMedia;
  /** Events of the media, as words. */
  readonly told: string[];
}

const both = { audio: "sendrecv", video: undefined } as const;
const withVideo = { audio: "sendrecv", video: "sendrecv" } as const;
const held = { audio: "sendonly", video: undefined } as const;

function scene(options: BrowserMediaOptions = {}, behaviour: FakeBehaviour = {}): Scene {
  const clock = createFakeClock();
  const browser = new FakeBrowser(behaviour);
  const media = new PeerConnectionMedia({ clock, platform: browser.platform, ...options });
  const told: string[] = [];
  media.events.on("failed", (error) => told.push(`failed: ${error.message}`));
  media.events.on("warning", (text) => told.push(`warning: ${text}`));
  media.events.on("interrupted", () => told.push("interrupted"));
  media.events.on("timeout", () => told.push("timeout"));
  return { clock, browser, media, told };
}

/** A call of ours that was answered. */
async function connected(options: BrowserMediaOptions = {}, behaviour: FakeBehaviour = {}): Promise<Scene> {
  const all = scene(options, behaviour);
  const offer = await all.media.offer(undefined, both);
  all.media.select("peer");
  assert.equal(all.media.accept("peer", await all.browser.answerTo(offer), false), undefined);
  await all.media.settled();
  return all;
}

/** One round of offer and answer of ours on the dialog that there is. */
async function change(
  { media, browser }: Scene,
  wanted: Parameters<typeof media.offer>[1],
  theirs = {},
): Promise<string> {
  const offer = await media.offer("peer", wanted);
  assert.equal(media.accept("peer", await browser.answerTo(offer, theirs), false), undefined);
  await media.settled();
  return offer;
}

function only(browser: FakeBrowser): FakeConnection {
  assert.equal(browser.connections.length, 1);
  return browser.connections[0]!;
}

test("the microphone is asked for when sound is first to be sent, once, and stopped with the call", async () => {
  const { media, browser, clock } = scene();
  assert.deepEqual([browser.asked.length, browser.connections.length], [0, 0]);
  await media.offer(undefined, both);
  await media.offer(undefined, both).catch(() => {});
  assert.deepEqual(browser.asked, [{ audio: true }]);
  await media.close();
  assert.equal(browser.given[0]?.readyState, "ended");
  assert.equal(only(browser).signalingState, "closed");
  assert.equal(clock.pending, 0);
});

test("no microphone: the offer fails with words for a person, and is tried again when asked again", async () => {
  for (const [name, code, words] of [
    ["NotAllowedError", "CALL_MICROPHONE_REFUSED", /allow it/],
    ["NotFoundError", "CALL_MICROPHONE_MISSING", /was not found/],
    ["NotReadableError", "CALL_MICROPHONE_BUSY", /another program/],
  ] as const) {
    const { media, browser } = scene();
    browser.refusal = new DOMException("no", name);
    await assert.rejects(media.offer(undefined, both), (error: Error & { code: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, words);
      return true;
    });
    browser.refusal = undefined;
    await media.offer(undefined, both);
    assert.equal(browser.asked.length, 2);
    await media.close();
  }
});

test("a call that ends while the browser still asks for the microphone leaves it off", async () => {
  const { media, browser } = scene();
  let allow = (): void => {};
  browser.wait = new Promise((resolve) => {
    allow = resolve;
  });
  const offering = media.offer(undefined, both);
  await media.close();
  allow();
  await assert.rejects(offering, { code: "CALL_OVER" });
  assert.equal(browser.given[0]?.readyState, "ended");
});

test("an own stream is cloned: the clone is stopped with the call, the original stays the application's", async () => {
  const voice = new FakeTrack("audio");
  const { media } = await connected({ microphone: new FakeStream([voice]) as unknown as MediaStream });
  await media.close();
  assert.deepEqual([voice.readyState, voice.clones.map(({ readyState }) => readyState)], ["live", ["ended"]]);
  voice.stop();
  const { media: other } = scene({ microphone: () => new FakeStream([voice]) as unknown as MediaStream });
  await assert.rejects(other.offer(undefined, both), { code: "CALL_MICROPHONE_MISSING" });
});

test("an offer goes out with all candidates, or after the limit with those that there are (RFC 8829 §3.5)", async () => {
  const { media, browser, clock } = scene({}, { gathersSlowly: true });
  let text: string | undefined;
  const offering = media.offer(undefined, both).then((offer) => {
    text = offer;
  });
  await clock.advanceAsync(1_990);
  only(browser).gather(false);
  await clock.advanceAsync(0);
  assert.equal(text, undefined);
  await clock.advanceAsync(10);
  await offering;
  assert.match(text ?? "", /a=candidate:/);
  assert.equal(clock.pending, 0);
});

test("without a single candidate there is no offer", async () => {
  const { media, clock } = scene({ gatherMs: 100 }, { gathersSlowly: true });
  const failing = assert.rejects(media.offer(undefined, both), { code: "CALL_NO_CANDIDATES" });
  await clock.advanceAsync(500);
  await failing;
  assert.equal(clock.pending, 0);
});

test("what comes before the answer is a preview; the answer makes it final (RFC 8829 §3.6)", async () => {
  const { media, browser, told } = scene();
  const offer = await media.offer(undefined, both);
  const answer = await browser.answerTo(offer);
  media.accept("peer", answer, true);
  await media.settled();
  assert.equal(media.streams.remoteAudio.getTracks().length, 1);
  media.select("peer");
  media.accept("peer", answer, false);
  await media.settled();
  assert.deepEqual(only(browser).course, ["local offer", "remote pranswer", "remote answer"]);
  assert.deepEqual(told, []);
});

test("of two that may answer the one that does gets the connection, whoever was heard before (RFC 3261 §13.2.2.4)", async () => {
  const { media, browser } = scene();
  const offer = await media.offer(undefined, both);
  const [desk, sofa] = [await browser.answerTo(offer, {}, "desk"), await browser.answerTo(offer, {}, "sofa")];
  media.accept("desk", desk, true);
  media.accept("sofa", sofa, true);
  await media.settled();
  assert.equal(only(browser).remoteDescription?.sdp, desk);
  media.select("sofa");
  assert.equal(media.accept("sofa", sofa, false), undefined);
  media.drop("desk");
  await media.settled();
  // Somebody picks up there, too, and is hung up on.
  assert.equal(media.accept("desk", desk, false), undefined);
  await media.settled();
  assert.equal(only(browser).remoteDescription?.sdp, sofa);
  assert.equal(only(browser).signalingState, "stable");
});

test("a browser without provisional answers hears from the answer on, and nothing fails", async () => {
  const { media, browser, told } = scene({}, { withoutPreviews: true });
  const offer = await media.offer(undefined, both);
  const answer = await browser.answerTo(offer);
  media.accept("peer", answer, true);
  await media.settled();
  media.select("peer");
  media.accept("peer", answer, false);
  await media.settled();
  assert.deepEqual(only(browser).course, ["local offer", "remote pranswer", "remote answer"]);
  assert.equal(only(browser).signalingState, "stable");
  assert.deepEqual(told, []);
});

test("with earlyMedia: false nothing is given to the connection before the answer", async () => {
  const { media, browser } = scene({ earlyMedia: false });
  const offer = await media.offer(undefined, both);
  media.accept("peer", await browser.answerTo(offer), true);
  await media.settled();
  assert.deepEqual(only(browser).course, ["local offer"]);
});

test("a further offer on a dialog that is still early makes its answer final (RFC 3311 §5.1), and another may win all the same", async () => {
  const { media, browser } = scene();
  const offer = await media.offer(undefined, both);
  media.accept("desk", await browser.answerTo(offer, {}, "desk"), false);
  await media.settled();
  const update = await media.offer("desk", held);
  assert.equal(media.accept("desk", await browser.answerTo(update, { audio: "recvonly" }, "desk"), false), undefined);
  await media.settled();
  assert.equal(media.agreed?.audio?.direction, "sendonly");
  const sofa = await browser.answerTo(offer, {}, "sofa");
  media.select("sofa");
  media.accept("sofa", sofa, false);
  await media.settled();
  assert.equal(only(browser).remoteDescription?.sdp, sofa);
  assert.equal(media.agreed?.audio?.direction, "sendrecv");
});

test("two dialogs that make offers of their own have a connection each; the one that was not answered is closed", async () => {
  const { media, browser } = scene();
  const desk = await media.answer("desk", await browser.offerOf(["audio"], "desk"), both);
  const sofa = await media.answer("sofa", await browser.offerOf(["audio"], "sofa"), both);
  assert.ok(typeof desk === "string" && typeof sofa === "string");
  assert.equal(browser.asked.length, 1);
  media.select("sofa");
  await media.settled();
  assert.deepEqual(
    browser.connections.map(({ signalingState }) => signalingState),
    ["closed", "stable"],
  );
  assert.equal(media.connection as unknown, browser.connections[1]);
});

test("what is agreed is known at once, from both descriptions", async () => {
  const all = await connected();
  assert.deepEqual(all.media.agreed, {
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
  const offer = await all.media.offer("peer", both);
  all.media.accept("peer", await all.browser.answerTo(offer, { audio: "inactive" }), false);
  assert.deepEqual([all.media.agreed?.audio?.direction, all.media.agreed?.audio?.heldByRemote], ["inactive", true]);
});

test("who holds is not heard, and is again afterwards; mute is a matter of its own", async () => {
  const all = await connected();
  const [voice] = all.browser.given;
  assert.equal(voice?.enabled, true);
  const offer = await change(all, held, { audio: "recvonly" });
  assert.equal(sectionsOf(offer)[0]?.direction, "sendonly");
  assert.equal(voice?.enabled, false);
  assert.equal(all.media.streams.remoteAudio.getTracks().length, 0);
  await change(all, both);
  assert.equal(voice?.enabled, true);
  assert.equal(all.media.streams.remoteAudio.getTracks().length, 1);
  await all.media.mute(true);
  assert.equal(voice?.enabled, false);
  await change(all, held, { audio: "recvonly" });
  await change(all, both);
  assert.equal(voice?.enabled, false);
});

test("a callee is not heard before it answers, even where it sends something before", async () => {
  const { media, browser } = scene();
  await media.answer("peer", await browser.offerOf(["audio"]), both);
  assert.equal(browser.given[0]?.enabled, false);
  media.select("peer");
  assert.equal(browser.given[0]?.enabled, true);
});

test("a change that is refused leaves everything as it was (RFC 3264 §4)", async () => {
  const all = await connected();
  const connection = only(all.browser);
  await all.media.offer("peer", held);
  all.media.rollBack("peer");
  await all.media.settled();
  assert.equal(connection.signalingState, "stable");
  assert.equal(connection.getTransceivers()[0]?.direction, "sendrecv");
  assert.equal(all.browser.given[0]?.enabled, true);
  assert.equal(all.media.agreed?.audio?.direction, "sendrecv");
});

test("video that is refused turns the camera off again", async () => {
  const all = await connected();
  await all.media.offer("peer", withVideo);
  assert.deepEqual(all.browser.asked[1], { video: true });
  assert.equal(all.media.streams.localVideo.getTracks().length, 1);
  all.media.rollBack("peer");
  await all.media.settled();
  assert.equal(all.browser.given[1]?.readyState, "ended");
  assert.equal(all.media.streams.localVideo.getTracks().length, 0);
});

test("dropping video is said in the text alone: when it is refused, video goes on (RFC 3264 §8.2, RFC 9143 §7.5.3)", async () => {
  const all = await connected();
  const video = (): string | undefined => all.media.agreed?.video?.direction;
  await change(all, withVideo);
  assert.equal(video(), "sendrecv");
  const offer = await all.media.offer("peer", both);
  assert.deepEqual(
    sectionsOf(offer).map(({ kind, port }) => [kind, port]),
    [
      ["audio", 9],
      ["video", 0],
    ],
  );
  assert.match(offer, /^a=group:BUNDLE 0\r$/m);
  all.media.rollBack("peer");
  await all.media.settled();
  assert.equal(all.browser.given[1]?.readyState, "live");
  assert.equal(video(), "sendrecv");
  await change(all, both);
  assert.equal(video(), undefined);
  assert.equal(all.browser.given[1]?.readyState, "ended");
  await change(all, withVideo);
  assert.equal(video(), "sendrecv");
});

test("video that nobody wants is refused in the answer, without asking for the camera", async () => {
  const { media, browser } = scene();
  const answer = await media.answer("peer", await browser.offerOf(["audio", "video"]), both);
  assert.ok(typeof answer === "string");
  assert.deepEqual(
    sectionsOf(answer).map(({ port }) => port),
    [9, 0],
  );
  assert.match(answer, /^a=group:BUNDLE 0\r$/m);
  assert.deepEqual(browser.asked, [{ audio: true }]);
  assert.equal(media.agreed?.video, undefined);
});

test("who has no camera sees all the same, and is told", async () => {
  const all = scene({ microphone: new FakeStream([new FakeTrack("audio")]) as unknown as MediaStream });
  all.browser.refusal = new DOMException("no", "NotFoundError");
  await all.media.answer("peer", await all.browser.offerOf(["audio", "video"]), withVideo);
  assert.equal(all.media.agreed?.video?.direction, "recvonly");
  assert.match(all.told[0] ?? "", /the camera was not found.*the other side is seen/);
});

test("what browsers cannot do is refused with the reason: no DTLS-SRTP, no a=rtcp-mux, no sound, no description", async () => {
  const { media, browser } = scene();
  const offer = await browser.offerOf(["audio"]);
  for (const [text, reason] of [
    ["v=0\r\nm=audio 40000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n", /DTLS-SRTP/],
    [offer.replaceAll("a=rtcp-mux\r\n", ""), /rtcp-mux/],
    [offer.replace("m=audio 9", "m=audio 0"), /no sound/],
    ["hello", /cannot be read/],
  ] as const) {
    const answer = await media.answer("peer", text, both);
    assert.ok(typeof answer === "object");
    assert.equal(answer.status, 488);
    assert.match(answer.reason, reason);
  }
  assert.deepEqual([browser.asked.length, browser.connections.length], [0, 0]);
});

test("an offer that the browser itself does not take is undone, and the next one is answered", async () => {
  const { media, browser } = scene();
  const offer = await browser.offerOf(["audio"]);
  await assert.rejects(media.answer("peer", `${offer}a=poison\r\n`, both), { code: "CALL_DESCRIPTION" });
  assert.equal(typeof (await media.answer("peer", offer, both)), "string");
  assert.equal(only(browser).signalingState, "stable");
});

test("a way that breaks is told once, and the next offer is an ICE restart, until one of them is answered (RFC 8445 §9)", async () => {
  const all = await connected({ mediaTimeoutMs: 0 });
  const connection = only(all.browser);
  const ufrag = (text: string): string | undefined => /a=ice-ufrag:(\S+)/.exec(text)?.[1];
  const first = ufrag(connection.localDescription!.sdp);
  connection.turn("connected");
  connection.turn("failed");
  assert.deepEqual(all.told, ["interrupted"]);
  const second = ufrag(await all.media.offer("peer", both));
  assert.notEqual(second, first);
  all.media.rollBack("peer");
  const third = ufrag(await change(all, both));
  assert.notEqual(third, second);
  connection.turn("connected");
  assert.equal(ufrag(await change(all, both)), third);
  await all.clock.advanceAsync(60_000);
  assert.deepEqual(all.told, ["interrupted"]);
});

test("a way that never comes up ends the call", async () => {
  const { clock, told, media } = await connected();
  await clock.advanceAsync(15_000);
  assert.deepEqual(told, ["interrupted"]);
  await clock.advanceAsync(15_000);
  assert.deepEqual(told, ["interrupted", "timeout"]);
  await media.close();
  assert.equal(clock.pending, 0);
});

test("the session has one name, and its version grows with each description (RFC 3264 §8)", async () => {
  const all = await connected();
  const origins = [await change(all, held, { audio: "recvonly" }), await change(all, both)].map((text) => {
    return /^o=- (\d+) (\d+) /m.exec(text)!.slice(1).map(Number);
  });
  assert.equal(origins[0]![0], origins[1]![0]);
  assert.equal(origins[1]![1], origins[0]![1]! + 1);
});

test("a headset that is pulled out is replaced by another, and who stays without is told", async () => {
  const all = await connected();
  const [first] = all.browser.given;
  first!.readyState = "ended";
  first!.onended?.();
  await all.clock.advanceAsync(0);
  const [, second] = all.browser.given;
  assert.equal(only(all.browser).getTransceivers()[0]?.sender.track, second);
  all.browser.refusal = new DOMException("no", "NotFoundError");
  second!.onended?.();
  await all.clock.advanceAsync(0);
  assert.match(all.told.join("\n"), /another one has taken its place\n.*hears nothing any more/);
});

test("after the end everything is closed, and what is asked for is refused", async () => {
  const { media, browser, clock } = await connected();
  assert.equal(browser.elements[0]?.srcObject as unknown, media.streams.remoteAudio);
  await media.close();
  await media.close();
  assert.equal(browser.elements[0]?.srcObject, null);
  assert.equal(media.streams.remoteAudio.getTracks().length, 0);
  for (const work of [media.offer("peer", both), media.play({ kind: "silence" }), media.record(undefined, {})]) {
    await assert.rejects(work, { code: "CALL_OVER" });
  }
  assert.deepEqual([...new Set(browser.given.map(({ readyState }) => readyState))], ["ended"]);
  assert.equal(clock.pending, 0);
});
