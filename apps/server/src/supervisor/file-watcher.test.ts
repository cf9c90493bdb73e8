import assert from "node:assert/strict";
import { test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import { FileWatcher } from "./file-watcher.ts";

function watched() {
  const clock = createFakeClock();
  const files = new Map([
    ["/etc/t/trapezoid.config.ts", "1"],
    ["/etc/t/lib/teams.ts", "1"],
  ]);
  const folders = new Map<string, () => void>();
  let changes = 0;
  const watcher = new FileWatcher({
    onChange: () => changes++,
    clock,
    settleMs: 200,
    signature: (file) => files.get(file) ?? "",
    watchFolder(folder, changed) {
      folders.set(folder, changed);
      return { [Symbol.dispose]: () => folders.delete(folder) };
    },
  });
  watcher.watch([...files.keys()]);
  return { clock, files, folders, watcher, changes: () => changes };
}

test("a change is told once, when the editor has finished", () => {
  const { clock, files, folders, changes } = watched();
  files.set("/etc/t/lib/teams.ts", "2");
  folders.get("/etc/t/lib")?.();
  clock.advance(150);
  folders.get("/etc/t/lib")?.();
  assert.equal(changes(), 0);
  clock.advance(50);
  assert.equal(changes(), 1);
  assert.equal(clock.pending, 0);
});

test("what happens beside the files is no change", () => {
  const { clock, folders, changes } = watched();
  folders.get("/etc/t")?.();
  clock.advance(1000);
  assert.equal(changes(), 0);
});

test("a file that was missing and comes is a change", () => {
  const { clock, files, folders, watcher, changes } = watched();
  watcher.watch(["/etc/t/trapezoid.config.ts", "/etc/t/gone.ts"]);
  files.set("/etc/t/gone.ts", "1");
  folders.get("/etc/t")?.();
  clock.advance(200);
  assert.equal(changes(), 1);
});

test("folders that are no longer used are let go, and all of them on close", () => {
  const { clock, folders, watcher } = watched();
  assert.deepEqual([...folders.keys()], ["/etc/t", "/etc/t/lib"]);
  watcher.watch(["/etc/t/trapezoid.config.ts"]);
  assert.deepEqual([...folders.keys()], ["/etc/t"]);
  folders.get("/etc/t")?.();
  watcher.close();
  assert.equal(folders.size, 0);
  assert.equal(clock.pending, 0);
});
