import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBindings } from "../binding-record.ts";
import { sampleBinding, sampleUpdate } from "../contract-suite.ts";
import { AS_ASKED, decodeOutcomes, decodeUpdates, encodeOutcomes, encodeUpdates } from "./protocol.ts";

const alice = sampleBinding({ aor: "alice@example.com", path: ["<sip:p.example.com;lr>"] });
const umlaut = sampleBinding({ aor: "älice@example.com", contact: "sip:%C3%A4lice@192.0.2.1" });
const updates = [
  sampleUpdate([alice, { ...alice, contact: "sip:alice@192.0.2.8" }]),
  sampleUpdate([], { aor: "bob@example.com", removeAll: true, at: 1_700_000_000_000 }),
  sampleUpdate([umlaut], { maxContacts: 3 }),
];

test("updates cross the threads unchanged", () => {
  const decoded = decodeUpdates(encodeUpdates(updates)).map(({ records, count, ...rest }) => {
    const contacts = decodeBindings(rest.aor, records);
    assert.equal(contacts.length, count);
    return { ...rest, contacts };
  });
  assert.deepEqual(decoded, updates);
  assert.deepEqual(decodeUpdates(""), []);
});

test("outcomes cross the threads unchanged, and one that is as asked costs one character", () => {
  const other = { ok: true, bindings: [{ ...umlaut, contact: "sip:other@192.0.2.9" }, umlaut] } as const;
  const text = encodeOutcomes([
    AS_ASKED,
    { ok: false, reason: "storage", message: "database or\ndisk is full" },
    other,
  ]);
  assert.ok(text.startsWith("=\nstorage\n"));
  assert.deepEqual(decodeOutcomes(updates, text), [
    { ok: true, bindings: updates[0]!.contacts },
    { ok: false, reason: "storage", message: "database or disk is full" },
    other,
  ]);
});

test("an outcome without bindings is not taken for one as asked", () => {
  const removal = sampleUpdate([{ ...alice, expiresAt: 0 }]);
  const text = encodeOutcomes([{ ok: true, bindings: [] }]);
  assert.deepEqual(decodeOutcomes([removal], text), [{ ok: true, bindings: [] }]);
});
