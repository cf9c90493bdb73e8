import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgreedMedia, CallStatistics } from "@trapezoid/call";
import { displayWidth } from "../terminal/display-width.ts";
import { addressKind, mediaFaultWords, mediaPlace } from "./media-fault-words.ts";
import { MediaWatch, silenceMs } from "./media-watch.ts";
import { qualityWord } from "./quality.ts";
import { statisticsWords } from "./statistics-words.ts";
import { type CallPicture, clockOf, statusWords } from "./status-words.ts";

const media: AgreedMedia = {
  audio: {
    kind: "audio",
    codec: "opus",
    clockRate: 48_000,
    direction: "sendrecv",
    heldByRemote: false,
    security: "sdes",
    takesDigitEvents: true,
  },
  video: undefined,
};

function heard(packets: number, over: Partial<CallStatistics> = {}): CallStatistics {
  return {
    codec: "opus",
    security: "sdes",
    remote: "192.0.2.7:40000",
    sent: { packets: 100, octets: 16_000 },
    received: { packets, octets: packets * 160, lost: 2, lossShare: 0.0123, jitterMs: 3.4 },
    roundTripMs: 31,
    mos: 4.31,
    remoteMos: 4.05,
    ...over,
  };
}

const picture: CallPicture = {
  remote: "bob@example.com",
  state: "active",
  ms: 42_000,
  media,
  held: { byUs: false, byThem: false },
  muted: false,
  recording: false,
  statistics: heard(500),
};

test("the line says state, duration, codec, security and quality", () => {
  assert.deepEqual(statusWords(picture, { unicode: true }), {
    light: "green",
    text: "● talking to bob@example.com 0:42 · opus · encrypted by SDES · MOS 4.3 excellent · loss 1.2 % · jitter 3 ms · round trip 31 ms",
  });
  assert.match(statusWords(picture, { unicode: false }).text, /^\* talking to .* \| opus \| /);
});

test("what is switched off is said, and the light is yellow", () => {
  const words = statusWords(
    { ...picture, muted: true, recording: true, held: { byUs: true, byThem: true } },
    { unicode: true },
  );
  assert.equal(words.light, "yellow");
  assert.match(words.text, /· on hold · held by them · muted · recording ·/);
  assert.equal(statusWords({ ...picture, statistics: heard(500, { mos: 2.9 }) }, { unicode: true }).light, "yellow");
});

test("where nothing is heard no quality of before is shown", () => {
  assert.deepEqual(statusWords({ ...picture, silent: true }, { unicode: true }), {
    light: "red",
    text: "● talking to bob@example.com 0:42 · opus · encrypted by SDES · nothing is heard",
  });
});

test("what matters least is left out where there is no room", () => {
  for (const room of [120, 100, 80, 60, 50]) {
    const { text } = statusWords({ ...picture, muted: true }, { unicode: true, room });
    assert.ok(displayWidth(text) <= room, text);
    assert.match(text, /talking to bob@example\.com 0:42/);
  }
  const { text } = statusWords(picture, { unicode: true, room: 70 });
  assert.match(text, /MOS/);
  assert.doesNotMatch(text, /jitter/);
});

test("before anything is measured the line says what is known", () => {
  const ringing = { ...picture, state: "ringing", media: undefined, statistics: undefined, ms: 3_999 } as const;
  assert.deepEqual(statusWords(ringing, { unicode: true }), {
    light: "yellow",
    text: "● ringing bob@example.com 0:03",
  });
});

test("durations are read like a clock", () => {
  assert.deepEqual([0, 7_000, 754_000, 3_723_000].map(clockOf), ["0:00", "0:07", "12:34", "1:02:03"]);
});

test("scores have a word (ITU-T G.107 Annex B)", () => {
  assert.deepEqual([4.4, 4.1, 3.7, 3.2, 2].map(qualityWord), ["excellent", "good", "fair", "poor", "bad"]);
});

test("all numbers, for people", () => {
  assert.deepEqual(statisticsWords(heard(500)), [
    "sound  opus, encrypted by SDES, to 192.0.2.7:40000",
    "sent  100 packets, 16 kB",
    "heard  500 packets, 80 kB; 2 lost (1.23 %), jitter 3.4 ms",
    "MOS  here 4.31 excellent, there 4.05 good",
    "round trip  31 ms",
  ]);
  assert.match(statisticsWords(heard(0, { mos: undefined, remoteMos: undefined })).join("\n"), /heard {2}nothing yet/);
});

test("nothing heard from the beginning is told once, and so is its return", () => {
  const watch = new MediaWatch();
  assert.equal(watch.step(0, true, heard(0)), undefined);
  assert.equal(watch.step(silenceMs - 1, true, heard(0)), undefined);
  assert.equal(watch.step(silenceMs, true, heard(0)), "never-came");
  assert.equal(watch.step(silenceMs + 1_000, true, heard(0)), undefined);
  assert.equal(watch.step(silenceMs + 2_000, true, heard(50)), "came-back");
  assert.equal(watch.step(silenceMs + 3_000, true, heard(100)), undefined);
});

test("what stops is told; who holds need not send", () => {
  const watch = new MediaWatch();
  watch.step(0, true, heard(50));
  assert.equal(watch.step(1_000, false, heard(50)), undefined);
  assert.equal(watch.step(60_000, false, heard(50)), undefined);
  assert.equal(watch.step(61_000, true, heard(50)), undefined);
  assert.equal(watch.step(61_000 + silenceMs, true, heard(50)), "stopped");
});

function description(address: string): string {
  return `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n`;
}

test("a private address in a description makes a NAT the likely reason", () => {
  const text = mediaFaultWords("never-came", {
    remote: "bob",
    sendsTo: "203.0.113.9:40000",
    ours: description("192.168.1.5"),
    theirs: description("10.0.0.7"),
    seconds: 5,
  });
  assert.equal(
    text,
    "nothing is heard from bob: no sound has come in 5 s. Their description says 10.0.0.7:40000, a private address, but we send to 203.0.113.9:40000, where it came from. Ours told them to send to 192.168.1.5:40000, a private address. Most likely a NAT is in between, and a private address means nothing on its other side: let the server relay the media, or give your public address with --advertise.",
  );
});

test("between public addresses it is no NAT", () => {
  const text = mediaFaultWords("never-came", {
    remote: "bob",
    sendsTo: "203.0.113.9:40000",
    ours: description("203.0.113.5"),
    theirs: description("203.0.113.9"),
    seconds: 5,
  });
  assert.match(
    text,
    /Their description says 203\.0\.113\.9:40000\. .* A firewall may stop it, or the other side sends nothing\.$/,
  );
});

test("addresses are known by what they reach (RFC 1918, 6598, 4193)", () => {
  const kinds: Readonly<Record<string, readonly string[]>> = {
    private: ["10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.1.1", "100.64.0.1", "100.127.0.1", "fd00::1", "fc12::1"],
    loopback: ["127.0.0.1", "::1"],
    "link-local": ["169.254.1.1", "fe80::1"],
    public: ["172.32.0.1", "100.128.0.1", "203.0.113.1", "2001:db8::1", "media.example.com", "fcx.example.com"],
  };
  for (const [kind, addresses] of Object.entries(kinds)) {
    for (const address of addresses) assert.equal(addressKind(address), kind, address);
  }
});

test("a description on hold names no place", () => {
  assert.deepEqual(mediaPlace(description("192.0.2.7")), { address: "192.0.2.7", port: 40_000 });
  assert.equal(mediaPlace(description("0.0.0.0")), undefined);
  assert.equal(mediaPlace("nonsense"), undefined);
});
