import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "./gate.ts";

function open(lists: { allow?: string[]; deny?: string[]; enabled?: boolean } = {}) {
  let now = 1_000;
  const gate = new Gate({ enabled: true, allow: [], deny: [], ...lists }, () => now);
  return {
    gate,
    hears: (address: string) => gate.admission(address, "datagram"),
    advance: (ms: number) => {
      now += ms;
    },
    ban: (subject: string, until?: number) => gate.apply({ set: [{ subject, until }], lifted: [] }),
    lift: (subject: string) => gate.apply({ set: [], lifted: [subject] }),
  };
}

test("nobody is refused without a reason", () => {
  const { hears } = open();
  assert.equal(hears("192.0.2.7"), true);
  assert.equal(hears("::1"), true);
});

test("a banned address is not heard until its ban ends or is lifted", () => {
  const { hears, ban, lift, advance } = open();
  ban("192.0.2.7", 5_000);
  assert.equal(hears("192.0.2.7"), false);
  assert.equal(hears("192.0.2.8"), true);
  advance(4_000);
  assert.equal(hears("192.0.2.7"), true);
  ban("192.0.2.7");
  advance(1e12);
  assert.equal(hears("192.0.2.7"), false);
  lift("192.0.2.7");
  assert.equal(hears("192.0.2.7"), true);
});

test("an IPv6 ban holds for the whole /64, however its addresses end", () => {
  const { hears, ban } = open();
  ban("2001:db8:1:2::/64", 5_000);
  assert.equal(hears("2001:db8:1:2::1"), false);
  assert.equal(hears("2001:db8:1:2:aaaa:bbbb:cccc:dddd"), false);
  assert.equal(hears("2001:db8:1:3::1"), true);
});

test("networks and single IPv6 addresses are banned and lifted, too", () => {
  const { hears, ban, lift, advance } = open();
  ban("198.51.100.0/24", 5_000);
  ban("203.0.113.0/25", 3_000);
  ban("2001:db8::7");
  assert.equal(hears("198.51.100.99"), false);
  assert.equal(hears("198.51.101.1"), true);
  assert.equal(hears("2001:db8::7"), false);
  assert.equal(hears("2001:db8::8"), true);
  assert.equal(hears("203.0.113.1"), false);
  advance(2_500);
  assert.equal(hears("203.0.113.1"), true, "its ban has ended");
  assert.equal(hears("198.51.100.99"), false, "this one has not");
  lift("198.51.100.0/24");
  assert.equal(hears("198.51.100.99"), true);
  assert.equal(hears("2001:db8::7"), false);
});

test("the deny list is never heard; the allow list makes exceptions, of bans too", () => {
  const { hears, ban, gate } = open({ deny: ["0.0.0.0/0"], allow: ["10.0.0.0/8"] });
  assert.equal(hears("192.0.2.7"), false);
  assert.equal(hears("10.1.2.3"), true);
  ban("10.1.2.3");
  assert.equal(hears("10.1.2.3"), true);
  gate.configure({ enabled: true, allow: [], deny: [] });
  assert.equal(hears("192.0.2.7"), true);
  assert.equal(hears("10.1.2.3"), false);
});

test("a firewall that is off hears everybody", () => {
  const { hears, ban } = open({ enabled: false, deny: ["192.0.2.7"] });
  ban("192.0.2.8");
  assert.equal(hears("192.0.2.7"), true);
  assert.equal(hears("192.0.2.8"), true);
});
