/**
 * Runs a TypeScript tool of this folder: `node -C dev tools/run.cjs TOOL.ts ARGUMENTS…`.
 * `npm run` finds the bundled Node first; started by an older one, this hands over to it.
 */
"use strict";
const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

const [tool, ...args] = process.argv.slice(2);
const file = path.resolve(__dirname, tool ?? "");
const [major, minor] = process.versions.node.split(".").map(Number);
const stripsTypes = major > 22 || (major === 22 && minor >= 18);
const knowsCondition = process.execArgv.join(" ").match(/-C[ =]?dev|--conditions[ =]dev/);

if (tool === undefined || !existsSync(file)) {
  console.error(`tools/run.cjs: no tool ${tool ?? "named"}; expected a file of tools/, for example check.ts`);
  process.exit(2);
}
if (stripsTypes && knowsCondition) {
  process.argv.splice(1, 2, file);
  import(pathToFileURL(file).href).catch((error) => {
    console.error(error);
    process.exit(1);
  });
} else {
  const bundled = path.join(__dirname, "..", "node_modules", ".bin", "node");
  const node = stripsTypes ? process.execPath : bundled;
  if (!existsSync(node)) {
    console.error(
      `Node ${process.versions.node} cannot run TypeScript and there is no bundled one; run \`npm ci\` first`,
    );
    process.exit(1);
  }
  const child = spawn(node, ["-C", "dev", file, ...args], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
