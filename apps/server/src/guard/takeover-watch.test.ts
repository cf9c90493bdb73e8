import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock, createRandomOctets } from "@trapezoid/testkit";
import { applyUpdate } from "../store/apply-update.ts";
import type { Binding } from "../store/contract.ts";
import { sampleBinding, sampleUpdate } from "../store/contract-suite.ts";
import { createExpiryMemory, ExpiryTable } from "./expiry-table.ts";
import { type TakeoverAlarm, TakeoverWatch } from "./takeover-watch.ts";

const aor = "alice@example.com";
const minute = 60_000;
const day = 86_400_000;

interface Given {
  readonly from: string;
  readonly userAgent?: string;
  readonly instance?: string;
  readonly contact?: string;
  /** Minutes; 0 removes. Default 60. */
  readonly minutes?: number;
  readonly removeAll?: boolean;
}

function open(rememberMs: number | undefined = 30 * day) {
  const clock = createFakeClock({ startAt: 1_700_000_000_000 });
  const alarms: TakeoverAlarm[] = [];
  let bindings: readonly Binding[] = [];
  let looked = 0;
  const watch = new TakeoverWatch({
    rememberMs,
    places: new ExpiryTable(createExpiryMemory(1_024, createRandomOctets(1))),
    lookup: () => {
      looked++;
      return bindings.filter(({ expiresAt }) => expiresAt > clock.now());
    },
    report: (alarm) => alarms.push(alarm),
  });
  let calls = 0;
  /** A REGISTER that is stored; returns what alarms it raised. */
  const register = (given: Given): readonly TakeoverAlarm[] => {
    const { from, userAgent, instance, contact = `sip:alice@${from}`, minutes = 60, removeAll = false } = given;
    const host = from.includes(":") ? `[${from}]` : from;
    const source = `udp ${host}:${5060 + calls++}`;
    const at = clock.now();
    const binding = sampleBinding({
      aor,
      contact,
      source,
      userAgent,
      instance,
      callId: `call-${calls}`,
      expiresAt: at + minutes * minute,
      updatedAt: at,
    });
    const contacts = removeAll ? [] : [binding];
    const update = sampleUpdate(contacts, { aor, at, removeAll, callId: `call-${calls}` });
    const stored = watch.watch({ update, address: from, source, userAgent });
    const { outcome } = applyUpdate(bindings, update);
    assert.ok(outcome.ok);
    bindings = outcome.bindings;
    stored(bindings);
    return alarms.splice(0);
  };
  return { watch, clock, register, lookups: () => looked };
}

const desk = { from: "192.0.2.7", userAgent: "Desk/1" } as const;
const thief = { from: "203.0.113.9", userAgent: "Tool/2" } as const;

test("a contact from another network and another device is an alarm that says everything", () => {
  const { register, clock } = open();
  assert.deepEqual(register(desk), []);
  assert.deepEqual(register(thief), [
    {
      type: "takeover",
      at: clock.now(),
      account: aor,
      what: "added",
      source: "udp 203.0.113.9:5061",
      userAgent: "Tool/2",
      contacts: ["sip:alice@203.0.113.9"],
      usual: [{ source: "udp 192.0.2.7:5060", userAgent: "Desk/1" }],
    },
  ]);
});

test("what was done is told: added, replaced, removed, all removed", () => {
  const contact = "sip:alice@192.0.2.7";
  for (const [given, what] of [
    [{}, "added"],
    [{ contact }, "replaced"],
    [{ contact, minutes: 0 }, "removed"],
    [{ removeAll: true }, "all-removed"],
  ] as const) {
    const { register } = open();
    register(desk);
    assert.deepEqual(
      register({ ...thief, ...given }).map((alarm) => alarm.what),
      [what],
    );
  }
});

test("a phone that changes its port, its lease or its network, or connects anew, is no alarm", () => {
  const { register } = open();
  register(desk);
  assert.deepEqual(register(desk), []);
  assert.deepEqual(register({ ...desk, from: "192.0.77.99" }), [], "the same /16");
  assert.deepEqual(register({ ...desk, from: "203.0.113.50" }), [], "the same device elsewhere");
  const instance = "<urn:uuid:1>";
  const { register: other } = open();
  other({ from: "192.0.2.7", userAgent: "App/1", instance });
  assert.deepEqual(other({ from: "2001:db8::1", userAgent: "App/2", instance }), [], "after an update, over IPv6");
});

test("another phone in the same network is no alarm, in IPv6 within a /48", () => {
  const { register } = open();
  register({ from: "2001:db8:1:1::5", userAgent: "Desk/1" });
  assert.deepEqual(register({ from: "2001:db8:1:2::6", userAgent: "Softphone/3" }), []);
  assert.equal(register({ from: "2001:db8:2:1::6", userAgent: "Tool/9" }).length, 1);
});

test("the same User-Agent is no proof where instances differ, or where there is none", () => {
  const { register } = open();
  register({ from: "192.0.2.7", userAgent: "Desk/1", instance: "<urn:uuid:1>" });
  assert.equal(register({ from: "203.0.113.9", userAgent: "Desk/1", instance: "<urn:uuid:2>" }).length, 1);
  assert.equal(register({ from: "198.51.100.9", userAgent: "Desk/1" }).length, 1);
  const { register: silent } = open();
  silent({ from: "192.0.2.7" });
  assert.equal(silent({ from: "203.0.113.9" }).length, 1);
});

test("throwing everybody out from elsewhere is an alarm, whatever device does it; at home it is not", () => {
  const { register } = open();
  register(desk);
  assert.equal(register({ ...desk, from: "203.0.113.9", removeAll: true }).length, 1);
  register(desk);
  assert.deepEqual(register({ ...desk, removeAll: true }), []);
});

test("where nobody is registered nobody is taken over, and one move is one alarm", () => {
  const { register, clock } = open();
  register(desk);
  clock.advance(61 * minute);
  assert.deepEqual(register(thief), [], "the desk phone's contact has expired");
  assert.deepEqual(register(desk), [], "its network is remembered");
  const { register: again, clock: later } = open();
  again(desk);
  assert.equal(again({ ...thief, minutes: 1 }).length, 1);
  later.advance(2 * minute);
  assert.deepEqual(again(thief), []);
  later.advance(31 * day);
  again(desk);
  assert.equal(again(thief).length, 1, "forgotten after a month");
});

test("a registration from a usual place reads nothing", () => {
  const { register, lookups } = open();
  register(desk);
  const before = lookups();
  for (let i = 0; i < 10; i++) register(desk);
  assert.equal(lookups(), before);
});

test("nothing is watched where alarms are off, until they are on", () => {
  const { register, watch } = open(undefined);
  watch.configure(undefined);
  register(desk);
  assert.deepEqual(register(thief), []);
  watch.configure(day);
  assert.equal(register({ from: "198.51.100.1", userAgent: "Other" }).length, 1);
});
