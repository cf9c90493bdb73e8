import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { ZrtpCacheChange } from "../zrtp/cache.ts";
import { openZidFile } from "./zid-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "trapezoid-zid-"));
after(() => rmSync(folder, { recursive: true }));

function remember(peer: string, octet: number, verified = false): ZrtpCacheChange {
  return { kind: "remember", peer, secret: new Uint8Array(32).fill(octet), verified, seconds: 0xffffffff };
}

test("identity and secrets outlive the process, readable by their owner alone (RFC 6189 §4.9)", async () => {
  const file = path.join(folder, "made", "zid.json");
  const first = await openZidFile(file);
  assert.equal(first.zid.length, 12);
  first.update(remember("aa", 1));
  first.update(remember("aa", 2, true));
  first.update({ kind: "remember", peer: "bb", secret: new Uint8Array(32), verified: false, seconds: 60 });
  await first.flush();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(path.dirname(file)), ["zid.json"]);

  const now = Date.now();
  const second = await openZidFile(file, { now: () => now + 30_000 });
  assert.deepEqual(second.zid, first.zid);
  const found = (await second.lookup("aa"))!;
  assert.deepEqual([found.rs1, found.rs2], [new Uint8Array(32).fill(2), new Uint8Array(32).fill(1)]);
  assert.equal(found.verified, true);
  assert.ok(await second.lookup("bb"));
  const later = await openZidFile(file, { now: () => now + 90_000 });
  assert.equal(await later.lookup("bb"), undefined);
});

test("two installations have two identities", async () => {
  const [one, two] = await Promise.all(["one", "two"].map((name) => openZidFile(path.join(folder, name))));
  assert.notDeepEqual(one!.zid, two!.zid);
});

test("many changes at once are all written", async () => {
  const file = path.join(folder, "many");
  {
    await using cache = await openZidFile(file, { maxPeers: 50 });
    for (let index = 0; index < 80; index++) cache.update(remember(`p${index}`, index));
  }
  const again = await openZidFile(file);
  assert.equal(await again.lookup("p29"), undefined);
  for (let index = 30; index < 80; index++) assert.equal((await again.lookup(`p${index}`))?.rs1?.[0], index);
});

test("what cannot be written is told, and calls go on", async () => {
  const inside = path.join(folder, "gone");
  const file = path.join(inside, "zid");
  const errors: Error[] = [];
  const cache = await openZidFile(file, { onError: (error) => errors.push(error) });
  rmSync(inside, { recursive: true });
  writeFileSync(inside, "a file where the folder was");
  cache.update(remember("aa", 1));
  await cache.flush();
  assert.equal(errors.length, 1);
  assert.ok(await cache.lookup("aa"));
});

test("a file that is something else is refused in words, and left as it is", async () => {
  const right = path.join(folder, "right");
  const cache = await openZidFile(right);
  cache.update(remember("aa", 1));
  await cache.flush();
  const text = readFileSync(right, "utf8");
  const broken = {
    "no JSON": "hello",
    "another format": '{"format":"other"}',
    null: "null",
    "a short zid": text.replace(/"zid": "../, '"zid": "'),
    "a secret that is none": text.replace(/"rs1": "../, '"rs1": "zz'),
    "a flag that is none": text.replace("false", '"no"'),
  };
  for (const [name, content] of Object.entries(broken)) {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    await assert.rejects(openZidFile(file), { code: "RTP_BAD_ZID_FILE" }, name);
    assert.equal(readFileSync(file, "utf8"), content);
  }
});
