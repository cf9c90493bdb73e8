/** Calls over real sockets and in real time: what is played at one end is measured at the other. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, suite, test } from "node:test";
import {
  type Call,
  type CallOptions,
  type IncomingCall,
  type NodeUserAgent,
  openUserAgent,
} from "@trapezoid/call/node";
import { measure } from "../../media/test/rig.ts";
import { Ear } from "./ear.ts";
import { until } from "./until.ts";
import { sineWav } from "./wav.ts";

const amplitude = 8_000;
const codecs = ["opus", "G722", "PCMA", "PCMU", "L16"] as const;

suite("over real sockets", { timeout: 180_000 }, () => {
  let alice: NodeUserAgent;
  let bob: NodeUserAgent;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "trapezoid-call-"));
    const open = (name: string, kind: "udp" | "tcp"): Promise<NodeUserAgent> =>
      openUserAgent({
        address: `sip:${name}@127.0.0.1`,
        listen: [{ kind, host: "127.0.0.1", port: 0 }],
        media: { codecs },
      });
    [alice, bob] = await Promise.all([open("alice", "udp"), open("bob", "tcp")]);
    await writeFile(path.join(folder, "tone.wav"), sineWav(440, 60_000, amplitude));
  });
  after(async () => {
    await Promise.all([alice.close(), bob.close()]);
    await rm(folder, { recursive: true });
  });

  const connect = async (options: CallOptions = {}): Promise<readonly [Call, IncomingCall]> => {
    const taken = Promise.withResolvers<IncomingCall>();
    const call = alice.dial(bob.contact, options);
    using _listening = bob.events.on("call", (arrived) => {
      if (arrived.id === call.id) taken.resolve(arrived);
    });
    await (await taken.promise).answer();
    await call.answered;
    return [call, await taken.promise];
  };

  // One after the other: ten calls at once on a busy machine are measured by their gaps.
  suite("each codec", () => {
    for (const srtp of ["off", "required"] as const) {
      for (const codec of codecs) {
        test(`${codec}, srtp ${srtp}: a file played here is recorded there, as it was, and a tone comes back`, async () => {
          const [call, taken] = await connect({ media: { codecs: [codec], srtp } });
          assert.deepEqual(
            [taken.media?.audio?.codec, taken.media?.audio?.security],
            [codec, srtp === "off" ? "none" : "sdes"],
          );
          const fileOf = (number: number): string => path.join(folder, `${codec}-${srtp}-${number}.wav`);
          void call.play(path.join(folder, "tone.wav"));
          void taken.play({ kind: "sine", hz: 1_000, amplitude });
          const ears = [await Ear.of(call), await Ear.of(taken)] as const;
          await until(() => ears[0].heard(1_000, 0).purity > 0.9, 100);
          await until(() => ears[1].heard(440, 0).purity > 0.9, 100);
          // A machine that is busy elsewhere makes gaps; a recording without them comes in time.
          let recordings = 0;
          await until(async () => {
            const file = fileOf(recordings++);
            const { finished } = await taken.record(file, { maxSeconds: 0.8, channels: "dual" });
            await finished;
            const [sent, heard] = await stereo(file);
            return isTone(sent, 1_000) && isTone(heard, 440);
          });
          assert.equal((await call.hangUp()).cause, "bye");
          assert.equal((await taken.ended).by, "remote");
        });
      }
    }
  });

  test("an echo comes back; muted, nothing does", async () => {
    const [call, taken] = await connect({ media: { codecs: ["PCMU"] } });
    void taken.play({ kind: "echo" });
    void call.play({ kind: "sine", hz: 440 });
    const ear = await Ear.of(call);
    await until(() => ear.isTone(440), 400);
    await call.mute(true);
    await until(() => ear.isSilent(), 400);
    await call.mute(false);
    await until(() => ear.isTone(440), 400);
    await call.hangUp();
    await taken.ended;
  });

  test("three calls in a mix hear each other, and not themselves", async () => {
    const pairs = [];
    for (let count = 0; count < 3; count++) pairs.push(await connect({ media: { codecs: ["G722"] } }));
    for (const [, taken] of pairs) void taken.play({ kind: "mix", group: "room" });
    const [first, second, third] = await Promise.all(pairs.map(([call]) => Ear.of(call)));
    void pairs[0]![0].play({ kind: "sine", hz: 440 });
    await until(() => second!.isTone(440), 400);
    await until(() => third!.isTone(440), 400);
    assert.ok(first!.isSilent());
    await Promise.all(pairs.map(([call]) => call.hangUp()));
  });

  test("digits, a text, hold and a transfer, from end to end", async () => {
    const [call, taken] = await connect();
    const digits = taken.collectDigits({ max: 3, terminator: "#" });
    await call.sendDigits("42#", { toneMs: 60 });
    assert.equal(await digits, "42");
    const text = new Promise((resolve) => taken.events.once("message", resolve));
    await call.message("Grüße");
    assert.equal(await text, "Grüße");
    await call.hold();
    assert.equal(taken.held.byThem, true);
    await call.resume();
    await assert.rejects(call.transfer(alice.contact), { code: "CALL_TRANSFER_FAILED", status: 603 });
    assert.equal(call.state, "active");
    await taken.hangUp({ reason: "done" });
    assert.equal((await call.ended).text, "the other side hung up (done)");
    assert.ok((await call.statistics()).received.packets > 0);
  });

  test("nothing is left of them", async () => {
    for (const agent of [alice, bob]) {
      assert.deepEqual([agent.calls.size, agent.core.sessions.size], [0, 0]);
      const { sessions, portsInUse } = await agent.mediaEngine.stats();
      assert.deepEqual([sessions, portsInUse], [0, 0]);
    }
  });
});

/** Nothing but this tone, as loud as it was played. */
function isTone(samples: Int16Array, hz: number): boolean {
  const heard = measure(samples.subarray(800), hz);
  return samples.length > 4_000 && heard.purity > 0.95 && Math.abs(heard.amplitude / amplitude - 1) < 0.15;
}

/** Left and right of a recording. */
async function stereo(file: string): Promise<readonly [Int16Array, Int16Array]> {
  const wav = await readFile(file);
  const frames = (wav.length - 44) / 4;
  const side = (offset: number): Int16Array =>
    Int16Array.from({ length: frames }, (_, at) => wav.readInt16LE(44 + 4 * at + offset));
  return [side(0), side(2)];
}
