/** Two sessions that talk to each other over a virtual network, and an ear for what is heard. */

import { createFakeClock, type FakeClock } from "@trapezoid/testkit";
import type { MediaCodec, MediaEngine, MediaSession, SdesKeys, StreamConfig, StreamLimits } from "../src/index.ts";
import { createMediaEngine } from "../src/index.ts";
import { type VirtualDatagrams, virtualDatagrams } from "./virtual-datagrams.ts";

export const pcmu: MediaCodec = {
  name: "PCMU",
  clockRate: 8_000,
  channels: 1,
  sendPayloadType: 0,
  receivePayloadType: 0,
};
export const pcma: MediaCodec = {
  name: "PCMA",
  clockRate: 8_000,
  channels: 1,
  sendPayloadType: 8,
  receivePayloadType: 8,
};
export const g722: MediaCodec = {
  name: "G722",
  clockRate: 8_000,
  channels: 1,
  sendPayloadType: 9,
  receivePayloadType: 9,
};
export const opus: MediaCodec = {
  name: "opus",
  clockRate: 48_000,
  channels: 2,
  sendPayloadType: 111,
  receivePayloadType: 111,
  sendParameters: "useinbandfec=1",
};
export const events: MediaCodec = {
  name: "telephone-event",
  clockRate: 8_000,
  channels: 1,
  sendPayloadType: 101,
  receivePayloadType: 101,
};

export interface Pair {
  readonly clock: FakeClock;
  readonly network: VirtualDatagrams;
  readonly engine: MediaEngine;
  readonly a: MediaSession;
  readonly b: MediaSession;
  /** Configures both with the same codecs; `b` with changes. */
  configure(config?: Partial<StreamConfig>, changes?: Partial<StreamConfig>): Promise<void>;
  close(): Promise<void>;
}

export async function openPair(limits: StreamLimits = {}, engines: { readonly seed?: number } = {}): Promise<Pair> {
  const clock = createFakeClock();
  const network = virtualDatagrams(clock, engines.seed);
  const engine = createMediaEngine({ address: "192.0.2.1", limits }, { clock, bind: network.bind });
  const a = await engine.open();
  const b = await engine.open({ address: "192.0.2.2" });
  return {
    clock,
    network,
    engine,
    a,
    b,
    async configure(config = {}, changes = {}) {
      const both: Omit<StreamConfig, "remote"> = {
        direction: "sendrecv",
        rtcpMux: false,
        codecs: [pcmu],
        companions: [events],
        ...config,
      };
      await a.configure({ ...both, remote: b.local });
      await b.configure({ ...both, sdes: mirrored(both.sdes), remote: a.local, ...changes });
    },
    async close() {
      await engine.close();
    },
  };
}

function mirrored(keys: SdesKeys | undefined): SdesKeys | undefined {
  return keys && { suite: keys.suite, localKeySalt: keys.remoteKeySalt, remoteKeySalt: keys.localKeySalt };
}

export const keys: SdesKeys = {
  suite: "AES_CM_128_HMAC_SHA1_80",
  localKeySalt: Buffer.alloc(30, 1).toString("base64"),
  remoteKeySalt: Buffer.alloc(30, 2).toString("base64"),
};

/** Everything that a session hears, from now on. */
export async function listenTo(session: MediaSession, sampleRate = 8_000): Promise<() => Int16Array> {
  const { readable } = await session.audio({ sampleRate, bufferMs: 100_000, listenOnly: true });
  const frames: Int16Array[] = [];
  const reader = readable.getReader();
  void (async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      frames.push(value);
    }
  })();
  return () => {
    const all = new Int16Array(frames.reduce((sum, frame) => sum + frame.length, 0));
    let at = 0;
    for (const frame of frames) {
      all.set(frame, at);
      at += frame.length;
    }
    return all;
  };
}

export interface Heard {
  /** Share of the energy that is at `hz`. */
  readonly purity: number;
  /** Of a sine of that effective value. */
  readonly amplitude: number;
}

/** How much of a sound is a tone, in windows of 20 ms so that small slips of phase do not count. */
export function measure(samples: Int16Array, hz: number, sampleRate = 8_000): Heard {
  const window = sampleRate / 50;
  let tone = 0;
  let energy = 0;
  for (let from = 0; from + window <= samples.length; from += window) {
    let cosine = 0;
    let sine = 0;
    for (let index = 0; index < window; index++) {
      const sample = samples[from + index]!;
      const turn = (2 * Math.PI * hz * index) / sampleRate;
      cosine += sample * Math.cos(turn);
      sine += sample * Math.sin(turn);
      energy += sample * sample;
    }
    tone += (2 * (cosine * cosine + sine * sine)) / window;
  }
  return { purity: energy === 0 ? 0 : tone / energy, amplitude: Math.sqrt((2 * energy) / Math.max(1, samples.length)) };
}
