import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeTerminal } from "../../../test/fake-terminal.ts";
import { Screen } from "./screen.ts";

test("lines that stay push the live line down", () => {
  const terminal = new FakeTerminal({ columns: 40 });
  const screen = new Screen(terminal);
  screen.status("● talking to bob 0:01", "green");
  screen.print("bob pressed 5");
  screen.status("● talking to bob 0:02", "green");
  assert.deepEqual(terminal.shown(), ["bob pressed 5", "● talking to bob 0:02"]);
});

test("the live line is cut to the terminal, and drawn whole again after a change of size", () => {
  const terminal = new FakeTerminal({ columns: 20 });
  using screen = new Screen(terminal);
  screen.status("0123456789012345678901234567890");
  assert.deepEqual(terminal.shown(), ["012345678901234567…"]);
  terminal.resize(60);
  assert.deepEqual(terminal.shown(), ["0123456789012345678901234567890"]);
});

test("a question takes the live line's place, and shows its end where there is no room for all", () => {
  const terminal = new FakeTerminal({ columns: 20 });
  const screen = new Screen(terminal);
  screen.status("state");
  screen.question("transfer to: bob@example.com");
  screen.status("another state");
  assert.deepEqual(terminal.shown(), ["to: bob@example.com"]);
  screen.question(undefined);
  assert.deepEqual(terminal.shown(), ["another state"]);
});

test("nothing of the live line is left behind", () => {
  const terminal = new FakeTerminal({ columns: 40 });
  const screen = new Screen(terminal);
  screen.status("state");
  screen.print("done");
  screen[Symbol.dispose]();
  assert.deepEqual(terminal.shown(), ["done"]);
});

test("where nothing can be drawn over there are lines alone", () => {
  const terminal = new FakeTerminal({ isLive: false });
  const screen = new Screen(terminal);
  screen.status("state");
  screen.question("who?");
  screen.print("a line");
  screen[Symbol.dispose]();
  assert.equal(terminal.written, "a line\n");
});
