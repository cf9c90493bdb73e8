import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "../observe/logger.ts";
import { connectionBudget, descriptorsNeeded, warnOfFewDescriptors } from "./descriptor-budget.ts";

function warned(needs: Parameters<typeof warnOfFewDescriptors>[0]) {
  const lines: string[] = [];
  warnOfFewDescriptors(needs, createLogger({ write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
}

test("all threads together stay below what the system lets the process open", () => {
  for (const threads of [2, 3, 9]) {
    for (const openFiles of [1_024, 4_096, 20_000, 1_048_576]) {
      const each = connectionBudget({ openFiles, threads });
      assert.ok(
        descriptorsNeeded({ threads, connections: each }) <= openFiles,
        `${threads} threads, ${openFiles} files`,
      );
    }
  }
});

test("what is needed for the connections that were asked for grants them", () => {
  for (const connections of [100, 50_000]) {
    const openFiles = descriptorsNeeded({ threads: 5, connections });
    assert.equal(connectionBudget({ openFiles, threads: 5 }), connections);
  }
});

test("a server that cannot hold the connections it is configured for says so, and what to do; others say nothing", () => {
  const [line, ...more] = warned({ openFiles: 1_024, threads: 3, connections: 50_000 });
  assert.match(line.msg, /too few files for limits\.connections; raise/);
  assert.deepEqual([line.level, line.openFiles, line.connections, line.asked], ["warn", 1_024, 234, 50_000]);
  assert.equal(line.raise, "ulimit -n 150320, or LimitNOFILE=150320 in the systemd unit");
  assert.deepEqual(more, []);
  assert.deepEqual(warned({ openFiles: 1_048_576, threads: 3, connections: 50_000 }), []);
  assert.deepEqual(warned({ openFiles: undefined, threads: 3, connections: 50_000 }), []);
});
