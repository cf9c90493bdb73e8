import assert from "node:assert/strict";
import { test } from "node:test";
import { type MapNode, TransactionMap } from "./transaction-map.ts";

class Node implements MapNode<Node> {
  readonly matchKey: string;
  readonly method: string;
  sibling: Node | undefined = undefined;
  constructor(matchKey: string, method: string) {
    this.matchKey = matchKey;
    this.method = method;
  }
}

const methods = ["INVITE", "CANCEL", "INFO", "PRACK"];

test("transactions with one key are found by method, in whatever order they go", () => {
  for (const leaving of methods) {
    for (const next of methods.filter((method) => method !== leaving)) {
      const map = new TransactionMap<Node>();
      const nodes = methods.map((method) => new Node("key", method));
      for (const node of nodes) map.add(node);
      assert.deepEqual(
        methods.map((method) => map.find("key", method)),
        nodes,
      );
      const staying = nodes.filter(({ method }) => method !== leaving && method !== next);
      for (const method of [leaving, next]) assert.equal(map.remove(map.find("key", method)!), true);
      assert.deepEqual(new Set(map.all()), new Set(staying));
      for (const node of staying) assert.equal(map.find("key", node.method), node);
      assert.equal(map.find("key", leaving), undefined);
    }
  }
});

test("the first with a key stays the first while it lives: it is what a CANCEL names", () => {
  const map = new TransactionMap<Node>();
  const invite = new Node("key", "INVITE");
  const cancel = new Node("key", "CANCEL");
  map.add(invite);
  map.add(cancel);
  assert.equal(map.first("key"), invite);
  map.remove(invite);
  assert.equal(map.first("key"), cancel);
  map.remove(cancel);
  assert.equal(map.first("key"), undefined);
  assert.deepEqual(map.all(), []);
});

test("removing twice, or what was never there, says so", () => {
  const map = new TransactionMap<Node>();
  const node = new Node("key", "INVITE");
  assert.equal(map.remove(node), false);
  map.add(node);
  assert.equal(map.remove(new Node("key", "CANCEL")), false);
  assert.equal(map.remove(node), true);
  assert.equal(map.remove(node), false);
});
