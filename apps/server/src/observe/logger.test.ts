import assert from "node:assert/strict";
import { test } from "node:test";
import { createForwardingLogger, createLogger, logLevelOf, withoutSecrets } from "./logger.ts";

test("a line is JSON with level, time, message and fields", () => {
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line) });
  log.info("listening", { uri: "udp://127.0.0.1:5060" });
  log.debug("not at info");
  assert.equal(lines.length, 1);
  const { time, ...line } = JSON.parse(lines[0]!);
  assert.deepEqual(line, { level: "info", uri: "udp://127.0.0.1:5060", msg: "listening" });
  assert.match(time, /^\d{4}-\d\d-\d\dT/);
});

test("secrets are not in the log, by name or as header lines, however deep", () => {
  const fields = withoutSecrets({
    password: "p1",
    apiToken: "p2",
    account: { address: "alice@example.com", secrets: { md5: "p3" }, list: [{ ha1: "p4" }] },
    text: 'INVITE sip:a SIP/2.0\r\nProxy-Authorization: Digest response="p5"\r\nTo: x\r\nauthorization : p6\r\n',
    hash: "kept",
  });
  const text = JSON.stringify(fields);
  for (let i = 1; i <= 6; i++) assert.ok(!text.includes(`p${i}`), `p${i}`);
  assert.ok(text.includes("kept") && text.includes("alice@example.com") && text.includes("To: x"));
});

test("an error keeps its message and code", () => {
  assert.deepEqual(withoutSecrets({ error: Object.assign(new Error("taken"), { code: "EADDRINUSE" }) }), {
    error: { name: "Error", message: "taken", code: "EADDRINUSE" },
  });
});

test("a worker's logger forwards what its level lets through", () => {
  const seen: string[] = [];
  const log = createForwardingLogger("warn", (level, message) => seen.push(`${level} ${message}`));
  log.info("a");
  log.warn("b");
  log.error("c");
  assert.deepEqual(seen, ["warn b", "error c"]);
  createForwardingLogger("silent", () => assert.fail("silent")).error("d");
});

test("TRAPEZOID_LOG names a level; anything else is info", () => {
  assert.equal(logLevelOf("debug"), "debug");
  assert.equal(logLevelOf("loud"), "info");
  assert.equal(logLevelOf(undefined), "info");
});
