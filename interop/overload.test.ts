/** A server with more to do than it can, and peers that are asked how loaded they are. RFC 3261 §21.5.4, RFC 7339. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { registrarConfig, startKamailio } from "./rig/kamailio.ts";
import { freePorts } from "./rig/ports.ts";
import { missing } from "./rig/programs.ts";
import { type Sipp, startSipp } from "./rig/sipp.ts";
import { makeTempFolder } from "./rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "./rig/trapezoid.ts";
import { pause, waitUntil } from "./rig/wait.ts";

/** Every call leads to `target`; routing one takes `workMs` of the thread's time. */
function startRouter(target: string, workMs: number, overload = "{}"): Promise<Trapezoid> {
  return startTrapezoid({
    listen: ["udp://127.0.0.1:0"],
    trust: ["127.0.0.1"],
    config: `
function work(ms) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
export default {
  domains: ["house.test"],
  overload: ${overload},
  trunks: { desk: { target: "sip:${target}" } },
  route(request, plan) {
    if (request.method === "INVITE") work(${workMs});
    return plan.trunk("desk");
  },
};
`,
  });
}

/** So that what is lost is lost at the server under test. */
const largeBuffers = ["-buff_size", "2000000"];

interface CallOptions {
  readonly calls: number;
  readonly rate: number;
  readonly holdMs: number;
}

function startCalls(server: Trapezoid, scenario: string, { calls, rate, holdMs }: CallOptions): Promise<Sipp> {
  return startSipp({
    scenario,
    values: { HOLD_MS: holdMs, RETRY_AFTER: "(2|3|4|5|6|7|8|9)" },
    remote: server.at("udp"),
    fields: { order: "SEQUENTIAL", lines: ["desk@house.test"] },
    calls,
    rate,
    concurrent: 10_000,
    timeoutSeconds: 90,
    args: largeBuffers,
  });
}

async function health(server: Trapezoid): Promise<string> {
  const answer = (await (await fetch(`${server.http}/health`)).json()) as { readonly status: string };
  return answer.status;
}

test("calls that are up end as they should while new ones are turned away with 503 and Retry-After", {
  skip: missing("sipp"),
}, async () => {
  await using desk = await startSipp({ scenario: "callee.xml", concurrent: 10_000, args: largeBuffers });
  // 10 ms a call is less than 100 calls/s, on any machine.
  await using server = await startRouter(desk.address, 10, "{ sustainMs: 1000, retryAfter: { min: 2, max: 9 } }");
  await using early = await startCalls(server, "caller.xml", { calls: 60, rate: 20, holdMs: 10_000 });
  await pause(4_000);
  assert.equal(await health(server), "ok");
  await using late = await startCalls(server, "caller-or-turned-away.xml", { calls: 3_000, rate: 300, holdMs: 100 });
  await waitUntil(async () => (await health(server)) === "overloaded", { what: "overload", timeoutMs: 20_000 });

  const ended = await early.finished();
  assert.deepEqual([ended.succeeded, ended.failed], [60, 0], ended.errors.slice(0, 2_000));
  const came = await late.finished();
  // SIPp's callee gives up on a call whose ACK was lost while too much came.
  assert.ok(came.failed <= came.created / 100, `${came.failed} failed:\n${came.errors.slice(0, 2_000)}`);
  const completed = came.succeeded - came.counted;
  assert.ok(came.counted > 500 && completed > 100, `${completed} completed, ${came.counted} turned away`);

  await waitUntil(async () => (await health(server)) === "ok", { what: "the end of overload", timeoutMs: 30_000 });
  const metrics = await server.metrics();
  const shed = metrics.get('trapezoid_overload_shed_total{thread="worker-1",class="invite"}') ?? 0;
  assert.ok(shed >= came.counted, `${shed}`);
  // One line when it begins, one when it ends, however many were turned away.
  const said = server.process.output.split("\n").filter((line) => line.includes('"worker":1'));
  assert.deepEqual(
    said.map((line) => (JSON.parse(line) as { level: string | number; msg: string }).msg),
    [
      "more to do than this server can: some new requests are answered 503 until it is less",
      "all requests are served again",
    ],
  );
});

test("a peer that asks is told, in every answer, that it may send everything", { skip: missing("sipp") }, async () => {
  await using server = await startTrapezoid({ listen: ["udp://127.0.0.1:0"] });
  await using asker = await startSipp({
    scenario: "asks-load.xml",
    values: { TOLD: ';oc=0;oc-algo=\\"loss\\";oc-validity=0;oc-seq=[0-9]+[.][0-9]{3}$'.replaceAll("\\", "") },
    remote: server.at("udp"),
    calls: 5,
    timeoutSeconds: 20,
  });
  const { succeeded, failed, errors } = await asker.finished();
  assert.deepEqual([succeeded, failed], [5, 0], errors.slice(0, 2_000));
});

test("a Kamailio that is asked how loaded it is passes the calls on, and nothing is kept from it", {
  skip: missing("sipp", "kamailio"),
}, async () => {
  await using folder = await makeTempFolder("overload");
  const udp = await freePorts(1);
  const config = await registrarConfig({ udp, folder });
  await using _kamailio = await startKamailio({ config, readyPort: { udp }, folder });
  const port = await freePorts(2);
  await using registration = await startSipp({
    scenario: "register.xml",
    remote: `127.0.0.1:${udp}`,
    port,
    calls: 1,
    fields: { order: "SEQUENTIAL", lines: [`desk;127.0.0.1:${port}`] },
    args: ["-key", "domain", `127.0.0.1:${udp}`],
    timeoutSeconds: 20,
  });
  assert.equal((await registration.finished()).status, 0);
  const trace = folder.file("callee.log");
  await using _desk = await startSipp({ scenario: "callee.xml", port, args: ["-trace_msg", "-message_file", trace] });
  await using server = await startRouter(`127.0.0.1:${udp}`, 0);
  await using calls = await startCalls(server, "caller.xml", { calls: 20, rate: 20, holdMs: 200 });
  const { succeeded, failed, errors } = await calls.finished();
  assert.deepEqual([succeeded, failed], [20, 0], errors.slice(0, 2_000));
  const vias = (await readFile(trace, "utf8")).split("\n").filter((line) => /^(Via|v):/i.test(line));
  assert.ok(
    vias.some((via) => via.includes(';oc;oc-algo="loss"')),
    vias.slice(0, 5).join("\n"),
  );
  const metrics = await server.metrics();
  assert.equal(metrics.get('trapezoid_next_hop_kept_total{thread="worker-1"}'), 0);
});
