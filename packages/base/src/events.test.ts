import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "./events.ts";

interface Events extends Record<string, readonly unknown[]> {
  called: [from: string, at: number];
  ended: [];
}

test("listeners hear their event with its arguments, in order of registration", () => {
  const emitter = new Emitter<Events>();
  const heard: string[] = [];
  emitter.on("called", (from, at) => heard.push(`1 ${from} ${at}`));
  emitter.on("called", (from) => heard.push(`2 ${from}`));
  emitter.on("ended", () => heard.push("ended"));
  emitter.emit("called", "alice", 5);
  assert.deepEqual(heard, ["1 alice 5", "2 alice"]);
});

test("disposing removes the listener; once() removes itself", () => {
  const emitter = new Emitter<Events>();
  let heard = 0;
  const registration = emitter.on("ended", () => heard++);
  emitter.once("ended", () => heard++);
  assert.equal(emitter.listenerCount("ended"), 2);
  emitter.emit("ended");
  assert.equal(emitter.listenerCount(), 1);
  registration[Symbol.dispose]();
  emitter.emit("ended");
  assert.equal(heard, 2);
  assert.equal(emitter.listenerCount(), 0);
});

test("a listener that another one removes during the event is not told; one that is added waits for the next", () => {
  const emitter = new Emitter<Events>();
  const heard: string[] = [];
  emitter.on("ended", () => {
    heard.push("a");
    b[Symbol.dispose]();
    emitter.once("ended", () => heard.push("c"));
  });
  const b = emitter.on("ended", () => heard.push("b"));
  emitter.emit("ended");
  assert.deepEqual(heard, ["a"]);
  emitter.emit("ended");
  assert.deepEqual(heard, ["a", "a", "c"]);
  emitter.removeAll();
  assert.equal(emitter.listenerCount(), 0);
});

test("what a listener throws reaches onError, and the others are told; without onError it reaches whoever emits", () => {
  const errors: unknown[] = [];
  const heard: string[] = [];
  const guarded = new Emitter<Events>((error) => errors.push(error));
  const fault = new TypeError("a listener's");
  guarded.on("ended", () => {
    throw fault;
  });
  guarded.on("ended", () => heard.push("the second"));
  guarded.emit("ended");
  assert.deepEqual([errors, heard], [[fault], ["the second"]]);

  const bare = new Emitter<Events>();
  bare.on("ended", () => {
    throw fault;
  });
  assert.throws(() => bare.emit("ended"), fault);
});
