import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Bench, parseRequest, requestText } from "../../test/transaction-rig.ts";
import { inviteServerTable } from "./invite-server.ts";
import { nonInviteServerTable } from "./non-invite-server.ts";

/** State, input, then next state and what happened, over UDP and over TCP; `-`: no such state there. */
type Row = readonly [state: string, input: string, udp: string, tcp?: string];

// From the entry of the state that each runs in, at the default T1, T2, T4.
const timerMs: Readonly<Record<string, number>> = {
  timerG: 500,
  timerH: 32_000,
  timerI: 5_000,
  timerJ: 32_000,
  timerL: 32_000,
  expiry: 37_000,
};

const statusOf: Readonly<Record<string, number>> = { send1xx: 180, send2xx: 200, "send3xx-6xx": 486 };

const same = (outcome: string): readonly [udp: string, tcp: string] => [outcome, outcome];

const inviteRows: readonly Row[] = [
  ["proceeding", "request", ...same("proceeding:")],
  ["proceeding after 180", "request", ...same("proceeding: sent 180")],
  ["proceeding", "ack", ...same("proceeding:")],
  ["proceeding", "send1xx", ...same("proceeding: sent 180")],
  ["proceeding", "send2xx", ...same("accepted: sent 200")],
  ["proceeding", "send3xx-6xx", ...same("completed: sent 486")],
  // Only the user ends it: a phone may ring for minutes.
  ["proceeding", "timerH", ...same("proceeding:")],
  ["accepted", "request", ...same("accepted:")],
  ["accepted", "ack", ...same("accepted: ack")],
  ["accepted", "send1xx", ...same("accepted:")],
  ["accepted", "send2xx", ...same("accepted: sent 200")],
  ["accepted", "send3xx-6xx", ...same("accepted:")],
  ["accepted", "timerL", ...same("terminated: ended")],
  ["completed", "request", ...same("completed: sent 486")],
  ["completed", "ack", "confirmed:", "terminated: ended"],
  ["completed", "send1xx", ...same("completed:")],
  ["completed", "send2xx", ...same("completed:")],
  ["completed", "send3xx-6xx", ...same("completed:")],
  ["completed", "timerG", "completed: sent 486", "completed:"],
  ["completed", "timerH", ...same("terminated: error timer-h, ended")],
  ["confirmed", "request", "confirmed:", "-"],
  ["confirmed", "ack", "confirmed:", "-"],
  ["confirmed", "send1xx", "confirmed:", "-"],
  ["confirmed", "send2xx", "confirmed:", "-"],
  ["confirmed", "send3xx-6xx", "confirmed:", "-"],
  ["confirmed", "timerI", "terminated: ended", "-"],
  ["terminated", "send1xx", ...same("terminated:")],
  ["terminated", "send2xx", ...same("terminated:")],
  ["terminated", "send3xx-6xx", ...same("terminated:")],
];

const nonInviteRows: readonly Row[] = [
  ["trying", "request", ...same("trying:")],
  ["trying", "send1xx", ...same("proceeding: sent 180")],
  ["trying", "send2xx", "completed: sent 200", "terminated: sent 200, ended"],
  ["trying", "send3xx-6xx", "completed: sent 486", "terminated: sent 486, ended"],
  ["trying", "expiry", ...same("terminated: ended")],
  ["proceeding", "request", ...same("proceeding: sent 180")],
  ["proceeding", "send1xx", ...same("proceeding: sent 180")],
  ["proceeding", "send2xx", "completed: sent 200", "terminated: sent 200, ended"],
  ["proceeding", "send3xx-6xx", "completed: sent 486", "terminated: sent 486, ended"],
  ["proceeding", "expiry", ...same("terminated: ended")],
  ["completed", "request", "completed: sent 486", "-"],
  ["completed", "send1xx", "completed:", "-"],
  ["completed", "send2xx", "completed:", "-"],
  ["completed", "send3xx-6xx", "completed:", "-"],
  ["completed", "timerJ", "terminated: ended", "-"],
  ["terminated", "send1xx", ...same("terminated:")],
  ["terminated", "send2xx", ...same("terminated:")],
  ["terminated", "send3xx-6xx", ...same("terminated:")],
];

function runRow(method: string, kind: "udp" | "tcp", state: string, input: string): string {
  const bench = new Bench(kind);
  const text = requestText({ method });
  const request = parseRequest(text);
  const ack = (): void => bench.layer.receive(requestText({ method: "ACK", toTag: "to1" }), bench.flow);
  bench.layer.receive(text, bench.flow);
  const transaction = bench.server;
  const respond = (status: number): void => bench.respond(status, transaction, request);
  const reach: Readonly<Record<string, () => void>> = {
    trying: () => {},
    proceeding: () => method !== "INVITE" && respond(180),
    "proceeding after 180": () => respond(180),
    accepted: () => respond(200),
    completed: () => respond(486),
    confirmed: () => {
      respond(486);
      ack();
    },
    terminated: () => transaction.abandon(),
  };
  reach[state]!();
  assert.equal(bench.stateOf(transaction), state.split(" ")[0]);
  bench.take();
  const ms = timerMs[input];
  if (ms !== undefined) bench.clock.advance(ms);
  else if (input === "ack") ack();
  else if (input === "request") bench.layer.receive(text, bench.flow);
  else respond(statusOf[input]!);
  let happened = bench.take();
  // On the way to timer H the response is sent again; that is timer G's row.
  if (input === "timerH") happened = happened.filter((what) => !what.startsWith("sent"));
  return `${bench.stateOf(transaction)}: ${happened.join(", ")}`.trimEnd();
}

for (const [name, method, table, rows] of [
  ["INVITE server transaction (RFC 3261 §17.2.1, RFC 6026 §7.1)", "INVITE", inviteServerTable, inviteRows],
  ["non-INVITE server transaction (RFC 3261 §17.2.2)", "OPTIONS", nonInviteServerTable, nonInviteRows],
] as const) {
  describe(name, () => {
    for (const [state, input, udp, tcp] of rows) {
      test(`${state} × ${input} over UDP → ${udp}`, () => assert.equal(runRow(method, "udp", state, input), udp));
      if (tcp !== "-") {
        test(`${state} × ${input} over TCP → ${tcp}`, () => assert.equal(runRow(method, "tcp", state, input), tcp));
      }
    }

    test("every entry of the table has its row", () => {
      const covered = new Set(rows.map(([state, input]) => `${state.split(" ")[0]} × ${input}`));
      for (const [state, inputs] of Object.entries(table)) {
        for (const input of Object.keys(inputs)) {
          assert.ok(covered.has(`${state} × ${input}`), `${state} × ${input}`);
        }
      }
    });
  });
}
