/** Plays the same inputs to the rows and to the transaction layer, and compares what can be seen, to the millisecond. */

import assert from "node:assert/strict";
import { RealMachine } from "./real-machine.ts";
import { type Happening, ReferenceMachine } from "./reference-machine.ts";
import type { Machine, Over, Row } from "./rows.ts";
import { PAUSE_MS } from "./ways.ts";

/** After the last input: longer than any timer's life. */
const UNTIL_QUIET_MS = 80_000;

export class Comparison {
  readonly rows: ReferenceMachine;
  readonly real: RealMachine;
  readonly #played: string[] = [];

  constructor(machine: Machine, over: Over, used?: Set<Row>) {
    this.rows = new ReferenceMachine(machine, over, used);
    this.real = new RealMachine(machine, over);
  }

  /** An input now; a timer's is waiting until it fires. */
  play(input: string): void {
    this.#played.push(input);
    if (input.startsWith("timer ")) {
      this.wait(this.rows.dueIn(input.slice(6)) ?? assert.fail(`${input} does not run after ${this.#played}`));
      return;
    }
    this.rows.input(input);
    this.real.input(input);
    this.#expectSame();
  }

  pause(): void {
    this.wait(PAUSE_MS);
  }

  wait(ms: number): void {
    this.rows.advance(ms);
    this.real.advance(ms);
    this.#expectSame();
  }

  /** Everything that the timers still do. */
  playOut(): void {
    this.#played.push("silence");
    this.wait(UNTIL_QUIET_MS);
    if (this.rows.state === "terminated")
      assert.equal(this.real.transactions, 0, `transactions left after ${this.#played.join(", ")}`);
  }

  #expectSame(): void {
    const after = `after ${this.#played.join(", ")}`;
    assert.equal(this.real.state, this.rows.state, after);
    assert.deepEqual(inOrder(this.real.take()), inOrder(this.rows.take()), after);
    assert.equal(this.real.timers > 0, this.rows.nextIn !== undefined, `whether a timer runs ${after}`);
  }
}

/** What happens at one instant has no order. */
function inOrder(happenings: readonly Happening[]): string[] {
  return happenings
    .toSorted((a, b) => a.at - b.at || (a.what < b.what ? -1 : 1))
    .map(({ at, what }) => `${at} ms: ${what}`);
}
