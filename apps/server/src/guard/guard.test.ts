import assert from "node:assert/strict";
import { test } from "node:test";
import { buildRequest, parseMessage, SipRequest } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import { createFakeClock, createRandomOctets } from "@trapezoid/testkit";
import type { FirewallConfig } from "../config/config.ts";
import { resolveFirewall } from "../config/resolve-firewall.ts";
import type { Registration } from "../registrar/index.ts";
import { sampleBinding, sampleUpdate } from "../store/contract-suite.ts";
import type { Offence } from "./contract.ts";
import { createGuardMemory, openGuard } from "./open-guard.ts";

const phone = "192.0.2.7";
const stranger = "198.51.100.9";
const nonceLifetimeMs = 300_000;

function open(firewall: FirewallConfig | false = {}, trusted: readonly string[] = []) {
  const clock = createFakeClock({ startAt: 1_700_000_000_000 });
  const offences: Offence[] = [];
  const config = {
    firewall: resolveFirewall({ firewall }),
    auth: { algorithms: undefined, nonceLifetimeMs },
  };
  const guard = openGuard({
    settings: { guardMemory: createGuardMemory(1_024, createRandomOctets(1)), bans: [] },
    config,
    isTrusted: (flow) => trusted.includes(flow.remote.address),
    now: () => clock.now(),
    report: (offence) => offences.push(offence),
  });
  /** How many of so many new requests are admitted, dropped, refused. */
  const send = (count: number, flow: Flow, given: SipRequest = request()) => {
    const counts = { admit: 0, drop: 0, refuse: 0 };
    for (let i = 0; i < count; i++) counts[guard.admit(given, flow)]++;
    return counts;
  };
  const fail = (count: number, flow: Flow, account = "alice@example.com", isProven = true): void => {
    for (let i = 0; i < count; i++) guard.signInFailed(account, flow, isProven);
  };
  /** As a phone does it: with its password, then its contact is stored. */
  const register = (account: string, address: string, forMs: number): void => {
    guard.signedIn(account, from(address), true);
    guard.registered(registration(account, address, clock.now(), forMs));
  };
  const hears = (address: string): boolean => guard.admission(address, "datagram");
  return { guard, clock, offences, send, fail, hears, register };
}

const from = (address: string, kind: "udp" | "tcp" = "udp"): Flow =>
  ({ kind, reliable: kind === "tcp", remote: { address, port: 5060 } }) as Flow;

function registration(aor: string, address: string, at: number, forMs: number): Registration {
  const contacts = [sampleBinding({ aor, expiresAt: at + forMs })];
  return { update: sampleUpdate(contacts, { at }), address, source: `udp ${address}:5060`, userAgent: undefined };
}

function request(method = "INVITE", headers: readonly (readonly [string, string])[] = []): SipRequest {
  const parsed = parseMessage(buildRequest({ method, uri: "sip:bob@example.com", headers }));
  assert.ok(parsed.ok && parsed.value instanceof SipRequest);
  return parsed.value;
}

test("a stranger's datagrams over the limit are dropped without an answer, a connection's are told so", () => {
  const { guard, clock, send } = open({ requestsPerSecond: 10, burst: 20 });
  assert.deepEqual(send(30, from(stranger)), { admit: 20, drop: 10, refuse: 0 });
  assert.deepEqual(send(30, from("198.51.100.10", "tcp")), { admit: 20, drop: 0, refuse: 10 });
  clock.advance(1_000);
  assert.deepEqual(send(30, from(stranger)), { admit: 10, drop: 20, refuse: 0 });
  assert.equal(guard.counters.limitedStrangers, 40);
});

test("what is refused is told at no higher rate than strangers may ask", () => {
  const { send } = open({ requestsPerSecond: 10, burst: 20 });
  assert.deepEqual(send(1_000, from(stranger, "tcp")), { admit: 20, drop: 960, refuse: 20 });
});

test("all addresses of a /64 share one limit", () => {
  const { send } = open({ burst: 20 });
  let admitted = 0;
  for (let i = 1; i <= 40; i++) admitted += send(1, from(`2001:db8:1:2::${i.toString(16)}`)).admit;
  assert.equal(admitted, 20);
  assert.equal(send(1, from("2001:db8:1:3::1")).admit, 1);
});

test("who authenticated has the higher limit for a nonce's lifetime, who registered for as long as the contact lives", () => {
  const { guard, clock, send, register } = open({
    burst: 20,
    requestsPerSecond: 1,
    knownBurst: 100,
    knownRequestsPerSecond: 1,
  });
  guard.signedIn("alice@example.com", from(phone), true);
  assert.deepEqual(send(110, from(phone)), { admit: 100, drop: 0, refuse: 10 });
  clock.advance(nonceLifetimeMs + 1_000);
  assert.equal(send(110, from(phone)).admit, 20);
  register("bob@example.com", "192.0.2.8", 3_600_000);
  clock.advance(3_500_000);
  assert.equal(send(110, from("192.0.2.8")).admit, 100);
  clock.advance(200_000);
  assert.equal(send(110, from("192.0.2.8")).admit, 20);
});

test("removing a contact makes nobody good for longer", () => {
  const { clock, send, register } = open({ burst: 20 });
  register("alice@example.com", phone, 0);
  clock.advance(nonceLifetimeMs + 1_000);
  assert.equal(send(50, from(phone)).admit, 20);
});

test("with one account and the addresses of others in datagrams, nobody makes these good", () => {
  const { guard, clock, send, offences } = open({ burst: 20 });
  guard.signedIn("eve@example.com", from(phone), false);
  guard.registered(registration("eve@example.com", phone, clock.now(), 3_600_000));
  assert.equal(guard.isStranger(from(phone)), true);
  assert.equal(send(50, from(phone)).admit, 20);
  guard.signedIn("eve@example.com", from(phone, "tcp"), false);
  assert.equal(guard.isStranger(from(phone)), false, "who has a connection is there, whosever nonce it shows");
  assert.deepEqual(offences, []);
});

test("requests with a To tag pass, until it is known that they belong to no dialog; REGISTER never does", () => {
  const { guard, send } = open({ burst: 20 });
  const inDialog = request("BYE", [["To", "<sip:bob@example.com>;tag=1"]]);
  assert.equal(send(50, from(stranger), inDialog).admit, 50);
  const stray = Array.from({ length: 50 }, () => guard.admitStray(inDialog, from(stranger)));
  assert.equal(stray.filter((admittance) => admittance === "admit").length, 20);
  const register = request("REGISTER", [["To", "<sip:bob@example.com>;tag=1"]]);
  assert.equal(send(50, from("198.51.100.11"), register).admit, 20);
});

test("trusted sources, the allow list, and everybody when it is off, are neither limited nor banned", () => {
  const scanner = request("OPTIONS", [["User-Agent", "friendly-scanner"]]);
  for (const rig of [open({}, [stranger]), open({ allow: ["198.51.100.0/24"] }), open(false)]) {
    const flow = from(stranger, "tcp");
    assert.equal(rig.send(20_000, flow).admit, 20_000);
    assert.equal(rig.send(1, flow, scanner).admit, 1);
    rig.fail(1_000, flow);
    for (let i = 0; i < 1_000; i++) rig.guard.garbage(flow);
    assert.equal(rig.guard.maySignIn("alice@example.com", flow, true), true);
    assert.deepEqual(rig.offences, []);
  }
});

test("wrong passwords ban the source at once, and it is reported once with its reason", () => {
  const { offences, fail, hears } = open({ failures: 5 });
  fail(4, from(stranger));
  assert.equal(hears(stranger), true);
  fail(1, from(stranger));
  assert.equal(hears(stranger), false, "before the ban itself has come");
  assert.equal(offences.length, 1);
  assert.equal(offences[0]?.subject, stranger);
  assert.equal(offences[0]?.reason, "wrong-passwords");
  assert.match(offences[0]?.detail ?? "", /^5 wrong passwords within 5 min, the last for alice@example\.com$/);
});

test("datagrams with a nonce that was given to another ban nobody, but make their source wait", () => {
  const { guard, offences, fail, send, hears } = open({
    failures: 5,
    requestsPerSecond: 1,
    burst: 10,
    bans: { dropped: 50 },
  });
  fail(100, from(phone), "alice@example.com", false);
  send(1_000, from(phone));
  assert.deepEqual(offences, []);
  assert.equal(hears(phone), true);
  assert.equal(guard.maySignIn("alice@example.com", from(phone), true), false);
  fail(5, from(stranger, "tcp"), "alice@example.com", false);
  assert.equal(offences.length, 1, "who has a connection is there, whosever nonce it shows");
});

test("wrong passwords from addresses that may be forged shut an account for such addresses alone", () => {
  const { guard, fail } = open({ failuresPerAccount: 10 });
  const next = "203.0.113.1";
  for (let i = 0; i < 10; i++) {
    const forged = from(`198.51.100.${i}`);
    assert.equal(guard.maySignIn("alice@example.com", forged, false), true);
    fail(1, forged, "alice@example.com", false);
  }
  assert.equal(guard.maySignIn("alice@example.com", from(next), false), false);
  assert.equal(guard.maySignIn("alice@example.com", from(next), true), true);
  assert.equal(guard.maySignIn("alice@example.com", from(next, "tcp"), false), true);
});

test("whoever writes a phone's address into datagrams may not guess its password without end", () => {
  const { guard, fail, register } = open({ failures: 5 });
  register("alice@example.com", phone, 3_600_000);
  fail(5, from(phone), "alice@example.com", false);
  assert.equal(guard.maySignIn("alice@example.com", from(phone), false), false);
  assert.equal(guard.maySignIn("alice@example.com", from(phone), true), true, "the phone itself");
});

test("what a banned source had sent before does not shorten its ban", () => {
  const { guard, clock, offences, fail, hears } = open({ failures: 5 });
  guard.applyBans({ set: [{ subject: stranger, until: clock.now() + 3_600_000 }], lifted: [] });
  fail(50, from(stranger, "tcp"));
  assert.deepEqual(offences, []);
  clock.advance(60_000);
  assert.equal(hears(stranger), false);
});

test("where a full table counts strangers together, none is banned for what others did", () => {
  const { guard, offences, hears, register } = open({ failures: 5 });
  for (let i = 0; i < 20_000; i++) {
    register("alice@example.com", `10.0.${i >> 8}.${i & 255}`, 3_600_000);
  }
  for (let i = 0; i < 200; i++) guard.signInFailed(`user${i}@example.com`, from(`198.51.100.${i}`, "tcp"), true);
  assert.deepEqual(offences, []);
  assert.equal(hears("198.51.100.199"), true);
});

test("a phone with an old password that tries twice a minute is not banned", () => {
  const { clock, offences, fail } = open();
  for (let i = 0; i < 200; i++) {
    fail(1, from(phone));
    clock.advance(30_000);
  }
  assert.deepEqual(offences, []);
});

test("a source from which a contact is registered is never banned, whatever comes from there", () => {
  const { guard, offences, send, fail, hears, register } = open({ failures: 5, knownBurst: 50 });
  register("alice@example.com", phone, 3_600_000);
  const scanner = request("OPTIONS", [["User-Agent", "friendly-scanner"]]);
  for (const flow of [from(phone), from(phone, "tcp")]) {
    fail(1_000, flow);
    send(20_000, flow);
    send(10, flow, scanner);
    for (let i = 0; i < 1_000; i++) guard.garbage(flow);
  }
  assert.deepEqual(offences, []);
  assert.equal(hears(phone), true);
});

test("a good source with too many wrong passwords must wait, but for the accounts that live there", () => {
  const { guard, clock, fail, register } = open({ failures: 5, failureWindowMs: 50_000 });
  register("alice@example.com", phone, 3_600_000);
  guard.signedIn("carol@example.com", from(phone), true);
  fail(5, from(phone), "bob@example.com");
  assert.equal(guard.maySignIn("bob@example.com", from(phone), true), false);
  assert.equal(guard.maySignIn("dave@example.com", from(phone), true), false);
  assert.equal(guard.maySignIn("alice@example.com", from(phone), true), true);
  assert.equal(guard.maySignIn("carol@example.com", from(phone), true), true);
  assert.equal(guard.counters.throttledSignIns, 2);
  clock.advance(10_000);
  assert.equal(guard.maySignIn("bob@example.com", from(phone), true), true, "one of five in ten seconds");
});

test("a guess that is spread over many sources slows the account down for strangers, never for where it lives", () => {
  const { guard, clock, fail, offences, register } = open({ failuresPerAccount: 10, failureWindowMs: 100_000 });
  register("alice@example.com", phone, 3_600_000);
  for (let i = 0; i < 10; i++) fail(1, from(`198.51.100.${i}`));
  assert.deepEqual(offences, []);
  assert.equal(guard.maySignIn("alice@example.com", from("203.0.113.1"), true), false);
  assert.equal(guard.maySignIn("alice@example.com", from(phone), true), true);
  assert.equal(guard.maySignIn("bob@example.com", from("203.0.113.1"), true), true);
  clock.advance(10_000);
  assert.equal(guard.maySignIn("alice@example.com", from("203.0.113.1"), true), true);
});

test("a flood is banned once the source is proven, a forged one never", () => {
  const flood = { requestsPerSecond: 1, burst: 10, bans: { dropped: 50 } };
  const { send, offences, hears, guard } = open(flood);
  send(1_000, from(stranger));
  assert.deepEqual(offences, []);
  send(1_000, from("198.51.100.10", "tcp"));
  assert.deepEqual(offences.map(({ subject, reason }) => [subject, reason]).slice(0, 1), [["198.51.100.10", "flood"]]);
  assert.equal(hears(stranger), true);
  guard.signInFailed("alice@example.com", from(stranger), true);
  send(1_000, from(stranger));
  assert.equal(hears(stranger), false, "its nonce has shown that it is there");
});

test("scanners get no answer; over a connection they are banned", () => {
  const { guard, send, offences } = open();
  const scanner = request("OPTIONS", [["User-Agent", "friendly-scanner"]]);
  assert.deepEqual(send(3, from(stranger), scanner), { admit: 0, drop: 3, refuse: 0 });
  assert.deepEqual(offences, []);
  send(1, from(stranger, "tcp"), scanner);
  assert.deepEqual(offences, [{ subject: stranger, reason: "scanner", detail: "User-Agent: friendly-scanner" }]);
  assert.equal(guard.counters.scanners, 4);
  const lenient = open({ scanners: false });
  assert.equal(lenient.send(3, from(stranger), scanner).admit, 3);
});

test("garbage bans who sent it over a connection, and writes nothing down of forged addresses", () => {
  const { guard, offences, send } = open({ bans: { garbage: 10 } });
  // It is counted already, and still may be anybody.
  send(1, from(stranger));
  for (let i = 0; i < 1_000; i++) guard.garbage(from(stranger));
  assert.deepEqual(offences, []);
  for (let i = 0; i < 11; i++) guard.garbage(from("198.51.100.10", "tcp"));
  assert.deepEqual(offences, [
    { subject: "198.51.100.10", reason: "garbage", detail: "more than 10 unreadable messages within a minute" },
  ]);
});

test("without bans nobody is banned, but limits and throttles hold", () => {
  const { guard, offences, send, fail, hears } = open({ bans: false, failures: 5, burst: 20 });
  fail(10, from(stranger));
  assert.equal(guard.maySignIn("bob@example.com", from(stranger), true), false);
  assert.equal(send(100, from(stranger, "tcp")).admit, 20);
  assert.deepEqual(offences, []);
  assert.equal(hears(stranger), true);
});

test("new settings hold for what comes next", () => {
  const { guard, send } = open({ burst: 20 });
  assert.equal(send(50, from(stranger)).admit, 20);
  guard.configure(resolveFirewall({ firewall: { burst: 40 } }));
  assert.equal(send(50, from(stranger)).admit, 20, "twenty more");
  guard.configure(resolveFirewall({ firewall: { deny: [stranger] } }));
  assert.equal(guard.admission(stranger, "connection"), false);
});

test("a stranger is who is neither good, nor exempt; while the firewall is off, nobody is", () => {
  const { guard, clock, register } = open({ allow: ["192.0.2.99"] }, ["192.0.2.98"]);
  for (const address of ["192.0.2.99", "192.0.2.98"]) assert.equal(guard.isStranger(from(address)), false, address);
  assert.equal(guard.isStranger(from(phone)), true);
  register("alice@example.com", phone, 3_600_000);
  assert.equal(guard.isStranger(from(phone)), false);
  clock.advance(3_601_000);
  assert.equal(guard.isStranger(from(phone)), true);
  assert.equal(open(false).guard.isStranger(from(phone)), false);
});
