import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Bench, parseRequest } from "../../test/transaction-rig.ts";
import { inviteClientTable } from "./invite-client.ts";
import { nonInviteClientTable } from "./non-invite-client.ts";

/** State, input, then next state and what happened, over UDP and over TCP; `-`: no such state there. */
type Row = readonly [state: string, input: string, udp: string, tcp?: string];

// Durations at the default T1, T2, T4: of each timer from the entry of the state it runs in.
const timerMs: Readonly<Record<string, number>> = {
  timerA: 500,
  timerB: 32_000,
  timerD: 32_000,
  timerM: 32_000,
  timerE: 500,
  timerF: 32_000,
  timerK: 5_000,
};

const statusOf: Readonly<Record<string, number>> = { "1xx": 180, "2xx": 200, "3xx-6xx": 486 };

const same = (outcome: string): readonly [udp: string, tcp: string] => [outcome, outcome];

const inviteRows: readonly Row[] = [
  ["initial", "start", ...same("calling: sent INVITE")],
  ["calling", "timerA", "calling: sent INVITE", "calling:"],
  ["calling", "timerB", ...same("terminated: timeout, ended")],
  ["calling", "1xx", ...same("proceeding: up 180")],
  ["calling", "2xx", ...same("accepted: up 200")],
  ["calling", "3xx-6xx", "completed: sent ACK, up 486", "terminated: sent ACK, up 486, ended"],
  ["calling", "transportError", ...same("terminated: transport error, ended")],
  ["proceeding", "timerA", ...same("proceeding:")],
  ["proceeding", "timerB", ...same("proceeding:")],
  ["proceeding", "1xx", ...same("proceeding: up 180")],
  ["proceeding", "2xx", ...same("accepted: up 200")],
  ["proceeding", "3xx-6xx", "completed: sent ACK, up 486", "terminated: sent ACK, up 486, ended"],
  ["proceeding", "transportError", ...same("terminated: transport error, ended")],
  ["completed", "timerD", "terminated: ended", "-"],
  ["completed", "1xx", "completed:", "-"],
  ["completed", "2xx", "completed:", "-"],
  ["completed", "3xx-6xx", "completed: sent ACK", "-"],
  ["completed", "transportError", "completed:", "-"],
  ["accepted", "timerM", ...same("terminated: ended")],
  ["accepted", "1xx", ...same("accepted:")],
  ["accepted", "2xx", ...same("accepted: up 200")],
  ["accepted", "3xx-6xx", ...same("accepted:")],
  ["accepted", "transportError", ...same("accepted:")],
  ["terminated", "1xx", ...same("terminated: stray 180")],
  ["terminated", "2xx", ...same("terminated: stray 200")],
  ["terminated", "3xx-6xx", ...same("terminated: stray 486")],
  ["terminated", "transportError", ...same("terminated:")],
];

const nonInviteRows: readonly Row[] = [
  ["initial", "start", ...same("trying: sent OPTIONS")],
  ["trying", "timerE", "trying: sent OPTIONS", "trying:"],
  ["trying", "timerF", ...same("terminated: timeout, ended")],
  ["trying", "1xx", ...same("proceeding: up 180")],
  ["trying", "2xx", "completed: up 200", "terminated: up 200, ended"],
  ["trying", "3xx-6xx", "completed: up 486", "terminated: up 486, ended"],
  ["trying", "transportError", ...same("terminated: transport error, ended")],
  ["proceeding", "timerE", "proceeding: sent OPTIONS", "proceeding:"],
  ["proceeding", "timerF", ...same("terminated: timeout, ended")],
  ["proceeding", "1xx", ...same("proceeding: up 180")],
  ["proceeding", "2xx", "completed: up 200", "terminated: up 200, ended"],
  ["proceeding", "3xx-6xx", "completed: up 486", "terminated: up 486, ended"],
  ["proceeding", "transportError", ...same("terminated: transport error, ended")],
  ["completed", "timerK", "terminated: ended", "-"],
  ["completed", "1xx", "completed:", "-"],
  ["completed", "2xx", "completed:", "-"],
  ["completed", "3xx-6xx", "completed:", "-"],
  ["completed", "transportError", "completed:", "-"],
  ["terminated", "1xx", ...same("terminated: stray 180")],
  ["terminated", "2xx", ...same("terminated: stray 200")],
  ["terminated", "3xx-6xx", ...same("terminated: stray 486")],
  ["terminated", "transportError", ...same("terminated:")],
];

function runRow(method: string, kind: "udp" | "tcp", state: string, input: string): string {
  const bench = new Bench(kind);
  const transaction = bench.sendRequest(method);
  const request = parseRequest(transaction.requestText);
  const reach: Readonly<Record<string, () => void>> = {
    initial: () => {},
    calling: () => {},
    trying: () => {},
    proceeding: () => bench.receiveStatus(180, request),
    completed: () => bench.receiveStatus(486, request),
    accepted: () => bench.receiveStatus(200, request),
    terminated: () => transaction.terminate(),
  };
  reach[state]!();
  if (state !== "initial") {
    assert.equal(bench.stateOf(transaction), state);
    bench.take();
  }
  const ms = timerMs[input];
  if (ms !== undefined) bench.clock.advance(ms);
  else if (input === "transportError") {
    if (kind === "tcp") bench.flow.close();
    else bench.layer.transportError(bench.flow, new RangeError("unreachable"));
  } else if (input !== "start") bench.receiveStatus(statusOf[input]!, request);
  let happened = bench.take();
  // On the way to the time-outs the request is sent again; that is the retransmission timers' row.
  if (input === "timerB" || input === "timerF") happened = happened.filter((what) => !what.startsWith("sent"));
  return `${bench.stateOf(transaction)}: ${happened.join(", ")}`.trimEnd();
}

for (const [name, method, table, rows] of [
  ["INVITE client transaction (RFC 3261 §17.1.1, RFC 6026 §7.2)", "INVITE", inviteClientTable, inviteRows],
  ["non-INVITE client transaction (RFC 3261 §17.1.2)", "OPTIONS", nonInviteClientTable, nonInviteRows],
] as const) {
  describe(name, () => {
    for (const [state, input, udp, tcp] of rows) {
      test(`${state} × ${input} over UDP → ${udp}`, () => assert.equal(runRow(method, "udp", state, input), udp));
      if (tcp !== "-") {
        test(`${state} × ${input} over TCP → ${tcp}`, () => assert.equal(runRow(method, "tcp", state, input), tcp));
      }
    }

    test("every entry of the table has its row", () => {
      const covered = new Set(rows.map(([state, input]) => `${state} × ${input}`));
      for (const [state, inputs] of Object.entries(table)) {
        for (const input of Object.keys(inputs)) {
          assert.ok(covered.has(`${state} × ${input}`), `${state} × ${input}`);
        }
      }
    });
  });
}
