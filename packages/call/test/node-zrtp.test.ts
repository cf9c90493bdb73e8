import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { createMediaEngine, type MediaEngine } from "@trapezoid/media";
import { createFakeClock, type FakeClock, leakCheck } from "@trapezoid/testkit";
import { virtualDatagrams } from "../../media/test/virtual-datagrams.ts";
import type { MediaProfile } from "../src/media-port.ts";
import { NodeCallMedia } from "../src/node/node-call-media.ts";
import type { AgreedMedia } from "../src/values.ts";

interface Side {
  readonly media: NodeCallMedia;
  readonly secured: (readonly [sas: string, verified: boolean])[];
  readonly warnings: string[];
  readonly failures: string[];
  readonly changes: AgreedMedia[];
}

let clock: FakeClock;
let network: ReturnType<typeof virtualDatagrams>;
let opened: { readonly engines: MediaEngine[]; readonly sides: Side[] } | undefined;

function openSide(profile: MediaProfile): Side {
  if (opened === undefined) {
    clock = createFakeClock();
    network = virtualDatagrams(clock);
    opened = { engines: [], sides: [] };
  }
  const address = `192.0.2.${opened.engines.length + 1}`;
  const engine = createMediaEngine({ address }, { clock, bind: network.bind });
  const media = new NodeCallMedia(
    { engine, clock, addressFor: async () => address, advertise: undefined, sessionId: () => "1" },
    { towards: undefined, profile: { codecs: ["PCMU"], ...profile } },
  );
  const side: Side = { media, secured: [], warnings: [], failures: [], changes: [] };
  media.events.on("secured", (sas, verified) => side.secured.push([sas, verified]));
  media.events.on("warning", (text) => side.warnings.push(text));
  media.events.on("failed", (error) => side.failures.push((error as Error & { code: string }).code));
  media.events.on("changed", (agreed) => side.changes.push(agreed));
  opened.engines.push(engine);
  opened.sides.push(side);
  return side;
}

/** A call from the first to the second: both descriptions. */
async function call(
  { media: a }: Side,
  { media: b }: Side,
  video?: "sendrecv",
): Promise<readonly [offer: string, answer: string]> {
  const offer = await a.offer(undefined, { audio: "sendrecv", video });
  const answer = await b.answer("x", offer, { audio: "sendrecv", video });
  assert.equal(typeof answer, "string");
  assert.equal(a.accept("y", answer as string, false), undefined);
  a.select("y");
  b.select("x");
  await Promise.all([a.settled(), b.settled()]);
  return [offer, answer as string];
}

afterEach(async () => {
  const { engines = [], sides = [] } = opened ?? {};
  if (opened === undefined) return;
  opened = undefined;
  await Promise.all(sides.map(({ media }) => media.close()));
  await Promise.all(engines.map((engine) => engine.close()));
  await clock.advanceAsync(500);
  leakCheck({ clock, counts: { sockets: network.open } });
});

const hash = /^a=zrtp-hash:1\.10 [0-9a-f]{64}\r$/m;

test("both announce their Hello, agree on keys, and tell the same string (RFC 6189 §8.1)", async () => {
  const [a, b] = [openSide({ zrtp: true }), openSide({ zrtp: true })];
  const [offer, answer] = await call(a, b);
  assert.match(offer, hash);
  assert.match(answer, hash);
  // Keys that the signalling would see are not proposed.
  assert.doesNotMatch(offer + answer, /a=crypto/);
  assert.equal(a.media.agreed?.audio?.security, "none");
  await clock.advanceAsync(1_000);
  assert.deepEqual(a.secured, b.secured);
  assert.deepEqual(a.secured, [[a.media.security!.sas, false]]);
  assert.equal(a.media.security!.announced, true);
  assert.equal(a.media.agreed?.audio?.security, "zrtp");
  assert.equal(a.changes.at(-1)?.audio?.security, "zrtp");
  assert.equal((await a.media.statistics()).security, "zrtp");
  await a.media.verifySas(true);
  assert.deepEqual(a.secured.at(-1), [a.media.security!.sas, true]);
});

test("a description that comes again announces the same Hello, and the keys stay", async () => {
  const [a, b] = [openSide({ zrtp: true }), openSide({ zrtp: true })];
  const [offer] = await call(a, b);
  await clock.advanceAsync(1_000);
  const again = await a.media.offer("y", { audio: "sendonly", video: undefined });
  assert.equal(again.match(hash)?.[0], offer.match(hash)?.[0]);
  const answer = (await b.media.answer("x", again, { audio: "sendrecv", video: undefined })) as string;
  assert.equal(a.media.accept("y", answer, false), undefined);
  await Promise.all([a.media.settled(), b.media.settled()]);
  await clock.advanceAsync(1_000);
  assert.equal(a.secured.length, 1);
  assert.equal(a.media.agreed?.audio?.security, "zrtp");
});

test("video of the call is protected with the sound's keys (RFC 6189 §4.4.3)", async () => {
  const [a, b] = [openSide({ zrtp: true }), openSide({ zrtp: true })];
  const [offer] = await call(a, b, "sendrecv");
  assert.equal(offer.match(/a=zrtp-hash/g)?.length, 2);
  await clock.advanceAsync(2_000);
  assert.deepEqual([a.media.agreed?.audio?.security, a.media.agreed?.video?.security], ["zrtp", "zrtp"]);
  // §7: one string in a call.
  assert.equal(a.secured.length, 1);
});

test("one without ZRTP: what SDES it offers is taken, and what it lacks is told", async () => {
  const [a, b] = [openSide({}), openSide({ zrtp: true })];
  const [, answer] = await call(a, b);
  assert.match(answer, /a=crypto/);
  assert.equal(b.media.agreed?.audio?.security, "sdes");

  const [c, d] = [openSide({ zrtp: true }), openSide({})];
  const [offer] = await call(c, d);
  assert.doesNotMatch(offer, /a=crypto/);
  await clock.advanceAsync(6_000);
  assert.match(c.warnings[0]!, /does not answer ZRTP; media is not protected/);
  assert.deepEqual(c.failures, []);
  await assert.rejects(c.media.verifySas(true), { code: "CALL_NO_SAS" });
});

test("SDES that is asked for is offered beside ZRTP, and yields to it where both have it (RFC 6189 §8)", async () => {
  const [a, b] = [openSide({ zrtp: true, srtp: "offer" }), openSide({ zrtp: true })];
  const [offer, answer] = await call(a, b);
  assert.match(offer, /a=crypto/);
  assert.match(offer, hash);
  assert.doesNotMatch(answer, /a=crypto/);
  await clock.advanceAsync(1_000);
  assert.equal(a.media.agreed?.audio?.security, "zrtp");
});

test("required: a call that comes to no keys fails after its answer, not before", async () => {
  const [a, b] = [openSide({ zrtp: "required" }), openSide({})];
  const offer = await a.media.offer(undefined, { audio: "sendrecv", video: undefined });
  const answer = (await b.media.answer("x", offer, { audio: "sendrecv", video: undefined })) as string;
  // A preview in a 183.
  assert.equal(a.media.accept("y", answer, true), undefined);
  await a.media.settled();
  await clock.advanceAsync(8_000);
  assert.match(a.warnings[0]!, /nothing is sent/);
  assert.deepEqual(a.failures, []);
  assert.equal(a.media.accept("y", answer, false), undefined);
  a.media.select("y");
  await clock.advanceAsync(16_000);
  assert.deepEqual(a.failures, ["CALL_NO_SECURE_MEDIA"]);
});
