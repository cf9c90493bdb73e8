import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SrtpSession } from "werift";
import { encodeRtp, type SrtpKeying, SrtpReceiver, SrtpSender, srtpSuite, srtpSuiteNames } from "../src/index.ts";
import { nodeCiphers } from "../src/node/ciphers.ts";
import { HmacSha1 } from "../src/srtp/hmac-sha1.ts";
import { deriveSessionKeys } from "../src/srtp/key-derivation.ts";
import { ReplayWindow, replayWindowPackets } from "../src/srtp/replay-window.ts";
import { CounterMode } from "../src/srtp/transform.ts";

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "hex"));
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(`${import.meta.dirname}/data/${name}`, "utf8")) as T;
}

function keyingOf(name: string, mki?: Uint8Array): SrtpKeying {
  const suite = srtpSuite(name)!;
  const masterKey = Uint8Array.from({ length: suite.keyBytes }, (_, index) => index + 1);
  const masterSalt = Uint8Array.from({ length: suite.saltBytes }, (_, index) => 0xf0 ^ index);
  return { suite, masterKey, masterSalt, ...(mki !== undefined && { mki }) };
}

function rtp(sequence: number, ssrc = 0xcafebabe, length = 160): Uint8Array {
  return encodeRtp({
    payloadType: 0,
    sequence: sequence & 0xffff,
    timestamp: sequence * 160,
    ssrc,
    payload: new Uint8Array(length).fill(sequence),
  });
}

const rtcp = hex(
  "81c8000dcafebabe4e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
);

test("HMAC-SHA1 is what it is elsewhere, for every length up to three blocks", () => {
  const key = randomBytes(20);
  const hmac = new HmacSha1(key);
  for (let length = 0; length < 200; length++) {
    const text = randomBytes(length);
    assert.deepEqual(Buffer.from(hmac.digest(text, length)), createHmac("sha1", key).update(text).digest());
    const word = Buffer.from([1, 2, 3, 4]);
    const digest = createHmac("sha1", key).update(text).update(word).digest();
    assert.deepEqual(Buffer.from(hmac.digest(text, length, 0x01020304)), digest);
  }
});

interface Vectors {
  readonly cm_keystream: readonly {
    readonly ref: string;
    readonly sessionKey: string;
    readonly sessionSalt: string;
    readonly blocks: Record<string, string>;
  }[];
  readonly kdf: readonly Record<"ref" | "masterKey" | "masterSalt" | "cipherKey" | "cipherSalt", string>[];
}
const vectors = read<Vectors>("srtp-rfc3711-rfc6188.json");

for (const { ref, sessionKey, sessionSalt, blocks } of vectors.cm_keystream) {
  test(`key stream of AES in counter mode (${ref})`, () => {
    const mode = new CounterMode(nodeCiphers, hex(sessionKey), hex(sessionSalt));
    const text = new Uint8Array(48);
    mode.apply(text, 0, 48, 0, 0);
    assert.deepEqual(text, hex(blocks["0"]! + blocks["1"]! + blocks["2"]!));
  });
}

for (const { ref, masterKey, masterSalt, cipherKey, cipherSalt, ...more } of vectors.kdf) {
  test(`session keys (${ref})`, () => {
    const key = hex(masterKey);
    const suite = srtpSuite(
      { 16: "AES_CM_128_HMAC_SHA1_80", 24: "AES_192_CM_HMAC_SHA1_80", 32: "AES_256_CM_HMAC_SHA1_80" }[key.length]!,
    )!;
    const keys = deriveSessionKeys(nodeCiphers, suite, key, hex(masterSalt), "rtp");
    assert.deepEqual(keys.key, hex(cipherKey));
    assert.deepEqual(keys.salt, hex(cipherSalt));
    const authentication = Object.entries(more).find(([name]) => name.startsWith("authKey"))![1];
    assert.deepEqual(keys.authenticationKey, hex(String(authentication)).subarray(0, 20));
  });
}

interface GcmVector {
  readonly section: string;
  readonly title: string;
  readonly key: string;
  readonly salt: string;
  readonly input_packet: string;
  readonly output: string | null;
}

for (const { section, title, key, salt, input_packet, output } of read<GcmVector[]>("srtp-rfc7714-gcm.json")) {
  if (!/Encryption$|Encryption and Tagging$|Decryption$/.test(title)) continue;
  test(`${title} (RFC 7714 §${section})`, () => {
    const keying = keyingOf(key.length === 32 ? "AEAD_AES_128_GCM" : "AEAD_AES_256_GCM");
    const keys = { key: hex(key), authenticationKey: new Uint8Array(0), salt: hex(salt) };
    const set = { rtp: keys, rtcp: keys };
    const sender = new SrtpSender(nodeCiphers, keying, set);
    const receiver = new SrtpReceiver(nodeCiphers, keying, set);
    const packet = hex(input_packet);
    if (title.startsWith("SRTCP")) {
      if (/Decryption/.test(title)) assert.deepEqual(receiver.openRtcp(packet), hex(output!));
      else {
        // The vector's index is 0x5d4.
        for (let index = 0; index < 0x5d4; index++) sender.protectRtcp(packet);
        assert.deepEqual(sender.protectRtcp(packet), hex(output!));
      }
    } else if (/Decryption/.test(title)) assert.deepEqual(receiver.open(packet)?.subarray(12), hex(output!));
    else assert.deepEqual(sender.protect(packet), hex(output!));
  });
}

for (const name of srtpSuiteNames) {
  for (const mki of [undefined, Uint8Array.of(1, 2, 3, 4)]) {
    test(`${name}${mki ? " with MKI" : ""}: what is protected opens once, and only as it was sent`, () => {
      const keying = keyingOf(name, mki);
      const sender = new SrtpSender(nodeCiphers, keying);
      const receiver = new SrtpReceiver(nodeCiphers, keying);
      const plain = encodeRtp({
        payloadType: 0,
        sequence: 7,
        timestamp: 1,
        ssrc: 2,
        csrcs: [3],
        extension: { profile: 0xbede, data: new Uint8Array(8) },
        payload: randomBytes(33),
      });
      const packet = Uint8Array.from(sender.protect(plain));
      assert.equal(packet.length, plain.length + sender.overheadBytes);
      for (let octet = 0; octet < packet.length; octet++) {
        const inMki =
          mki !== undefined &&
          (keying.suite.kind === "gcm"
            ? octet >= packet.length - 4
            : octet >= plain.length && octet < plain.length + 4);
        if (inMki) continue;
        const changed = Uint8Array.from(packet);
        changed[octet]! ^= 1;
        assert.equal(receiver.open(changed), undefined, `octet ${octet} was changed`);
      }
      assert.deepEqual(receiver.open(packet), plain);
      assert.equal(receiver.open(packet), undefined);
      assert.equal(receiver.counters.replayed, 1);
      const report = Uint8Array.from(sender.protectRtcp(rtcp));
      assert.equal(
        receiver.openRtcp(Uint8Array.from(report, (octet, index) => (index === 20 ? octet ^ 1 : octet))),
        undefined,
      );
      assert.deepEqual(receiver.openRtcp(report), rtcp);
      assert.equal(receiver.openRtcp(report), undefined);
      assert.deepEqual(receiver.counters.opened, 2);
    });
  }
}

test("the roll-over counter goes up with each wrap, on both sides, packets lost and out of order (RFC 3711 §3.3.1)", () => {
  const keying = keyingOf("AES_CM_128_HMAC_SHA1_80");
  const sender = new SrtpSender(nodeCiphers, keying);
  const receiver = new SrtpReceiver(nodeCiphers, keying);
  let late: Uint8Array | undefined;
  for (let sequence = 65_000; sequence < 3 * 65_536; sequence += 97) {
    const packet = Uint8Array.from(sender.protect(rtp(sequence)));
    if (sequence % 5 === 0) {
      late = packet;
      continue;
    }
    assert.ok(receiver.open(packet), `packet ${sequence}`);
    if (late !== undefined) assert.ok(receiver.open(late), `the one before ${sequence}, late`);
    late = undefined;
  }
  assert.equal(receiver.counters.replayed + receiver.counters.unauthentic, 0);
});

test("packets of before the wrap that come after it still open (RFC 3711 §3.3.1)", () => {
  const keying = keyingOf("AEAD_AES_128_GCM");
  const sender = new SrtpSender(nodeCiphers, keying);
  const receiver = new SrtpReceiver(nodeCiphers, keying);
  const packets = [65_534, 65_535, 65_536, 65_537].map((sequence) => Uint8Array.from(sender.protect(rtp(sequence))));
  for (const index of [0, 2, 3, 1]) assert.ok(receiver.open(packets[index]!), `packet ${index}`);
});

test("a forged packet moves neither window nor roll-over counter, and makes no stream (RFC 3711 §3.3)", () => {
  const keying = keyingOf("AES_CM_128_HMAC_SHA1_80");
  const sender = new SrtpSender(nodeCiphers, keying);
  const receiver = new SrtpReceiver(nodeCiphers, keying);
  assert.ok(receiver.open(sender.protect(rtp(10))));
  for (let sequence = 0; sequence < 65_536; sequence += 1_000)
    assert.equal(receiver.open(rtp(sequence, 0xcafebabe, 200)), undefined);
  assert.ok(receiver.open(sender.protect(rtp(11))));
});

test("two sources have roll-over counters of their own", () => {
  const keying = keyingOf("AES_CM_128_HMAC_SHA1_80");
  const sender = new SrtpSender(nodeCiphers, keying);
  const receiver = new SrtpReceiver(nodeCiphers, keying);
  for (let sequence = 65_530; sequence < 65_545; sequence++) assert.ok(receiver.open(sender.protect(rtp(sequence, 1))));
  for (let sequence = 5; sequence < 10; sequence++) assert.ok(receiver.open(sender.protect(rtp(sequence, 2))));
});

test("the window knows what it has seen, and forgets what is too old (RFC 3711 §3.3.2)", () => {
  const window = new ReplayWindow();
  const seen = new Set<number>();
  let highest = -1;
  let state = 12_345;
  for (let step = 0; step < 20_000; step++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    const index = Math.max(0, 2 ** 40 + step + ((state >> 8) % 300) - 200);
    const isNew = index > highest || (highest - index < replayWindowPackets && !seen.has(index));
    assert.equal(window.isNew(index), isNew);
    if (!isNew) continue;
    window.accept(index);
    seen.add(index);
    highest = Math.max(highest, index);
  }
});

test("noise of every length is refused without a throw", () => {
  const receivers = srtpSuiteNames.map((name) => new SrtpReceiver(nodeCiphers, keyingOf(name)));
  for (let length = 0; length < 300; length++) {
    const noise = randomBytes(length);
    if (length > 0) noise[0] = 0x80 | (length & 0x1f);
    for (const receiver of receivers) {
      assert.equal(receiver.open(noise), undefined);
      assert.equal(receiver.openRtcp(noise), undefined);
    }
  }
});

test("another implementation opens what we protect, and we what it protects", () => {
  for (const [name, profile] of [
    ["AES_CM_128_HMAC_SHA1_80", 1],
    ["AEAD_AES_128_GCM", 7],
  ] as const) {
    const { suite, masterKey, masterSalt } = keyingOf(name);
    const [key, salt] = [Buffer.from(masterKey), Buffer.from(masterSalt)];
    const other = new SrtpSession({
      profile,
      keys: { localMasterKey: key, localMasterSalt: salt, remoteMasterKey: key, remoteMasterSalt: salt },
    });
    const sender = new SrtpSender(nodeCiphers, { suite, masterKey, masterSalt });
    const receiver = new SrtpReceiver(nodeCiphers, { suite, masterKey, masterSalt });
    for (let sequence = 65_530; sequence < 65_545; sequence++) {
      const plain = rtp(sequence);
      assert.deepEqual(Uint8Array.from(other.decrypt(Buffer.from(sender.protect(plain)))), plain);
    }
    assert.ok(receiver);
  }
});
