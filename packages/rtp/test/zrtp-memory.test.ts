import assert from "node:assert/strict";
import { test } from "node:test";
import { createZrtpCache, type ZrtpCache } from "../src/index.ts";
import { canTalk, connect, type Link, type PartyOptions, run } from "./zrtp-link.ts";

interface Phones {
  readonly a: ZrtpCache;
  readonly b: ZrtpCache;
}

function phones(): Phones {
  return { a: createZrtpCache(new Uint8Array(12).fill(1)), b: createZrtpCache(new Uint8Array(12).fill(2)) };
}

const [zidA, zidB] = ["01".repeat(12), "02".repeat(12)];
let calls = 0;

async function call(
  { a, b }: Phones,
  ofA: Partial<PartyOptions> = {},
  ofB: Partial<PartyOptions> = {},
  options: Parameters<typeof connect>[2] = {},
): Promise<Link> {
  calls += 2;
  const link = connect({ seed: calls, cache: a, ...ofA }, { seed: calls + 1, cache: b, ...ofB }, options);
  await run(link, 20_000);
  return link;
}

test("secrets of earlier calls go into the keys of later ones, and nobody need compare again (RFC 6189 §4.3, §7.1)", async () => {
  const both = phones();
  const first = await call(both);
  assert.equal(first.a.engine.security!.continuity, false);
  assert.equal(first.a.engine.security!.verified, false);
  first.a.do(first.a.engine.verify(true));
  assert.equal(first.a.engine.security!.verified, true);
  assert.equal(first.a.told("changed").at(-1)?.security.verified, true);

  const second = await call(both);
  const [a, b] = [second.a.engine.security!, second.b.engine.security!];
  assert.deepEqual([a.continuity, a.verified, a.verifiedByPeer], [true, true, false]);
  assert.deepEqual([b.continuity, b.verified, b.verifiedByPeer], [true, false, true]);
  assert.deepEqual([...second.a.warnings, ...second.b.warnings], []);
  assert.ok(canTalk(second));
  for (let more = 0; more < 3; more++) assert.equal((await call(both)).a.engine.security!.verified, true);
});

test("one side that missed the end of a call is in step again by rs2 (RFC 6189 §4.6.1)", async () => {
  const both = phones();
  await call(both);
  // The responder has remembered, the initiator never hears its Conf2ACK.
  const broken = await call(
    both,
    {},
    { passive: true },
    { onPacket: (packet, type) => (type === "Conf2ACK" ? [] : [packet]) },
  );
  assert.equal(broken.a.told("remember").length, 0);
  assert.equal(broken.b.told("remember").length, 1);
  const next = await call(both);
  assert.deepEqual([next.a.engine.security!.continuity, next.b.engine.security!.continuity], [true, true]);
  assert.deepEqual([...next.a.warnings, ...next.b.warnings], []);
});

test("a side that lost its memory is noticed by the other one, which remembers nothing new until its user has compared (RFC 6189 §4.3.2, §4.6.1.1)", async () => {
  const both = phones();
  const first = await call(both);
  first.a.do(first.a.engine.verify(true));
  const before = await both.a.lookup(zidB!);
  const forgetful = { ...both, b: phones().b };
  const second = await call(forgetful);
  assert.deepEqual(second.a.warnings, ["cacheMismatch"]);
  assert.deepEqual(second.b.warnings, []);
  assert.equal(second.a.engine.security!.verified, false);
  assert.equal(second.a.engine.security!.continuity, false);
  assert.equal(second.a.told("remember").length, 0);
  assert.deepEqual(await both.a.lookup(zidB!), before);

  // On every call until then; by now the other side expects something, too.
  const third = await call(forgetful);
  assert.deepEqual([third.a.warnings, third.b.warnings], [["cacheMismatch"], ["cacheMismatch"]]);
  third.a.do(third.a.engine.verify(true));
  third.b.do(third.b.engine.verify(true));
  assert.equal((await both.a.lookup(zidB!))?.verified, true);
  const fourth = await call(forgetful);
  assert.deepEqual(fourth.a.warnings, []);
  assert.equal(fourth.a.engine.security!.verified, true);
  assert.equal(fourth.a.engine.security!.continuity, true);
});

test("a string that differs erases what was remembered (RFC 6189 §7.1)", async () => {
  const both = phones();
  await call(both);
  const second = await call(both);
  second.a.do(second.a.engine.verify(false));
  assert.equal(await both.a.lookup(zidB!), undefined);
  assert.equal(second.a.engine.security!.verified, false);
  // And after a mismatch nothing new is remembered either.
  const third = await call(both);
  assert.deepEqual(third.b.warnings, ["cacheMismatch"]);
  third.b.do(third.b.engine.verify(false));
  assert.equal(await both.b.lookup(zidA!), undefined);
  third.b.do(third.b.engine.verify(true));
  assert.equal(await both.b.lookup(zidA!), undefined);
});

test("where one side keeps nothing, nobody does, and there is no false alarm (RFC 6189 §4.9, §4.9.1)", async () => {
  const both = phones();
  const link = await call(both, { cacheSeconds: 0 });
  assert.equal(link.a.told("lookup").length, 0);
  assert.equal(await both.a.lookup(zidB!), undefined);
  assert.equal(await both.b.lookup(zidA!), undefined);
  await call(both);
  assert.ok(await both.b.lookup(zidA!));
  // From now on A keeps nothing: B is warned once, its user compares, and then B keeps nothing either.
  const last = await call(both, { cacheSeconds: 0 });
  assert.deepEqual(last.b.warnings, ["cacheMismatch"]);
  assert.equal(await both.b.lookup(zidA!), undefined);
  assert.deepEqual((await call(both, { cacheSeconds: 0 })).b.warnings, []);
});

test("the lesser of both times counts (RFC 6189 §4.9)", async () => {
  const link = await call(phones(), { cacheSeconds: 1_000 }, { cacheSeconds: 50 });
  assert.equal(link.a.told("remember")[0]?.seconds, 50);
  assert.equal(link.b.told("remember")[0]?.seconds, 50);
});

test("a secret agreed on by other means goes in when both have it; a difference is told (RFC 6189 §4.3, §4.3.2)", async () => {
  const auxSecret = new Uint8Array(32).fill(9);
  const same = await call(phones(), { auxSecret }, { auxSecret });
  assert.deepEqual([...same.a.warnings, ...same.b.warnings], []);
  assert.ok(canTalk(same));
  const other = await call(phones(), { auxSecret }, { auxSecret: new Uint8Array(32).fill(8) });
  assert.deepEqual([other.a.warnings, other.b.warnings], [["auxMismatch"], ["auxMismatch"]]);
  assert.ok(canTalk(other));
  const alone = await call(phones(), { auxSecret });
  assert.deepEqual([alone.a.warnings, alone.b.warnings], [["auxMismatch"], []]);
});
