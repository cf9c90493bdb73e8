import assert from "node:assert/strict";
import { test } from "node:test";
import { canTalk, connect, type Link, type PartyOptions, run } from "./zrtp-link.ts";

const zids = [new Uint8Array(12).fill(1), new Uint8Array(12).fill(2)] as const;

async function firstStream(): Promise<Link> {
  const link = connect({ zid: zids[0] }, { zid: zids[1] });
  await run(link);
  return link;
}

function further(first: Link, seed: number, ofA: Partial<PartyOptions> = {}, ofB: Partial<PartyOptions> = {}): Link {
  const [a, b] = [first.a, first.b].map((party) => ({ master: party.told("secured")[0]!.master }));
  return connect({ seed, zid: zids[0], ...a, ...ofA }, { seed: seed + 1, zid: zids[1], ...b, ...ofB });
}

test("further streams take their keys from the first, without DHPart, each its own, under one string (RFC 6189 §4.4.3, §7)", async () => {
  const first = await firstStream();
  const keys = new Set([Buffer.from(first.a.told("secured")[0]!.send.masterKey).toString("hex")]);
  for (const seed of [31, 41, 51]) {
    const link = further(first, seed);
    await run(link);
    assert.ok(canTalk(link));
    assert.ok(![...link.a.sent, ...link.b.sent].some((type) => type.startsWith("DHPart")));
    // §7: there is one string in a call; and memory is not touched (§4.4.3).
    assert.equal(link.a.engine.security!.sas, first.a.engine.security!.sas);
    assert.equal(link.a.engine.security!.agreement, "Mult");
    assert.equal(link.a.told("remember").length, 0);
    keys.add(Buffer.from(link.a.told("secured")[0]!.send.masterKey).toString("hex"));
  }
  assert.equal(keys.size, 4);
});

test("of two Commits of further streams the one with the greater nonce stays (RFC 6189 §4.2, §4.4.3.1)", async () => {
  const first = await firstStream();
  for (let seed = 61; seed < 80; seed += 2) {
    const link = further(first, seed);
    await run(link);
    const [ofA, ofB] = [link.a, link.b].map((party) =>
      Buffer.from(party.packets[party.sent.indexOf("Commit")]!.subarray(12 + 76, 12 + 92)),
    );
    assert.equal((ofA!.compare(ofB!) > 0 ? link.a : link.b).engine.security!.role, "initiator");
    assert.ok(canTalk(link));
  }
});

test("Confirm1 answers a Commit that comes again (RFC 6189 §6)", async () => {
  const first = await firstStream();
  const { master } = first.a.told("secured")[0]!;
  let lost = 2;
  const link = connect(
    { seed: 31, zid: zids[0], master },
    {
      seed: 32,
      zid: zids[1],
      passive: true,
      master: first.b.told("secured")[0]!.master,
    },
    {
      onPacket: (packet, type) => (type === "Confirm1" && lost-- > 0 ? [] : [packet]),
    },
  );
  await run(link);
  assert.ok(canTalk(link));
  assert.equal(link.a.sent.filter((type) => type === "Commit").length, 3);
});

test("without a first stream, with another party, or with a nonce that was used there is none (RFC 6189 §4.4.3.1)", async () => {
  const first = await firstStream();
  const alone = further(first, 31, {}, { passive: true });
  const without = connect(
    { seed: 31, zid: zids[0], master: first.a.told("secured")[0]!.master },
    { seed: 32, zid: zids[1], passive: true },
  );
  await run(without);
  assert.equal(without.b.told("failed")[0]?.failure.code, 0x56);
  assert.equal(without.a.told("failed")[0]?.failure.kind, "peer");

  await run(alone);
  const nonce = Buffer.from(alone.a.packets[alone.a.sent.indexOf("Commit")]!.subarray(12 + 76, 12 + 92)).toString(
    "hex",
  );
  assert.ok(first.b.told("secured")[0]!.master.nonces.has(nonce));
  // The same secrets draw the same nonce.
  const again = further(first, 31, {}, { passive: true });
  await run(again);
  assert.equal(again.b.told("failed")[0]?.failure.code, 0x80);

  const stranger = further(first, 91, { zid: new Uint8Array(12).fill(3) }, { passive: true });
  await run(stranger);
  assert.equal(stranger.b.told("failed")[0]?.failure.code, 0x56);
});
