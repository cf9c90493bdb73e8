import assert from "node:assert/strict";
import { test } from "node:test";
import { Trust } from "./trust.ts";

const from = (address: string, rest: { readonly peerNames?: string[]; readonly indirect?: boolean } = {}) => ({
  remote: { address, port: 5060 },
  peerNames: [],
  ...rest,
});
const nobody = { networks: [], names: [], trunks: [] };

test("addresses and networks are trusted, IPv4 and IPv6", () => {
  const trust = new Trust({ ...nobody, networks: ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"] });
  for (const address of ["10.1.2.3", "192.0.2.7", "2001:db8::7"]) assert.equal(trust.trusts(from(address)), true);
  for (const address of ["192.0.2.8", "2001:db9::7"]) assert.equal(trust.trusts(from(address)), false);
});

test("a name that a certificate proves is trusted wherever it comes from", () => {
  const trust = new Trust({ ...nobody, names: ["sip.example.com"] });
  assert.equal(trust.trusts(from("192.0.2.8", { peerNames: ["SIP.example.com"] })), true);
  assert.equal(trust.trusts(from("192.0.2.8", { peerNames: ["other.example.com"] })), false);
});

test("a web page's connection is not trusted for the machine that the browser runs on", () => {
  const trust = new Trust({ ...nobody, networks: ["127.0.0.1"], names: ["sip.example.com"] });
  assert.equal(trust.trusts(from("127.0.0.1")), true);
  assert.equal(trust.trusts(from("127.0.0.1", { indirect: true })), false);
  assert.equal(trust.trusts(from("192.0.2.8", { peerNames: ["sip.example.com"], indirect: true })), false);
});

test("a trunk is trusted where it resolves to, and after a reload where it was until it resolves again", () => {
  const before = new Trust({ ...nobody, trunks: ["acme"] });
  assert.equal(before.trusts(from("192.0.2.7")), false);
  before.setTrunk("acme", ["192.0.2.7"]);
  assert.equal(before.trusts(from("192.0.2.7")), true);
  const after = new Trust({ ...nobody, trunks: ["acme"] });
  after.keepTrunk("acme", before);
  after.keepTrunk("unknown", before);
  assert.equal(after.trusts(from("192.0.2.7")), true);
  after.setTrunk("acme", ["192.0.2.8"]);
  assert.equal(after.trusts(from("192.0.2.7")), false);
});

test("where contacts may be registered without credentials is said by address, network or name, never by a trunk", () => {
  const trust = new Trust({ networks: ["10.0.0.0/8"], names: ["sip.example.com"], trunks: ["acme"] });
  trust.setTrunk("acme", ["192.0.2.7", "10.1.2.3"]);
  assert.equal(trust.mayRegister(from("192.0.2.7")), false);
  assert.equal(trust.mayRegister(from("10.1.2.3")), true);
  assert.equal(trust.mayRegister(from("192.0.2.7", { peerNames: ["sip.example.com"] })), true);
  assert.equal(trust.mayRegister(from("10.1.2.3", { indirect: true })), false);
});
