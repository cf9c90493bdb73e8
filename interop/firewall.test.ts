/** The firewall of a whole server: threads, commands, API and restarts. Each source is an address of loopback of its own. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { test } from "node:test";
import { openGuesser } from "./rig/guesser.ts";
import { password, startHouse } from "./rig/house.ts";
import { startTrapezoid, type Trapezoid } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";

const domain = "house.test";
const options = { domain } as const;

const guesserAt = (server: Trapezoid, from: string, userAgent = "Guesser/1") =>
  openGuesser({ ...options, from, userAgent, port: server.port("udp") });

async function listed(server: Trapezoid): Promise<readonly Record<string, unknown>[]> {
  const { status, stdout, stderr } = await server.command(["bans", "list", "--json"]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>[];
}

/** Whether a TCP connection from there is let in: asked to say OPTIONS, it is answered. */
function isHeardOverTcp(server: Trapezoid, from: string): Promise<boolean> {
  const text = `OPTIONS sip:${domain} SIP/2.0\r\nVia: SIP/2.0/TCP ${from};branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:${domain}>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n`;
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port: server.port("tcp"), localAddress: from }, () =>
      socket.write(text),
    );
    socket.on("data", () => socket.destroy().emit("heard"));
    socket.on("heard", () => resolve(true));
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
  });
}

test("who guesses is banned in every thread, over TCP too, and after a restart; who lives here is not", async () => {
  const server = await startHouse({ users: ["alice"], args: ["--workers", "2"] });
  const bad = "127.0.1.66";
  await using _stop = server;
  {
    await using alice = await guesserAt(server, "127.0.1.1");
    assert.equal(await alice.guess("alice", password), 200);
    for (let i = 0; i < 40; i++) await alice.guess("alice", `mistyped ${i}`);
    assert.equal(await alice.isHeard(), true, "a contact is registered from there");
    assert.equal(await alice.guess("alice", password), 200);
  }
  // From several ports, which the kernel spreads over the threads.
  for (let port = 0; port < 4; port++) {
    await using guesser = await guesserAt(server, bad);
    for (let i = 0; i < 6; i++) await guesser.guess("nobody", `guess ${i}`, 300);
  }
  await waitUntil(async () => (await listed(server)).length === 1, { what: "the ban" });
  const [ban] = await listed(server);
  assert.deepEqual([ban?.source, ban?.reason, ban?.times], [bad, "wrong-passwords", 1]);
  for (let port = 0; port < 4; port++) {
    await using guesser = await guesserAt(server, bad);
    assert.equal(await guesser.isHeard(300), false);
  }
  assert.equal(await isHeardOverTcp(server, bad), false);
  assert.equal(await isHeardOverTcp(server, "127.0.1.67"), true);
  const metrics = await server.metrics();
  assert.equal(metrics.get('trapezoid_bans{thread="main"}'), 1);
  assert.match(server.process.output, /"lift":"trapezoid bans remove 127\.0\.1\.66"/);

  await server.stop();
  await using again = await startTrapezoid({ domains: [domain], args: ["--workers", "2"], folder: server.folder });
  await using banned = await guesserAt(again, bad);
  assert.equal(await banned.isHeard(300), false);
  const removed = await again.command(["bans", "remove", bad]);
  assert.equal(removed.stdout, `${bad} is no longer banned\n`);
  await waitUntil(() => banned.isHeard(200), { what: "to be heard again", timeoutMs: 5_000 });
});

test("bans by hand hold within a second, from the command line and over the API", async () => {
  await using server = await startHouse({ users: [] });
  await using one = await guesserAt(server, "127.0.2.1");
  await using other = await guesserAt(server, "127.0.3.1");
  assert.deepEqual([await one.isHeard(), await other.isHeard()], [true, true]);
  const added = await server.command(["bans", "add", "127.0.2.0/24", "--for", "1h", "--reason", "noise"]);
  assert.equal(added.status, 0, added.stderr);
  await waitUntil(async () => !(await one.isHeard(200)), { what: "the network's ban", timeoutMs: 5_000 });
  const made = await server.api("POST", "bans", { source: "127.0.3.1", seconds: 3600, reason: "noise" });
  assert.equal(made.status, 201);
  assert.equal(await other.isHeard(300), false, "at once");
  const { body } = await server.api("GET", "bans");
  const sources = (body as { bans: { source: string }[] }).bans.map(({ source }) => source);
  assert.deepEqual(sources, ["127.0.2.0/24", "127.0.3.1"]);
  assert.equal((await server.api("DELETE", "bans/127.0.2.0/24")).status, 200);
  assert.equal(await one.isHeard(), true, "at once");
});

test("the deny list and its exceptions are taken over without a restart", async () => {
  const write = (firewall: string): string =>
    `import { defineConfig } from "trapezoid";\nexport default defineConfig({ domains: ["${domain}"], firewall: ${firewall} });\n`;
  await using server = await startHouse({
    users: [],
    domains: [],
    config: write(`{ deny: ["127.0.4.0/24"], allow: ["127.0.4.9"] }`),
  });
  await using denied = await guesserAt(server, "127.0.4.1");
  await using allowed = await guesserAt(server, "127.0.4.9");
  assert.equal(await denied.isHeard(300), false);
  assert.equal(await allowed.isHeard(), true);

  await writeFile(server.folder.file("trapezoid.config.ts"), write("{}"));
  await waitUntil(() => denied.isHeard(200), { what: "to be heard", timeoutMs: 10_000 });
});

test("a right password from an unusual place is an alarm in the log, the metrics and the API", async () => {
  await using server = await startHouse({ users: ["alice"], args: ["--workers", "2"] });
  await using home = await guesserAt(server, "127.0.1.1", "Desk/1");
  assert.equal(await home.guess("alice", password), 200);
  {
    await using moved = await guesserAt(server, "127.0.9.9", "Desk/1");
    assert.equal(await moved.guess("alice", password), 200, "another port, another lease");
  }
  const alarms = async () => (await server.api("GET", "alarms")).body as { alarms: Record<string, unknown>[] };
  assert.deepEqual(await alarms(), { alarms: [] });
  await using thief = await guesserAt(server, "127.99.0.1", "Tool/2");
  assert.equal(await thief.guess("alice", password), 200);
  const raised = await waitUntil(async () => (await alarms()).alarms[0], { what: "the alarm" });
  assert.deepEqual([raised.type, raised.account, raised.what], ["takeover", "alice@house.test", "added"]);
  assert.match(String(raised.source), /^udp 127\.99\.0\.1:/);
  assert.equal((await server.metrics()).get('trapezoid_takeover_alarms_total{thread="main"}'), 1);
  assert.match(server.process.output, /"change":"trapezoid user password alice@house\.test"/);
});
