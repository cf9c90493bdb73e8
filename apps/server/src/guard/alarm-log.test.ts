import assert from "node:assert/strict";
import { test } from "node:test";
import { AlarmLog } from "./alarm-log.ts";
import type { TakeoverAlarm } from "./takeover-watch.ts";

const alarm = (at: number): TakeoverAlarm => ({
  type: "takeover",
  at,
  account: "alice@example.com",
  what: "added",
  source: "udp 203.0.113.9:5060",
  userAgent: "Tool/2",
  contacts: ["sip:alice@203.0.113.9"],
  usual: [{ source: "udp 192.0.2.7:5060", userAgent: "Desk/1" }],
});

test("the latest alarms are kept, newest first, and each is one line that says what to do", () => {
  const lines: unknown[] = [];
  const alarms = new AlarmLog(3, { warn: (_message, fields) => lines.push(fields) });
  for (let at = 1; at <= 5; at++) alarms.raise(alarm(at));
  assert.deepEqual(
    alarms.list(10).map(({ at }) => at),
    [5, 4, 3],
  );
  assert.deepEqual(
    alarms.list(1).map(({ at }) => at),
    [5],
  );
  assert.deepEqual(alarms.counters, { takeovers: 5 });
  assert.equal(lines.length, 5);
  assert.deepEqual(lines[0], {
    account: "alice@example.com",
    what: "a contact was added",
    source: "udp 203.0.113.9:5060",
    userAgent: "Tool/2",
    contacts: ["sip:alice@203.0.113.9"],
    usual: ["udp 192.0.2.7:5060"],
    change: "trapezoid user password alice@example.com",
  });
  alarms.configure(1);
  assert.deepEqual(
    alarms.list(10).map(({ at }) => at),
    [5],
  );
});
