import assert from "node:assert/strict";
import { test } from "node:test";
import { Line, type Ticket } from "./line.ts";

test("who came first is first, whoever leaves in between", () => {
  const line = new Line<string>();
  assert.equal(line.first, undefined);
  const tickets = new Map<string, Ticket<string>>();
  for (const name of ["a", "b", "c", "d"]) tickets.set(name, line.join(name));
  line.leave(tickets.get("b")!);
  assert.deepEqual([line.first, line.length], ["a", 3]);
  line.leave(tickets.get("a")!);
  assert.deepEqual([line.first, line.length], ["c", 2]);
  line.leave(tickets.get("d")!);
  line.join("e");
  line.leave(tickets.get("c")!);
  assert.deepEqual([line.first, line.length], ["e", 1]);
});

test("a line that has emptied begins again", () => {
  const line = new Line<number>();
  for (let turn = 0; turn < 3; turn++) {
    const ticket = line.join(turn);
    assert.equal(line.first, turn);
    line.leave(ticket);
    assert.deepEqual([line.first, line.length], [undefined, 0]);
  }
});
