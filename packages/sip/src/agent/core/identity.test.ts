import assert from "node:assert/strict";
import { test } from "node:test";
import { parseUri } from "../../message/uri.ts";
import type { Flow } from "../../transport/contract.ts";
import { LocalIdentity } from "./identity.ts";

const nextHop = (() => {
  const parsed = parseUri("sip:edge");
  assert.ok(parsed.ok);
  return parsed.value;
})();

function flow(id: string, closed = false): Flow {
  return { id, closed } as Flow;
}

test("what was made over a flow goes by it while it is open, then by the one that took its place (RFC 5626 §4.3, §4.5)", () => {
  const identity = new LocalIdentity({ address: "sip:alice@test" });
  const [one, two] = [{}, {}];
  const first = flow("1");
  identity.addFlow(first, nextHop, 1, one);
  identity.addFlow(flow("2"), nextHop, 2, two);
  assert.equal(identity.flowOf(first), first);
  identity.removeFlow(first);
  const closed = flow("1", true);
  assert.equal(identity.flowOf(closed), undefined);
  // Open, though no registration keeps it up: better than none.
  assert.equal(identity.flowOf(first), first);
  const third = flow("3");
  identity.addFlow(third, nextHop, 1, one);
  assert.equal(identity.flowOf(first), third);
  assert.equal(identity.flowOf(closed), third);
  assert.equal(identity.flowOf(undefined), undefined);
  assert.equal(identity.flowOf(flow("elsewhere", true)), undefined);
});

test("a flow that comes back is itself again (RFC 5626 §4.5)", () => {
  const identity = new LocalIdentity({ address: "sip:alice@test" });
  const binding = {};
  const [first, second] = [flow("1"), flow("2")];
  identity.addFlow(first, nextHop, 1, binding);
  identity.removeFlow(first);
  identity.addFlow(first, nextHop, 1, {});
  identity.removeFlow(first);
  identity.addFlow(second, nextHop, 1, binding);
  assert.equal(identity.flowOf(flow("1", true)), undefined);
});
