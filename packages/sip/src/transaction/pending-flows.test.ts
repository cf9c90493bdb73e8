import assert from "node:assert/strict";
import { test } from "node:test";
import { BenchFlow } from "../../test/transaction-rig.ts";
import type { ActiveClient } from "./active-client.ts";
import { PendingFlows } from "./pending-flows.ts";

class Waiting {
  readonly flow: BenchFlow;
  readonly failed: string[];
  readonly name: string;
  waitNext: ActiveClient | undefined = undefined;
  waitPrevious: ActiveClient | undefined = undefined;
  constructor(flow: BenchFlow, name: string, failed: string[]) {
    this.flow = flow;
    this.name = name;
    this.failed = failed;
  }
  fail(): void {
    this.failed.push(this.name);
  }
}

const orders = [
  ["a", "b", "c"],
  ["a", "c", "b"],
  ["b", "a", "c"],
  ["b", "c", "a"],
  ["c", "a", "b"],
  ["c", "b", "a"],
];

test("whoever still waits on a flow fails with it, in whatever order the others left; then the flow is forgotten", () => {
  for (const kind of ["udp", "tcp"] as const) {
    for (const order of orders) {
      for (let leaving = 0; leaving <= order.length; leaving++) {
        const flow = new BenchFlow(kind);
        const failed: string[] = [];
        const pending = new PendingFlows();
        const waiting = new Map(["a", "b", "c"].map((name) => [name, new Waiting(flow, name, failed)]));
        const node = (name: string) => waiting.get(name) as unknown as ActiveClient;
        for (const name of waiting.keys()) pending.add(node(name));
        for (const name of order.slice(0, leaving)) {
          pending.remove(node(name));
          pending.remove(node(name));
        }
        pending.fail(flow, undefined);
        assert.deepEqual(failed.sort(), order.slice(leaving).sort());
        for (const name of order.slice(leaving)) pending.remove(node(name));
        assert.equal(pending.size, 0);
        assert.equal(flow.listeners.size, 0);
      }
    }
  }
});
