import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow, TransportKind } from "../transport/contract.ts";
import { AddressBook, isSameSide } from "./address-texts.ts";

const flow = (kind: TransportKind, advertised: Flow["advertised"]): Flow => ({ kind, advertised }) as Flow;

test("what others see of us: host and port with brackets for IPv6, the transport where it is not UDP, rport on UDP (RFC 3581 §3, RFC 7118 §5.1, §5.2)", () => {
  const book = new AddressBook();
  const here = { host: "2001:db8::1", port: 5060 };
  // One object for two transports: as a listener on both may have.
  assert.equal(book.of(flow("udp", here)).viaPrefix, "Via: SIP/2.0/UDP [2001:db8::1]:5060;rport;branch=");
  assert.equal(book.of(flow("tcp", here)).viaPrefix, "Via: SIP/2.0/TCP [2001:db8::1]:5060;branch=");
  assert.equal(book.of(flow("ws", here)).viaPrefix, "Via: SIP/2.0/WS [2001:db8::1]:5060;branch=");
  assert.equal(book.of(flow("wss", here)).viaPrefix, "Via: SIP/2.0/WSS [2001:db8::1]:5060;branch=");
  assert.equal(book.of(flow("udp", here)).sipSuffix, "@[2001:db8::1]:5060;lr>");
  assert.equal(book.of(flow("wss", here)).sipSuffix, "@[2001:db8::1]:5060;transport=ws;lr>");
  assert.equal(book.of(flow("tls", here)).sipsSuffix, "@[2001:db8::1]:5060;lr>");
});

test("isSameSide() compares transport, host and port (RFC 5658 §5)", () => {
  const here = { host: "a", port: 5060 };
  assert.ok(isSameSide(flow("udp", here), flow("udp", { ...here })));
  assert.ok(!isSameSide(flow("udp", here), flow("tcp", here)));
  assert.ok(!isSameSide(flow("udp", here), flow("udp", { host: "a", port: 5070 })));
  assert.ok(!isSameSide(flow("udp", here), flow("udp", { host: "b", port: 5060 })));
});
