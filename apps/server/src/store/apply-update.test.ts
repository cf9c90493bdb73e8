import assert from "node:assert/strict";
import { test } from "node:test";
import { applyUpdate } from "./apply-update.ts";
import type { Binding, BindingUpdate } from "./contract.ts";
import { sampleBinding, sampleUpdate } from "./contract-suite.ts";

const at = 1_700_000_000_000;
const aor = "alice@example.com";

function binding(given: Partial<Binding> = {}): Binding {
  return sampleBinding({ aor, expiresAt: at + 60_000, updatedAt: at, ...given });
}

/** Applies contacts of one REGISTER, or fails the test when they are refused. */
function applied(
  current: readonly Binding[],
  contacts: readonly Binding[],
  given: Partial<BindingUpdate> = {},
): readonly Binding[] {
  const { outcome } = applyUpdate(current, sampleUpdate(contacts, { aor, at, callId: "other", ...given }));
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.message);
  return outcome.bindings;
}

function refused(current: readonly Binding[], contacts: readonly Binding[], given: Partial<BindingUpdate>): string {
  const { outcome, changed } = applyUpdate(current, sampleUpdate(contacts, { aor, at, ...given }));
  assert.equal(changed, false);
  return outcome.ok ? "accepted" : outcome.reason;
}

test("a contact with an equal URI is replaced, not added (RFC 3261 §10.3 step 7, §19.1.4, §10.2.4)", () => {
  const current = [binding({ contact: "sip:%61lice@EXAMPLE.com;newparam=5" })];
  const fresh = binding({ contact: "sip:alice@example.com", cseq: 2 });
  assert.deepEqual(applied(current, [fresh]), [fresh]);
});

test("a contact whose URI differs in transport, port or user is another contact (RFC 3261 §19.1.4)", () => {
  for (const contact of [
    "sip:alice@192.0.2.7:51234;transport=tcp",
    "sip:alice@192.0.2.7:51235",
    "sip:Alice@192.0.2.7:51234",
  ]) {
    assert.equal(applied([binding()], [binding({ contact })]).length, 2, contact);
  }
});

test("with the same Call-ID the CSeq must be higher, or the request fails (RFC 3261 §10.3 step 7)", () => {
  const current = [binding({ callId: "c", cseq: 7 })];
  for (const cseq of [6, 7]) assert.equal(refused(current, [binding()], { callId: "c", cseq }), "out-of-order");
  assert.equal(applied(current, [binding()], { callId: "c", cseq: 8 }).length, 1);
  assert.equal(applied(current, [binding()], { callId: "d", cseq: 1 }).length, 1);
});

test("a removal is held to the same order (RFC 3261 §10.3 step 7)", () => {
  const current = [binding({ callId: "c", cseq: 7 })];
  const removal = binding({ expiresAt: at });
  assert.equal(refused(current, [removal], { callId: "c", cseq: 7 }), "out-of-order");
  assert.deepEqual(applied(current, [removal], { callId: "c", cseq: 8 }), []);
  assert.deepEqual(applied([], [removal]), []);
});

test("Contact: * removes all, unless one of them has a later CSeq of this Call-ID (RFC 3261 §10.3 step 6)", () => {
  const current = [binding({ callId: "a", cseq: 3 }), binding({ callId: "b", cseq: 9, contact: "sip:b@192.0.2.8" })];
  assert.equal(refused(current, [], { removeAll: true, callId: "b", cseq: 9 }), "out-of-order");
  assert.deepEqual(applied(current, [], { removeAll: true, callId: "b", cseq: 10 }), []);
  assert.deepEqual(applied(current, [], { removeAll: true, callId: "new", cseq: 1 }), []);
});

test("a phone that names its device replaces its old contact from wherever it comes", () => {
  const instance = "<urn:uuid:1>";
  const current = [binding({ instance, contact: "sip:a@192.0.2.7:1" }), binding({ contact: "sip:b@192.0.2.8" })];
  const moved = binding({ instance, contact: "sip:a@198.51.100.1:9" });
  assert.deepEqual(applied(current, [moved]), [current[1], moved]);
});

test("flows of one device with different reg-ids stand side by side, equal ones replace (RFC 5626 §6)", () => {
  const instance = "<urn:uuid:1>";
  const first = binding({ instance, regId: 1, flowId: "t1" });
  const second = binding({ instance, regId: 2, flowId: "t2" });
  assert.deepEqual(applied([first], [second]), [first, second]);
  const again = binding({ instance, regId: 1, flowId: "t3", contact: "sip:a@198.51.100.1" });
  assert.deepEqual(applied([first, second], [again]), [second, again]);
});

test("two contacts of one request never replace each other for their device, but for their URI", () => {
  const instance = "<urn:uuid:1>";
  const udp = binding({ instance });
  const tcp = binding({ instance, contact: "sip:alice@192.0.2.7:51234;transport=tcp" });
  assert.deepEqual(applied([], [udp, tcp]), [udp, tcp]);
  const twice = binding({ instance, q: 500 });
  assert.deepEqual(applied([], [udp, twice]), [twice]);
});

test("what has expired counts neither for order nor for the limit", () => {
  const gone = binding({ callId: "c", cseq: 99, expiresAt: at });
  const { outcome, changed } = applyUpdate([gone], sampleUpdate([], { aor, at }));
  assert.deepEqual(outcome, { ok: true, bindings: [] });
  assert.equal(changed, true);
  assert.equal(applied([gone], [binding()], { callId: "c", cseq: 1, maxContacts: 1 }).length, 1);
});

test("more contacts than allowed are refused; those that are there can still be refreshed and removed", () => {
  const current = [1, 2, 3].map((n) => binding({ contact: `sip:a@192.0.2.${n}` }));
  const other = { callId: "x", maxContacts: 2 };
  assert.equal(refused(current, [binding({ contact: "sip:new@192.0.2.9" })], other), "too-many");
  assert.equal(applied(current, [binding({ contact: "sip:a@192.0.2.2" })], other).length, 3);
  assert.equal(applied(current, [binding({ contact: "sip:a@192.0.2.2", expiresAt: at })], other).length, 2);
});

test("a query changes nothing", () => {
  const current = [binding()];
  const { outcome, changed } = applyUpdate(current, sampleUpdate([], { aor, at }));
  assert.deepEqual(outcome, { ok: true, bindings: current });
  assert.equal(changed, false);
});

test("contacts that are no SIP URIs are compared as what they are", () => {
  const mail = binding({ contact: "mailto:alice@example.com" });
  const tel = binding({ contact: "tel:+1-201-555-0123" });
  assert.equal(applied([mail, tel], [binding({ contact: "tel:+12015550123" })]).length, 2);
  assert.equal(applied([mail, tel], [binding({ contact: "mailto:bob@example.com" })]).length, 3);
});
