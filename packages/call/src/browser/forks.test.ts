import assert from "node:assert/strict";
import { test } from "node:test";
import { Forks } from "./forks.ts";

/** What the connection is given, in order, as `type leg`. */
function given(forks: Forks): string[] {
  const all: string[] = [];
  for (let next = forks.next(); next !== undefined; next = forks.next()) {
    forks.done(next);
    all.push(`${next.type} ${next.leg}`);
  }
  return all;
}

test("the first answer before the call is up is a preview, and is final once it is (RFC 8829 §3.6)", () => {
  const forks = new Forks(true);
  forks.answered("a", "sdp");
  assert.deepEqual(given(forks), ["pranswer a"]);
  assert.deepEqual(given(forks), []);
  forks.select("a");
  assert.deepEqual(given(forks), ["answer a"]);
  assert.deepEqual(given(forks), []);
});

test("of several early dialogs the first is heard, and whoever is answered in the end gets the connection (RFC 3261 §13.2.2.4)", () => {
  const forks = new Forks(true);
  forks.answered("a", "sdp a");
  forks.answered("b", "sdp b");
  assert.deepEqual(given(forks), ["pranswer a"]);
  forks.select("b");
  assert.deepEqual(given(forks), ["answer b"]);
});

test("an early dialog that comes to nothing makes room for the next one", () => {
  const forks = new Forks(true);
  forks.answered("a", "sdp a");
  forks.answered("b", "sdp b");
  given(forks);
  forks.drop("a");
  assert.deepEqual(given(forks), ["pranswer b"]);
});

test("who is answered before its description is there gets the connection when it comes", () => {
  const forks = new Forks(true);
  forks.answered("a", "sdp a");
  forks.select("b");
  assert.deepEqual(given(forks), []);
  forks.answered("b", "sdp b");
  assert.deepEqual(given(forks), ["answer b"]);
});

test("a preview that comes again in other words is applied again", () => {
  const forks = new Forks(true);
  forks.answered("a", "one");
  given(forks);
  forks.answered("a", "two");
  assert.deepEqual(given(forks), ["pranswer a"]);
});

test("without previews nothing is applied before the answer", () => {
  for (const forks of [new Forks(false), new Forks(true)]) {
    forks.withoutPreviews();
    forks.answered("a", "sdp a");
    assert.deepEqual(given(forks), []);
    forks.select("a");
    assert.deepEqual(given(forks), ["answer a"]);
  }
});
