/** Our own user agent in Chromium: pages register over WebSocket and call each other through the server, heard and measured. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { type Chromium, startChromium } from "./rig/chromium.ts";
import { startHouse } from "./rig/house.ts";
import { missing } from "./rig/programs.ts";
import { makeTempFolder } from "./rig/temp-folder.ts";
import { makeTone } from "./rig/tone.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";
import { openWebPhone, type WebPhone, type WebPhoneOptions } from "./rig/web-phone.ts";

async function toneFile(hz: number, seconds: number): Promise<Uint8Array> {
  await using folder = await makeTempFolder("tone");
  await makeTone(folder.file("tone.wav"), hz, seconds);
  return readFile(folder.file("tone.wav"));
}

const nothing = { connections: 0, tracks: 0, contexts: 0, recorders: 0, webSockets: 0, timers: 0 };

describe("calls between browsers", { skip: missing("chromium") }, () => {
  let server: Trapezoid;
  let chromium: Chromium;

  before(async () => {
    server = await startHouse({ users: ["alice", "bob", "carol"], args: [] });
    chromium = await startChromium({ script: "call-page.ts", files: { "/1000hz.wav": await toneFile(1_000, 2) } });
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

  test("digits: events, which browsers play out, tones in the sound, and INFO, which alone can be read (RFC 4733, RFC 6086)", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    for (const by of ["event", "tones"] as const) {
      // 7 is 852 and 1209 Hz: whichever is the stronger.
      const loudest = bob.page.evaluate(async () => {
        const { streams } = library.mediaOf(kept.call);
        for (let look = 0; look < 40; look++) {
          const { hz } = await globalThis.page.listen(streams.remoteAudio, 200);
          if (Math.abs(hz - 852) < 15 || Math.abs(hz - 1_209) < 15) return hz;
        }
        return 0;
      });
      await alice.page.evaluate((way) => kept.call.sendDigits("777", { by: way, toneMs: 800 }), by);
      assert.notEqual(await loudest, 0, `${by} is heard`);
    }
    // Nobody hears the voice stop for good.
    await bob.hearing(440);
    const collected = bob.page.evaluate(() => kept.call.collectDigits({ max: 3, firstMs: 10_000 }));
    await alice.page.evaluate(() => kept.call.sendDigits("4*1", { by: "info" }));
    assert.equal(await collected, "4*1");
    await bob.noted("digit * by info");
    await alice.hangUp();
  });

  test("what is played takes the microphone's place: a URL to its end, samples, a sine, a network's tone, an echo", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await bob.hearing(440);
    assert.equal(await alice.page.evaluate(() => kept.call.play("/1000hz.wav")), "ended");
    const playing = alice.page.evaluate(() => kept.call.play({ kind: "file", path: "/1000hz.wav", loop: true }));
    await bob.hearing(1_000);
    const sine = alice.page.evaluate(() => kept.call.play({ kind: "sine", hz: 1_500 }));
    assert.equal(await playing, "stopped");
    await bob.hearing(1_500);
    const tone = alice.page.evaluate(() => kept.call.play({ kind: "tone", tone: "dial", country: "de" }));
    assert.equal(await sine, "stopped");
    await bob.hearing(425);
    const echo = alice.page.evaluate(() => kept.call.play({ kind: "echo" }));
    assert.equal(await tone, "stopped");
    await bob.hearing(880);
    const samples = alice.page.evaluate(() => {
      const getChannelData = (): Float32Array =>
        Float32Array.from({ length: 48_000 }, (_, at) => 0.3 * Math.sin(at / 4));
      const sound = { sampleRate: 48_000, length: 48_000, numberOfChannels: 1, getChannelData };
      const stop = new AbortController();
      globalThis.page.wait(4_000).then(() => stop.abort());
      return kept.call.play({ kind: "sound", sound, loop: true }, { signal: stop.signal });
    });
    assert.equal(await echo, "stopped");
    await bob.hearing(48_000 / 4 / (2 * Math.PI));
    assert.equal(await samples, "stopped");
    await bob.hearing(440);
    const missing = alice.page.evaluate(() => kept.call.play("/missing.wav").catch((error: Error) => error.message));
    assert.match(await missing, /cannot play \/missing\.wav/);
    await bob.hearing(440);
    await alice.hangUp();
    assert.deepEqual({ ...(await alice.leftovers()), webSockets: 0, timers: 0 }, nothing);
  });

  test("a recording holds both sides, each on its own channel if asked for", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    const toFile = await bob.page.evaluate(() =>
      kept.call.record("/x.wav").then(String, (error: Error) => error.message),
    );
    assert.match(toFile, /not possible/);
    const dual = await alice.page.evaluate(async () => {
      const recording = await kept.call.record(undefined, { channels: "dual", maxSeconds: 3 });
      const { blob, path, ms } = await recording.finished;
      return { path, ms, ...(await globalThis.page.channels(blob!)) };
    });
    assert.equal(dual.path, undefined);
    assert.ok(dual.ms >= 2_900, `${dual.ms} ms`);
    assert.equal(dual.hz.length, 2);
    // Lost packets are made up for: not every turn is as it was.
    assert.ok(Math.abs(dual.hz[0]! - 440) < 44 && Math.abs(dual.hz[1]! - 880) < 88, JSON.stringify(dual));
    const cut = await alice.page.evaluate(async () => {
      const { finished } = await kept.call.record();
      await globalThis.page.wait(1_500);
      await kept.call.hangUp();
      const { blob } = await finished;
      return globalThis.page.channels(blob!);
    });
    assert.ok(cut.seconds > 1, "what was recorded until the end of the call is there");
    assert.deepEqual({ ...(await alice.leftovers()), webSockets: 0, timers: 0 }, nothing);
  });

  test("frames of the sound, read and written by the application", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    await alice.call(bob.address);
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    const { lengths, turns } = await alice.page.evaluate(async () => {
      const { readable } = await kept.call.audio({ sampleRate: 8_000, listenOnly: true });
      const reader = readable.getReader();
      const lengths = new Set<number>();
      const samples: number[] = [];
      while (samples.length < 8_000) {
        const { value } = await reader.read();
        lengths.add(value!.length);
        samples.push(...value!);
      }
      await reader.cancel();
      const turns = samples.filter((sample, at) => at > 0 && samples[at - 1]! < 0 && sample >= 0).length;
      return { lengths: [...lengths], turns };
    });
    assert.deepEqual(lengths, [160]);
    // A second of 880 Hz, of which the beginning may be missing.
    assert.ok(turns > 790 && turns < 970, `${turns} turns`);
    await bob.hearing(440);
    const writing = alice.page.evaluate(async () => {
      const audio = await kept.call.audio({ sampleRate: 16_000 });
      const writer = audio.writable.getWriter();
      const started = performance.now();
      // Three seconds of 1,600 Hz: ten samples a turn.
      for (let frame = 0; frame < 150; frame++) {
        await writer.write(Int16Array.from({ length: 320 }, (_, at) => 8_000 * Math.sin((2 * Math.PI * at) / 10)));
      }
      await writer.close();
      return performance.now() - started;
    });
    await bob.hearing(1_600);
    // Written as fast as it is played, but for what waits in between.
    assert.ok((await writing) > 2_000);
    await bob.hearing(440);
    const over = alice.page.evaluate(async () => {
      const { readable, writable } = await kept.call.audio();
      const reading = readable.getReader();
      const writing = writable.getWriter();
      await kept.call.hangUp();
      const write = await writing.write(new Int16Array(320)).catch((error: { code: string }) => error.code);
      let last = await reading.read();
      while (!last.done) last = await reading.read();
      return write;
    });
    assert.equal(await over, "CALL_OVER");
    assert.deepEqual({ ...(await alice.leftovers()), webSockets: 0, timers: 0 }, nothing);
  });

  test("video is added and dropped, and the camera with it; who refuses it loses nothing", async () => {
    await using alice = await open("alice", 440);
    await using bob = await open("bob", 880);
    const seen = async (phone: WebPhone): Promise<{ frames: number; width: number }> =>
      phone.page.evaluate(() => globalThis.page.watch(library.mediaOf(kept.call).streams.remoteVideo, 1_000));
    await alice.call(bob.address);
    const refused = alice.page.evaluate(() => kept.call.setVideo(true).catch((error: { code: string }) => error.code));
    assert.equal(await refused, "CALL_VIDEO_REFUSED");
    assert.equal((await alice.leftovers()).tracks, 1, "the camera is off again");
    await Promise.all([alice.hearing(880), bob.hearing(440)]);
    await alice.hangUp();

    await using carol = await open("carol", 660, { incoming: "with-video" });
    await alice.call(carol.address);
    for (let round = 0; round < 2; round++) {
      await alice.page.evaluate(() => kept.call.setVideo(true));
      await carol.noted("video sendrecv");
      for (const phone of [alice, carol]) {
        const { frames, width } = await seen(phone);
        assert.ok(frames > 5 && width > 0, `${frames} frames of ${width}`);
        assert.equal((await phone.leftovers()).tracks, 2);
      }
      await alice.page.evaluate(() => kept.call.setVideo(false));
      for (const phone of [alice, carol]) {
        assert.equal(await phone.page.evaluate(() => kept.call.media?.video), undefined);
        assert.equal((await phone.leftovers()).tracks, 1, "the camera is off again");
        assert.deepEqual(await seen(phone), { frames: 0, width: 0 });
      }
    }
    await Promise.all([alice.hearing(660), carol.hearing(440)]);
    await carol.hangUp();
    await alice.ended();
    for (const phone of [alice, carol]) {
      assert.deepEqual({ ...(await phone.leftovers()), webSockets: 0, timers: 0 }, nothing);
    }
  });

  test("a wrong password is an error that says so", async () => {
    await assert.rejects(open("bob", 880, { secret: "guessed" }), /40[13]/);
  });
});
