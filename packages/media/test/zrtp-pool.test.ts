import assert from "node:assert/strict";
import { test } from "node:test";
import { createZrtpCache, type ZrtpCache, type ZrtpSecurity } from "@trapezoid/rtp";
import {
  createMediaEngine,
  type MediaEngine,
  type MediaSession,
  openMediaPool,
  type StreamConfig,
} from "../src/index.ts";
import { pcmu } from "./rig.ts";

/** Real sockets on loopback and real time; nothing here depends on how fast it is. */
const engines: Readonly<Record<string, (from: number, zrtpCache: ZrtpCache) => Promise<MediaEngine>>> = {
  "in this thread": async (from, zrtpCache) =>
    createMediaEngine({ address: "127.0.0.1", ports: [from, from + 99] }, { zrtpCache }),
  "in two threads": (from, zrtpCache) =>
    openMediaPool({
      address: "127.0.0.1",
      ports: [from, from + 99],
      threads: 2,
      zrtpCache,
      zrtp: {
        algorithms: {
          hashes: ["S384"],
          ciphers: ["AES3"],
          authTags: ["HS80"],
          agreements: ["EC38"],
          sasTypes: ["B256"],
        },
      },
    }),
};

const common: Omit<StreamConfig, "remote"> = { direction: "sendrecv", rtcpMux: false, codecs: [pcmu] };

function secured(session: MediaSession): Promise<ZrtpSecurity> {
  return new Promise((resolve, reject) => {
    session.events.on("secured", resolve);
    session.events.on("zrtpFailed", (why) => reject(new Error(why)));
  });
}

async function call(a: MediaSession, b: MediaSession): Promise<readonly [ZrtpSecurity, ZrtpSecurity]> {
  const both = Promise.all([secured(a), secured(b)]);
  await a.configure({ ...common, remote: b.local, zrtp: { remoteHash: b.zrtpHash } });
  await b.configure({ ...common, remote: a.local, zrtp: { remoteHash: a.zrtpHash } });
  return await both;
}

for (const [index, [name, open]] of Object.entries(engines).entries()) {
  test(`${name}: keys are agreed on, hashes known before, and what is remembered holds for every thread`, async () => {
    const caches = [1, 2].map((octet) => createZrtpCache(new Uint8Array(12).fill(octet + index * 2)));
    await using here = await open(43_000 + index * 200, caches[0]!);
    await using there = await open(43_100 + index * 200, caches[1]!);
    // More calls than threads, one after the other: each thread has had its turn.
    for (let round = 0; round < 3; round++) {
      const [a, b] = await Promise.all([here.open({ zrtp: {} }), there.open({ zrtp: {} })]);
      assert.match(a.zrtpHash!, /^1\.10 [0-9a-f]{64}$/);
      const [ofA, ofB] = await call(a, b);
      assert.equal(ofA.sas, ofB.sas);
      assert.equal(ofA.announced, true);
      assert.equal(ofA.continuity, round > 0);
      assert.equal(ofA.verified, round > 1);
      if (name === "in two threads")
        assert.deepEqual([ofA.agreement, ofA.cipher, ofA.sasType], ["EC38", "AES3", "B256"]);
      if (round === 1) {
        const compared = new Promise<ZrtpSecurity>((resolve) => a.events.on("secured", resolve));
        await a.verifySas(true);
        assert.equal((await compared).verified, true);
      }
      assert.equal((await a.stats()).protection.by, "zrtp");
      const plain = await here.open();
      assert.equal(plain.zrtpHash, undefined);
      await Promise.all([a.close(), b.close(), plain.close()]);
    }
  });
}

test("sound and video of one call share their keys in a pool, too", async () => {
  await using here = await openMediaPool({ address: "127.0.0.1", ports: [43_500, 43_549], threads: 2 });
  await using there = await openMediaPool({ address: "127.0.0.1", ports: [43_550, 43_599], threads: 2 });
  const options = { zrtp: { call: "c1" }, group: "c1" };
  const [a, b] = await Promise.all([here.open(options), there.open(options)]);
  const [v, w] = await Promise.all([here.openPackets(options), there.openPackets(options)]);
  const videos = [v, w].map((video) => new Promise<ZrtpSecurity>((resolve) => video.events.on("secured", resolve)));
  const vp8 = { ...pcmu, name: "VP8", clockRate: 90_000, sendPayloadType: 100, receivePayloadType: 100 };
  await v.configure({ ...common, codecs: [vp8], remote: w.local, zrtp: { remoteHash: w.zrtpHash } });
  await w.configure({ ...common, codecs: [vp8], remote: v.local, zrtp: { remoteHash: v.zrtpHash } });
  const [sound] = await call(a, b);
  const [ofV, ofW] = await Promise.all(videos);
  assert.deepEqual([ofV!.agreement, ofW!.agreement], ["Mult", "Mult"]);
  assert.equal(ofV!.sas, sound.sas);
  assert.deepEqual((await v.stats()).protection, { by: "zrtp", suite: sound.suite });
});
