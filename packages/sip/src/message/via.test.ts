import assert from "node:assert/strict";
import { test } from "node:test";
import { Values } from "../../test/message-values.ts";
import type { Via } from "./values.ts";
import { createVia, formatVia, parseVia } from "./via.ts";

function via(text: string): Via {
  const result = parseVia(text);
  assert.ok(result.ok, text);
  return result.value;
}

test("parseVia(formatVia(via)) is the via", () => {
  const v = new Values(8);
  for (let n = 0; n < 500; n++) {
    const value = v.via();
    assert.deepEqual(parseVia(formatVia(value)), { ok: true, value }, formatVia(value));
  }
});

test("parseVia() passes white space and folds (RFC 4475 §3.1.1.1)", () => {
  const value = via("SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw");
  assert.equal(value.transport, "UDP");
  assert.equal(value.host, "192.0.2.2");
  assert.equal(value.branch, "390skdjuw");
  const spaced = via("SIP / 2.0 / tcp  spindle.example.com : 5070  ;\r\n  branch  =   z9hG4bK9ikj8 ; rport ");
  assert.equal(spaced.transport, "TCP");
  assert.equal(spaced.port, 5070);
  assert.equal(spaced.branch, "z9hG4bK9ikj8");
  assert.equal(spaced.rport, true);
});

test("transports that nobody knows pass (RFC 4475 §3.1.1.10)", () => {
  assert.equal(via("SIP/2.0/UNKNOWN t5.example.com;branch=z9hG4bK-x").transport, "UNKNOWN");
});

test("rport without value, with one, and filled in (RFC 3581 §5)", () => {
  assert.equal(via("SIP/2.0/UDP h;rport").rport, true);
  assert.equal(via("SIP/2.0/UDP h;rport=").rport, true);
  assert.equal(via("SIP/2.0/UDP h;rport=5060").rport, 5060);
  assert.equal(via("SIP/2.0/UDP h;rport=70000").rport, undefined);
  assert.equal(via("SIP/2.0/UDP h").rport, undefined);
});

test("received with and without brackets is the address (RFC 5118 §4.5)", () => {
  const bracketed = via("SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111");
  assert.equal(bracketed.received, "2001:db8::9:255");
  assert.equal(via("SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255").received, "2001:db8::9:255");
  assert.equal(bracketed.host, "[2001:db8::9:1]");
});

test("what is no Via is refused, and where (RFC 4475 §3.1.2.1)", () => {
  for (const [text, offset] of [
    ["", 0],
    ["SIP/2.0/UDP", 11],
    ["SIP/2.0/UDP ", 12],
    ["SIP/2.0/ h", 10],
    ["SIP/3.0/UDP h", 4],
    ["HTTP/2.0/UDP h", 0],
    ["SIP/2.0/UDP 192.0.2.15;;", 23],
    ["SIP/2.0/UDP h:", 14],
    ["SIP/2.0/UDP h:99999", 14],
    ["SIP/2.0/UDP [::1", 12],
    ["SIP/2.0/UDP [x]", 12],
    ["SIP/2.0/UDP h x", 14],
    ["SIP/2.0/UDP h, SIP/2.0/UDP i", 13],
  ] as const) {
    const result = parseVia(text);
    assert.ok(!result.ok, text);
    assert.equal(result.error.offset, offset, text);
  }
});

test("createVia() reads branch, received and rport off the parameters", () => {
  const value = createVia({
    transport: "udp",
    host: "h",
    params: [
      { name: "branch", value: "z9hG4bKx" },
      { name: "rport", value: undefined },
    ],
  });
  assert.equal(formatVia(value), "SIP/2.0/UDP h;branch=z9hG4bKx;rport");
  assert.equal(value.branch, "z9hG4bKx");
});
