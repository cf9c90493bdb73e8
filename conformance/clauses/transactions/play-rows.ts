/** Plays each row of a machine from each way into its state. */

import assert from "node:assert/strict";
import { Comparison } from "./compare.ts";
import { type Machine, type Over, type Row, rowsOver } from "./rows.ts";
import { endsConnection, type Ways } from "./ways.ts";

/** Rows whose state is one that a transaction rests in, over this transport. */
export function restingRows(machine: Machine, over: Over, ways: Ways): Row[] {
  return rowsOver(machine, over).filter(({ state }) => ways.has(state));
}

/** From each way into the row's state its input, then silence until the last timer. Throws where the layer does otherwise. */
export function playRow(machine: Machine, over: Over, row: Row, ways: Ways, used?: Set<Row>): void {
  let played = 0;
  for (const way of ways.get(row.state) ?? []) {
    const comparison = new Comparison(machine, over, used);
    for (const input of way) {
      comparison.pause();
      comparison.play(input);
    }
    comparison.pause();
    // A way of its own may have used the timer up.
    if (row.input.startsWith("timer ") && comparison.rows.dueIn(row.input.slice(6)) === undefined) continue;
    comparison.play(row.input);
    comparison.playOut();
    played++;
  }
  assert.ok(played > 0, `${row.state} × ${row.input} is reached over ${over}`);
}

/** A dozen inputs at random instants. */
export function playChain(machine: Machine, over: Over, random: () => number): void {
  const comparison = new Comparison(machine, over);
  for (let step = 0; step < 12; step++) {
    const inputs = rowsOver(machine, over)
      .filter(({ state, input }) => state === comparison.rows.state && !input.startsWith("timer "))
      .map(({ input }) => input);
    const input = inputs[Math.floor(random() * inputs.length)]!;
    comparison.play(input);
    if (endsConnection(input)) break;
    let ms = 10 * Math.floor(random() ** 4 * 4_000);
    // Who comes first when a message meets a timer is nobody's rule.
    if (ms === comparison.rows.nextIn) ms += 10;
    comparison.wait(ms);
  }
  comparison.playOut();
}
