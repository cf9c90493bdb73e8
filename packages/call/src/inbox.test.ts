import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbox } from "./inbox.ts";

test("each value goes to one reader, in order; what nobody waits for is kept", async () => {
  const inbox = new Inbox<number>({ limit: 10 });
  const [first, second] = [inbox.take(), inbox.take()];
  for (const value of [1, 2, 3]) inbox.put(value);
  assert.deepEqual([await first, await second, inbox.size, await inbox.take()], [1, 2, 1, 3]);
});

test("beyond the limit the oldest is forgotten, with and without somebody who wants to know", () => {
  const forgotten: number[] = [];
  for (const onForgotten of [undefined, (value: number): unknown => forgotten.push(value)]) {
    const inbox = new Inbox<number>({ limit: 2, ...(onForgotten === undefined ? {} : { onForgotten }) });
    for (const value of [1, 2, 3, 4]) inbox.put(value);
    assert.equal(inbox.size, 2);
  }
  assert.deepEqual(forgotten, [1, 2]);
});

test("an aborted reader gets nothing and takes nothing away", async () => {
  const inbox = new Inbox<number>({ limit: 2 });
  const abort = new AbortController();
  const waiting = inbox.take(abort.signal);
  abort.abort();
  assert.equal(await waiting, undefined);
  inbox.put(1);
  assert.equal(await inbox.take(abort.signal), undefined);
  assert.equal(await inbox.take(), 1);
});

test("closed: readers end, what waits can be read, nothing more comes in", async () => {
  const inbox = new Inbox<number>({ limit: 2 });
  const waiting = inbox.take();
  inbox.close();
  inbox.put(1);
  assert.deepEqual([await waiting, await inbox.take()], [undefined, undefined]);
  const other = new Inbox<number>({ limit: 2 });
  other.put(1);
  other.close();
  assert.deepEqual([await other.take(), await other.take()], [1, undefined]);
});

test("an iteration counts from the start, and ends by return, by its signal or with the inbox", async () => {
  const inbox = new Inbox<number>({ limit: 2 });
  const iteration = inbox.read();
  assert.equal(inbox.iterations, 1);
  const waiting = iteration.next();
  await iteration.return?.();
  assert.deepEqual([inbox.iterations, await waiting], [0, { value: undefined, done: true }]);
  inbox.put(1);
  assert.equal(inbox.size, 1, "an iteration that is over takes nothing");

  const abort = new AbortController();
  const byeBye = inbox.read(abort.signal);
  abort.abort();
  assert.deepEqual([await byeBye.next(), inbox.iterations, inbox.size], [{ value: undefined, done: true }, 0, 1]);
  assert.deepEqual([await inbox.read(abort.signal).next(), inbox.iterations], [{ value: undefined, done: true }, 0]);

  const last = inbox.read();
  assert.deepEqual(await last.next(), { value: 1, done: false });
  inbox.close();
  assert.deepEqual([await last.next(), inbox.iterations], [{ value: undefined, done: true }, 0]);
});

test("what waits when the last of several iterations ends is forgotten, where that is wanted", async () => {
  const forgotten: number[] = [];
  const inbox = new Inbox<number>({ limit: 9, forgetsUnread: true, onForgotten: (value) => forgotten.push(value) });
  const [first, second] = [inbox.read(), inbox.read()];
  inbox.put(1);
  await first.return?.();
  assert.deepEqual([forgotten, inbox.size], [[], 1]);
  await second.return?.();
  await second.return?.();
  assert.deepEqual([forgotten, inbox.size], [[1], 0]);
});
