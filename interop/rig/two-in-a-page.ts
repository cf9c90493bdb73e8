/** Runs in a page that nobody drives: two user agents of ours call each other, and what was seen and heard is reported. */

// The counters come first.
import "./page-leftovers.ts";
import { type Call, type CallError, type IncomingCall, mediaOf, openUserAgent } from "@trapezoid/call/browser";
import type { Heard } from "./hearing.ts";
import { channels, listen, toneStream, watch } from "./page-ear.ts";
import { leftovers, wait } from "./page-leftovers.ts";

interface Settings {
  readonly server: string;
  readonly password: string;
}

/** What was found, by what was to be found. */
type Report = Record<string, unknown>;

const hears = (call: Call): Promise<Heard> => listen(mediaOf(call).streams.remoteAudio);

/** Until that frequency is heard; what was heard last, if it never is. */
async function hearing(call: Call, hz: number): Promise<number> {
  let heard = { hz: 0, level: -200 };
  for (let look = 0; look < 25; look++) {
    heard = await hears(call);
    if (Math.abs(heard.hz / hz - 1) < 0.03 && heard.level > -60) return hz;
  }
  return heard.level > -75 ? heard.hz : 0;
}

async function silent(call: Call): Promise<boolean> {
  for (let look = 0; look < 25; look++) if ((await hears(call)).level < -75) return true;
  return false;
}

const report: Report = { browser: navigator.userAgent };
let settings: Settings;

async function phone(user: string, hz: number): ReturnType<typeof openUserAgent> {
  const agent = await openUserAgent({
    ...settings,
    address: `sip:${user}@house.test`,
    microphone: () => toneStream(hz),
    instanceId: `urn:uuid:00000000-0000-4000-8000-${hz.toString().padStart(12, "0")}`,
  });
  await agent.register();
  return agent;
}

async function talk(): Promise<void> {
  settings = (await (await fetch("/settings")).json()) as Settings;
  const [alice, bob] = [await phone("alice", 440), await phone("bob", 880)];
  let there: IncomingCall | undefined;
  bob.events.on("call", async (call) => {
    there = call;
    // What is played before the answer must do no harm where the browser cannot play it out.
    await call.earlyMedia();
    await call.answer({ video: true });
  });
  const here = await alice.call("sip:bob@house.test");
  const theirs = there!;
  report.sound = [await hearing(here, 880), await hearing(theirs, 440)];
  report.codec = here.media?.audio?.codec;
  await here.hold();
  report.held = [await silent(here), await silent(theirs), theirs.held.byThem];
  await here.resume();
  report.resumed = [await hearing(here, 880), await hearing(theirs, 440)];
  const music = new AbortController();
  const playing = here.play({ kind: "sine", hz: 1_500 }, { signal: music.signal });
  report.played = await hearing(theirs, 1_500);
  music.abort();
  report.stopped = [await playing, await hearing(theirs, 440)];
  await here.sendDigits("12", { toneMs: 100 });
  const digits = theirs.collectDigits({ max: 2, firstMs: 10_000 });
  await here.sendDigits("3#", { by: "info" });
  report.digits = await digits;
  const recording = await here.record(undefined, { channels: "dual" });
  await wait(2_500);
  const { hz } = await channels((await recording.stop()).blob!);
  // Lost packets are made up for: not every turn is as it was.
  report.recorded = [440, 880].map((sent, channel) => Math.abs((hz[channel] ?? 0) / sent - 1) < 0.1);
  report.frames = await frames(here, theirs);
  await here.setVideo(true);
  const pictures = await Promise.all([here, theirs].map((call) => watch(mediaOf(call).streams.remoteVideo, 2_000)));
  report.video = pictures.map((seen) => seen.frames > 3 && seen.width > 0);
  await here.setVideo(false);
  report.videoDropped = [here.media?.video === undefined, theirs.media?.video === undefined];
  await here.setVideo(true);
  const again = await watch(mediaOf(theirs).streams.remoteVideo, 2_000);
  report.videoAgain = again.frames > 3 && again.width > 0;
  await restart(here);
  report.restarted = [await hearing(here, 880), await hearing(theirs, 440)];
  const { mos, received, remote } = await here.statistics();
  report.statistics = [mos !== undefined && mos > 3, received.packets > 10, remote !== undefined];
  await here.hangUp();
  report.ended = (await theirs.ended).text;
  const offerless = await alice.call("sip:bob@house.test", { withoutOffer: true });
  report.offerless = await hearing(offerless, 880);
  await offerless.hangUp();
  await there!.ended;
  await Promise.all([alice.close(), bob.close()]);
  report.leftovers = leftovers();
}

/** A second of what is heard, and back a sine of 1,600 Hz, ten samples a turn. */
async function frames(here: Call, theirs: Call): Promise<unknown> {
  const { readable, writable } = await here.audio({ sampleRate: 16_000 });
  const reader = readable.getReader();
  let turns = 0;
  let last = 0;
  for (let frame = 0; frame < 50; frame++) {
    for (const sample of (await reader.read()).value!) {
      if (last < 0 && sample >= 0) turns++;
      last = sample;
    }
  }
  await reader.cancel();
  const writer = writable.getWriter();
  const writing = (async () => {
    for (let frame = 0; frame < 150; frame++) {
      await writer.write(Int16Array.from({ length: 320 }, (_, at) => 8_000 * Math.sin((2 * Math.PI * at) / 10)));
    }
    await writer.close();
  })();
  const heard = await hearing(theirs, 1_600);
  await writing;
  return [Math.abs(turns - 880) < 88, heard, await hearing(theirs, 440)];
}

/** The way breaks, as the browser would say it. */
async function restart(call: Call): Promise<void> {
  const connection = mediaOf(call).connection!;
  const ufrag = (): string | undefined => /a=ice-ufrag:(\S+)/.exec(connection.localDescription!.sdp)?.[1];
  const before = ufrag();
  Object.defineProperty(connection, "connectionState", { configurable: true, get: () => "failed" });
  connection.dispatchEvent(new Event("connectionstatechange"));
  Reflect.deleteProperty(connection, "connectionState");
  for (let look = 0; look < 50 && ufrag() === before; look++) await wait(100);
  report.newWay = ufrag() !== before;
}

talk()
  .catch((error: CallError) => {
    report.error = error.stack ?? error.message;
  })
  .then(() => fetch("/report", { method: "POST", body: JSON.stringify(report) }))
  .catch(() => {});
