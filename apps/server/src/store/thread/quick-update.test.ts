import assert from "node:assert/strict";
import { test } from "node:test";
import { applyUpdate } from "../apply-update.ts";
import { encodeBindings } from "../binding-record.ts";
import type { Binding, BindingUpdate } from "../contract.ts";
import { sampleBinding, sampleUpdate } from "../contract-suite.ts";
import { decodeUpdates, encodeUpdates } from "./protocol.ts";
import { quickUpdate } from "./quick-update.ts";

const aor = "alice@example.com";
const at = 1_700_000_000_000;

function quick(current: readonly Binding[], update: BindingUpdate): number | undefined {
  const [encoded] = decodeUpdates(encodeUpdates([update]));
  return quickUpdate(current.length === 0 ? undefined : encodeBindings(current), encoded!);
}

test("a new phone and its refresh are decided on the text", () => {
  const binding = sampleBinding({
    aor,
    expiresAt: at + 60_000,
    instance: "<urn:uuid:1>",
    params: ';+sip.instance="<urn:uuid:1>"',
  });
  const update = sampleUpdate([binding], { at });
  assert.equal(quick([], update), at + 60_000);
  assert.equal(quick([binding], sampleUpdate([binding], { at, cseq: 2 })), at + 60_000);
  assert.equal(quick([binding], sampleUpdate([binding], { at })), undefined, "the same CSeq");
});

test("whatever is decided on the text is what applyUpdate decides", () => {
  const one = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;
  const some = (): Binding =>
    sampleBinding({
      aor,
      contact: one("sip:a@192.0.2.1", "sip:a@192.0.2.1;x=1", "sip:b@192.0.2.1"),
      expiresAt: at + one(-1, 0, 1, 60_000),
      callId: one("c1", "c2"),
      cseq: one(1, 2, 10),
      instance: one(undefined, "<urn:uuid:1>"),
      regId: one(undefined, 1, 2),
    });
  let decided = 0;
  for (let round = 0; round < 20_000; round++) {
    const current = one([], [some()], [some()], [some(), some()]);
    const contacts = one([], [some()], [some()], [some()], [some(), some()]);
    const update = sampleUpdate(contacts, {
      aor,
      at,
      callId: one("c1", "c2"),
      cseq: one(1, 2, 3, 11),
      removeAll: one(false, false, true),
      maxContacts: one(0, 1, 2),
    });
    const dueAt = quick(current, update);
    if (dueAt === undefined) continue;
    decided++;
    const { outcome, changed } = applyUpdate(current, update);
    assert.deepEqual({ outcome, changed }, { outcome: { ok: true, bindings: update.contacts }, changed: true });
    assert.equal(dueAt, update.contacts[0]?.expiresAt);
  }
  assert.ok(decided > 500, `${decided} decided`);
});

let state = 42;
/** Marsaglia's xorshift, so that a failure can be seen again. */
function random(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 2 ** 32;
}
