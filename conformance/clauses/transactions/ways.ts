/** How the rows lead from the start into each state. */

import { ReferenceMachine } from "./reference-machine.ts";
import { type Machine, type Over, rowsOver } from "./rows.ts";

/** Between two inputs: timers that were started and timers that go on differ by it. */
export const PAUSE_MS = 120;

/** By state. */
export type Ways = ReadonlyMap<string, readonly (readonly string[])[]>;

/** After these nothing else can come by the connection. */
export function endsConnection(input: string): boolean {
  return input === "transport error" || input.endsWith(" undelivered");
}

/** The inputs that lead into each state that a transaction rests in: one way for each row that ends there, shortest first. */
export function waysInto(machine: Machine, over: Over): Ways {
  const ways = new Map<string, string[][]>([["initial", [[]]]]);
  const taken = new Set<string>();
  const queue: string[][] = [[]];
  for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
    const from = playRows(machine, over, way)!.state;
    for (const { state, input } of rowsOver(machine, over)) {
      const step = `${from} × ${input}`;
      if (state !== from || taken.has(step) || endsConnection(input)) continue;
      const longer = [...way, input];
      const reached = playRows(machine, over, longer);
      if (reached === undefined) continue;
      taken.add(step);
      ways.set(reached.state, [...(ways.get(reached.state) ?? []), longer]);
      queue.push(longer);
    }
  }
  return ways;
}

/** The rows after these inputs; `undefined` where a timer that is waited for does not run. */
function playRows(machine: Machine, over: Over, inputs: readonly string[]): ReferenceMachine | undefined {
  const rows = new ReferenceMachine(machine, over);
  for (const input of inputs) {
    rows.advance(PAUSE_MS);
    if (!input.startsWith("timer ")) rows.input(input);
    else {
      const ms = rows.dueIn(input.slice(6));
      if (ms === undefined) return undefined;
      rows.advance(ms);
    }
  }
  return rows;
}
