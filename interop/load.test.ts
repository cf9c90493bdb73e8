/** Steady load, not a benchmark: bench/ measures what it costs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startHouse } from "./rig/house.ts";
import { nothingLeft } from "./rig/leak-check.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { type Sipp, startSipp } from "./rig/sipp.ts";
import type { Trapezoid } from "./rig/trapezoid.ts";

/** Two of each share the load: one SIPp process tops out near 1,000 calls/s. */
const users = ["desk0", "desk1"];
const callsPerSecond = 1_000;
const seconds = 60;
/** 64·T1 of the last transactions (RFC 3261 §17), and the clock's grain. */
const allTimersMs = 64 * 500 + 5_000;

async function startDesk(server: Trapezoid, user: string): Promise<Sipp> {
  const port = await freePorts(2);
  await using registration = await startSipp({
    scenario: "register.xml",
    remote: server.at("udp"),
    port,
    calls: 1,
    fields: { order: "SEQUENTIAL", lines: [`${user};127.0.0.1:${port}`] },
    args: ["-key", "domain", "house.test"],
    timeoutSeconds: 20,
  });
  const { status, errors } = await registration.finished();
  assert.equal(status, 0, errors);
  return startSipp({ scenario: "callee.xml", port, concurrent: 15_000 });
}

test("1,000 calls/s for 60 s without one failed call, and nothing of them stays", {
  skip: missing("sipp"),
}, async () => {
  await using server = await startHouse({ users, listen: ["udp://127.0.0.1:0"], trust: ["127.0.0.1"] });
  await using desks = new AsyncDisposableStack();
  await using callers = new AsyncDisposableStack();
  for (const user of users) desks.use(await startDesk(server, user));
  const calls = (callsPerSecond * seconds) / users.length;
  const start = (user: string): Promise<Sipp> =>
    startSipp({
      scenario: "caller.xml",
      remote: server.at("udp"),
      fields: { order: "SEQUENTIAL", lines: [`${user}@house.test`] },
      calls,
      rate: callsPerSecond / users.length,
      concurrent: 5_000,
      timeoutSeconds: 180,
    });
  const running = (await Promise.all(users.map(start))).map((caller) => callers.use(caller));
  for (const caller of running) {
    const { succeeded, failed, errors } = await caller.finished();
    assert.deepEqual([succeeded, failed], [calls, 0], errors.slice(0, 2_000));
  }
  await nothingLeft(server, allTimersMs);
});
