/** Every row of the transaction machines, against the transaction layer. RFC 3261 §17, RFC 4320, RFC 6026. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createRandom } from "@trapezoid/testkit";
import { playChain, playRow, restingRows } from "./play-rows.ts";
import { ReferenceMachine } from "./reference-machine.ts";
import { machines, type Over, type Row, rowsOver } from "./rows.ts";
import { waysInto } from "./ways.ts";

const transports: readonly Over[] = ["udp", "tcp"];

for (const machine of machines) {
  describe(`${machine.name} transaction`, () => {
    for (const over of transports) {
      const ways = waysInto(machine, over);
      for (const row of restingRows(machine, over, ways)) {
        const does = row.does.length > 0 ? `: ${row.does.join(", ")}` : "";
        test(`${row.state} × ${row.input} over ${over} → ${row.next}${does} (${row.clause})`, () => {
          playRow(machine, over, row, ways);
        });
      }

      test(`every state has a row for every message over ${over}`, () => {
        const inputs = new Set(machine.rows.map(({ input }) => input).filter(isMessage));
        for (const state of ways.keys()) {
          if (state === "initial") continue;
          for (const input of inputs) {
            const found = rowsOver(machine, over).some((row) => row.state === state && row.input === input);
            assert.ok(found, `${state} × ${input}`);
          }
        }
      });

      test(`chains of inputs at any instants over ${over} go as the rows say`, () => {
        const random = createRandom(17);
        for (let chain = 0; chain < 300; chain++) playChain(machine, over, random);
      });
    }

    test("no row is idle", () => {
      const used = new Set<Row>();
      for (const over of transports) {
        const ways = waysInto(machine, over);
        for (const row of restingRows(machine, over, ways)) playRow(machine, over, row, ways, used);
      }
      const idle = machine.rows.filter((row) => !used.has(row));
      assert.deepEqual(idle, []);
    });
  });
}

/** `start` is no message, and what is undelivered is one only where something is sent. */
function isMessage(input: string): boolean {
  return input !== "start" && !input.startsWith("timer ") && !input.endsWith(" undelivered");
}

test("rows that cannot be read are refused", () => {
  const machine = machines[0]!;
  const broken = { ...machine, rows: machine.rows.map((row) => ({ ...row, timers: ["A=soon"] })) };
  assert.throws(() => new ReferenceMachine(broken, "udp").input("start"), TypeError);
  assert.throws(() => new ReferenceMachine(machine, "udp").input("timer Z"), TypeError);
  assert.throws(() => new ReferenceMachine({ ...machine, rows: [...machine.rows, ...machine.rows] }, "udp"), TypeError);
});
