import assert from "node:assert/strict";
import { test } from "node:test";
import { type PageStorage, takePageInstance } from "./page-instance.ts";

function storage(
  items: ReadonlyMap<string, string> = new Map(),
): PageStorage & { readonly items: Map<string, string> } {
  const own = new Map(items);
  return {
    items: own,
    getItem: (key) => own.get(key) ?? null,
    setItem: (key, value) => void own.set(key, value),
    removeItem: (key) => void own.delete(key),
  };
}

test("an instance is a UUID, and the same after a reload (RFC 5626 §4.1)", () => {
  const tab = storage();
  const first = takePageInstance("sip:alice@example.com", tab);
  assert.match(first.id, /^urn:uuid:[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
  first.leave();
  assert.equal(takePageInstance("sip:alice@example.com", tab).id, first.id);
});

test("a tab that is duplicated while its page is open is another instance: two flows of one would end each other", () => {
  const tab = storage();
  const first = takePageInstance("sip:alice@example.com", tab);
  assert.notEqual(takePageInstance("sip:alice@example.com", storage(tab.items)).id, first.id);
});

test("each address has an instance of its own, and none is needed where the browser forbids storage", () => {
  const tab = storage();
  const alice = takePageInstance("sip:alice@example.com", tab);
  alice.leave();
  assert.notEqual(takePageInstance("sip:bob@example.com", tab).id, alice.id);
  assert.match(takePageInstance("sip:bob@example.com", undefined).id, /^urn:uuid:/);
});
