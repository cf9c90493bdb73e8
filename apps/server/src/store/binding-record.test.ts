import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeBindings, encodeBindings } from "./binding-record.ts";
import { sampleBinding } from "./contract-suite.ts";

const full = sampleBinding({
  aor: "alice@example.com",
  params: ';+sip.instance="<urn:uuid:1>";reg-id=1',
  path: ["<sip:p2.example.com;lr>", '"a, <b>" <sip:p1.example.com;lr>'],
  userAgent: "Ph\xc3\xb6ne\x1f\x00/1",
  instance: "<urn:uuid:1>",
  regId: 1,
  q: 0,
});

test("bindings come back as they were written, however many", () => {
  const plain = sampleBinding({ aor: "alice@example.com" });
  for (const bindings of [[], [plain], [full], [plain, full, plain]]) {
    assert.deepEqual(decodeBindings("alice@example.com", encodeBindings(bindings)), bindings);
  }
});

test("a line break in a field cannot make a field of its own", () => {
  const forged = { ...full, userAgent: "a\nb\r\nc", contact: "sip:a@b\n;x" };
  const [back] = decodeBindings("alice@example.com", encodeBindings([forged]));
  assert.deepEqual(back, { ...full, userAgent: "a b c", contact: "sip:a@b ;x" });
});
