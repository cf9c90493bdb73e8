import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeRtp, SrtpReceiver, type ZrtpAlgorithms, type ZrtpEffect, ZrtpEngine } from "../src/index.ts";
import { createZrtpCrypto, nodeCiphers } from "../src/node/index.ts";
import { decodeHello } from "../src/zrtp/hello.ts";
import { decodeZrtpPacket } from "../src/zrtp/packet.ts";

interface Recording {
  readonly with: string;
  /** As the other side printed it. */
  readonly sas: string;
  readonly suite: string;
  readonly agreement: string;
  /** a=zrtp-hash of both sides. */
  readonly announced: readonly string[];
  /** What we drew, in its order; the first is our ZID. */
  readonly random: readonly string[];
  /** `in` or `out`, and the packet. */
  readonly events: readonly string[];
  /** One packet of the other side's. */
  readonly srtp: string;
}

function octets(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}

for (const name of ["x255", "x448", "dh3k"]) {
  test(`the call with Linphone that was recorded (${name}) goes the same way again, to the octet, with its string and its keys`, () => {
    const text = readFileSync(`${import.meta.dirname}/data/zrtp-linphone-${name}.json`, "utf8");
    const recording = JSON.parse(text) as Recording;
    const draws = recording.random.map(octets);
    const zid = draws.shift()!;
    const crypto = createZrtpCrypto((bytes) => {
      const drawn = draws.shift()!;
      assert.equal(drawn.length, bytes);
      return drawn;
    });
    const events = recording.events.map((event) => event.split(" ") as ["in" | "out", string]);
    const ours = decodeZrtpPacket(octets(events.find(([way]) => way === "out")![1]));
    assert.ok(ours.ok);
    const hello = decodeHello(ours.value.message);
    assert.ok(hello.ok);
    // `Mult` is the engine's to add.
    const { lists } = hello.value;
    const algorithms = { ...lists, agreements: lists.agreements.slice(0, -1) } as ZrtpAlgorithms;
    const engine = new ZrtpEngine({ crypto, zid, algorithms });
    const theirs = recording.announced.filter((hash) => hash !== engine.helloHash);
    assert.equal(theirs.length, 1);

    const told: ZrtpEffect[] = [];
    const sent: string[] = [];
    let isLookedUp = true;
    const perform = (effects: readonly ZrtpEffect[]): void => {
      for (const effect of effects) {
        if (effect.kind === "send") sent.push(Buffer.from(effect.packet).toString("hex"));
        else if (effect.kind === "lookup") isLookedUp = false;
        else if (effect.kind !== "timer") told.push(effect);
      }
    };
    perform(engine.announce(theirs[0]));
    perform(engine.start(ours.value.ssrc));
    for (const [way, packet] of events) {
      if (way === "in") perform(engine.receive(octets(packet)));
      else {
        // Packets that came while it was looked up, and what went out by the timer.
        if (sent.length === 0 && !isLookedUp) {
          isLookedUp = true;
          perform(engine.retained(undefined));
        }
        if (sent.length === 0) perform(engine.timeout());
        assert.equal(sent.shift(), packet);
      }
    }
    assert.deepEqual([sent, draws], [[], []]);
    const secured = told.find((effect) => effect.kind === "secured")!;
    const { sas, suite, agreement, announced } = secured.security;
    assert.deepEqual([sas, suite, agreement, announced], [recording.sas, recording.suite, recording.agreement, true]);
    const opened = new SrtpReceiver(nodeCiphers, secured.receive).open(octets(recording.srtp));
    assert.ok(opened !== undefined && decodeRtp(opened).ok);
  });
}
