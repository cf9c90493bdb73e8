import assert from "node:assert/strict";
import { test } from "node:test";
import { runNames } from "./all-targets.ts";
import { readCommand, usage } from "./command-line.ts";

test("without arguments all targets are fuzzed for 30 seconds, after the proof", () => {
  const command = readCommand([]);
  assert.ok(command.ok && command.value.kind === "fuzz");
  const { names, seconds, from, write, proves } = command.value;
  assert.deepEqual([names, seconds, from, write, proves], [runNames, 30, 0, true, true]);
});

test("targets, numbers and switches are taken from the arguments", () => {
  const args = [
    "--target",
    "live",
    "--target",
    "parser",
    "--seconds",
    "0.5",
    "--from",
    "7",
    "--count",
    "1",
    "--no-prove",
  ];
  const command = readCommand([...args, "--no-write", "--seed", "x", "--threads", "3"]);
  assert.ok(command.ok);
  assert.deepEqual(command.value, {
    kind: "fuzz",
    names: ["parser", "live"],
    seconds: 0.5,
    seed: "x",
    from: 7,
    count: 1,
    threads: 3,
    write: false,
    proves: false,
  });
});

test("help, proof and replay stand for themselves", () => {
  assert.deepEqual(readCommand(["--help"]), { ok: true, value: { kind: "help" } });
  assert.deepEqual(readCommand(["--prove"]), { ok: true, value: { kind: "prove" } });
  assert.deepEqual(readCommand(["--replay", "a.txt"]), { ok: true, value: { kind: "replay", file: "a.txt" } });
});

const mistakes: readonly (readonly [args: readonly string[], error: RegExp])[] = [
  [["--second", "5"], /^Unknown option '--second'$/],
  [["parser"], /^Unexpected argument 'parser'/],
  [["--seconds"], /^Option '--seconds <value>' argument missing$/],
  [["--seconds", "soon"], /^--seconds: a number of at least 0 was expected, found "soon"$/],
  [["--seconds", ""], /^--seconds: a number of at least 0 was expected, found ""$/],
  [["--threads", "0"], /^--threads: a number of at least 1 was expected, found "0"$/],
  [["--count", "1.5"], /^--count: a number of at least 1 /],
  [["--target", "parsers"], /^no target parsers; there are parser, framer, /],
];
for (const [args, expected] of mistakes) {
  test(`one sentence for: ${args.join(" ")}`, () => {
    const command = readCommand(args);
    assert.ok(!command.ok);
    assert.match(command.error, expected);
  });
}

test("the usage is one screen, and names every target", () => {
  const lines = usage.split("\n");
  assert.ok(lines.length <= 24);
  for (const name of runNames) assert.ok(usage.includes(name), name);
});
