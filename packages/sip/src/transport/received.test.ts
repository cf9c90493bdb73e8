import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMessage } from "../message/message.ts";
import { parseVia } from "../message/via.ts";
import { isStamped, stampTopVia, stampVia } from "./received.ts";

const remote = { address: "192.0.2.7", port: 51234 };

function request(via: string): string {
  return `OPTIONS sip:b@example.com SIP/2.0\r\n${via}\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
}

/** Both ways must agree; returns the Via lines after stamping. */
function stamped(via: string, from = remote): string {
  const text = request(via);
  const parsed = parseMessage(text);
  assert.ok(parsed.ok && parsed.value.isRequest);
  const flow = { remote: from };
  const first = stampVia(parsed.value, flow) ?? text;
  const second = stampTopVia(text, flow);
  assert.equal(second, first);
  const start = text.indexOf("\r\n") + 2;
  assert.equal(first.slice(0, start), text.slice(0, start));
  const tail = "\r\nMax-Forwards: 70";
  assert.equal(first.slice(first.indexOf(tail)), text.slice(text.indexOf(tail)));
  return first.slice(start, first.indexOf(tail));
}

const unchanged = (via: string, from = remote) => assert.equal(stamped(via, from), via);

test("nothing changes when sent-by is the source address and rport is not asked for (RFC 3261 §18.2.1)", () => {
  unchanged("Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1");
  unchanged("Via: SIP/2.0/UDP 192.0.2.7");
  unchanged("v:SIP/2.0/TCP [2001:DB8:0::7]:5060;branch=z9hG4bK1", { address: "2001:db8::7", port: 9 });
});

test("received is added when sent-by is a name or another address (RFC 3261 §18.2.1)", () => {
  assert.equal(
    stamped("Via: SIP/2.0/UDP pc.example.com:5060;branch=z9hG4bK1"),
    "Via: SIP/2.0/UDP pc.example.com:5060;branch=z9hG4bK1;received=192.0.2.7",
  );
  assert.equal(stamped("Via: SIP/2.0/UDP 10.0.0.1"), "Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.7");
  assert.equal(stamped("Via: SIP/2.0/UDP 192.0.2.77"), "Via: SIP/2.0/UDP 192.0.2.77;received=192.0.2.7");
});

test("rport is filled in, and received with it even where sent-by is the source (RFC 3581 §4)", () => {
  assert.equal(
    stamped("Via: SIP/2.0/UDP 192.0.2.7:5060;rport;branch=z9hG4bK1"),
    "Via: SIP/2.0/UDP 192.0.2.7:5060;rport=51234;received=192.0.2.7;branch=z9hG4bK1",
  );
  assert.equal(
    stamped("Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;RPORT"),
    "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;RPORT=51234;received=192.0.2.7",
  );
  assert.equal(
    stamped("Via: SIP/2.0/UDP 10.0.0.1;rport=;branch=z9hG4bK1"),
    "Via: SIP/2.0/UDP 10.0.0.1;rport=51234;received=192.0.2.7;branch=z9hG4bK1",
  );
});

test("what a peer claims in received and rport is replaced: only the receiver can know them", () => {
  assert.equal(
    stamped("Via: SIP/2.0/UDP 10.0.0.1;received=203.0.113.9;rport=1"),
    "Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.7;rport=51234",
  );
  assert.equal(
    stamped("Via: SIP/2.0/UDP 10.0.0.1;rport = 1 ; received = 203.0.113.9 ;branch=z9hG4bK1"),
    "Via: SIP/2.0/UDP 10.0.0.1;rport=51234 ; received = 192.0.2.7 ;branch=z9hG4bK1",
  );
  assert.equal(stamped("Via: SIP/2.0/UDP 10.0.0.1;received"), "Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.7");
  assert.equal(stamped("Via: SIP/2.0/UDP 10.0.0.1;received="), "Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.7");
  unchanged("Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.7;rport=51234");
});

test("only the first value of the first Via line is touched", () => {
  assert.equal(
    stamped("Via: SIP/2.0/UDP 10.0.0.1;rport, SIP/2.0/UDP 10.0.0.2;rport\r\nVia: SIP/2.0/UDP 10.0.0.3;rport"),
    "Via: SIP/2.0/UDP 10.0.0.1;rport=51234;received=192.0.2.7, SIP/2.0/UDP 10.0.0.2;rport\r\nVia: SIP/2.0/UDP 10.0.0.3;rport",
  );
  assert.equal(
    stamped("Via: SIP/2.0/UDP 10.0.0.1 , SIP/2.0/UDP 10.0.0.2"),
    "Via: SIP/2.0/UDP 10.0.0.1;received=192.0.2.7 , SIP/2.0/UDP 10.0.0.2",
  );
});

test("folds, spaces around slashes and quoted parameters are read (RFC 4475 §3.1.1.1)", () => {
  assert.equal(
    stamped('v:  SIP  / 2.0 /\r\n UDP 10.0.0.1:5060\r\n ;x="a,;rport\\"";rport ;branch=z9hG4bK1'),
    'v:  SIP  / 2.0 /\r\n UDP 10.0.0.1:5060\r\n ;x="a,;rport\\"";rport=51234;received=192.0.2.7 ;branch=z9hG4bK1',
  );
});

test("an IPv6 source is written without brackets and without its zone (RFC 5118 §4.5)", () => {
  assert.equal(
    stamped("Via: SIP/2.0/UDP [2001:db8::9]:5060;rport;branch=z9hG4bK1", { address: "fe80::7%eth0", port: 6 }),
    "Via: SIP/2.0/UDP [2001:db8::9]:5060;rport=6;received=fe80::7;branch=z9hG4bK1",
  );
});

test("a faulty Via, a missing Via, a response and any other text come back as they are", () => {
  for (const via of [
    "Via: SIP/2.0",
    "Via: SIP/2.0/UDP",
    "Via:",
    'Via: SIP/2.0/UDP h;x="',
    "Via: SIP/2.0/UDP [::1;rport",
  ]) {
    const text = request(via);
    assert.equal(stampTopVia(text, { remote }), text);
  }
  for (const text of [
    request("X-Via: SIP/2.0/UDP h;rport"),
    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;rport\r\n\r\n",
    "OPTIONS sip:b SIP/2.0\r\n\r\nVia: SIP/2.0/UDP h;rport\r\n",
    "OPTIONS sip:b SIP/2.0\r\nVia",
    "",
    "v",
  ]) {
    assert.equal(stampTopVia(text, { remote }), text);
  }
});

test("a Via behind commas is stamped as it is read, so that nobody writes their own received (RFC 4475 §3.1.1.1)", () => {
  const text = "OPTIONS sip:b@b SIP/2.0\r\nVia: , ,SIP/2.0/UDP h;received=9.9.9.9;rport=1\r\n\r\n";
  const stamped = stampTopVia(text, { remote: { address: "192.0.2.7", port: 5070 } });
  assert.match(stamped, /^Via: , ,SIP\/2.0\/UDP h;received=192.0.2.7;rport=5070\r$/m);
});

test("isStamped(): a Via says where its request came from, IPv6 by value, or it does not", () => {
  const says = (value: string, address: string): boolean => {
    const via = parseVia(value);
    assert.ok(via.ok);
    return isStamped(via.value, { address, port: 5070 });
  };
  assert.equal(says("SIP/2.0/UDP h;received=192.0.2.7", "192.0.2.7"), true);
  assert.equal(says("SIP/2.0/UDP 192.0.2.7;rport=5070", "192.0.2.7"), true);
  assert.equal(says("SIP/2.0/UDP [2001:DB8::0:7]", "2001:db8::7"), true);
  assert.equal(says("SIP/2.0/UDP h;received=fe80::7", "fe80::7%eth0"), true);
  assert.equal(says("SIP/2.0/UDP h", "192.0.2.7"), false);
  assert.equal(says("SIP/2.0/UDP 192.0.2.7;received=192.0.2.8", "192.0.2.7"), false);
  assert.equal(says("SIP/2.0/UDP 192.0.2.7;received=192.0.2.7;rport", "192.0.2.7"), false);
});
