import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { folder, launcher, Run } from "../test/command-run.ts";

const local = ["--listen", "udp://127.0.0.1:0", "--http", "127.0.0.1:0"];

test("wrong usage exits with 2, a failure with 1, through the launcher too", async (t) => {
  assert.equal((await new Run(t, ["start", "--foo"], folder(t)).outcome).status, 2);
  assert.equal((await new Run(t, ["start", "--config", "gone.ts"], folder(t)).outcome).status, 1);
});

test("help and version are no mistakes", async (t) => {
  const help = await new Run(t, ["start", "--help"], folder(t)).outcome;
  assert.equal(help.status, 0);
  assert.match(help.stdout, /--no-first-account/);
  const version = await new Run(t, ["--version"], folder(t)).outcome;
  assert.deepEqual([version.status, version.stdout], [0, "0.1.0\n"]);
});

test("start says where it listens, the first account and ready; SIGTERM ends it with 0", async (t) => {
  const root = folder(t);
  const run = new Run(t, ["start", ...local, "--listen", "tcp://127.0.0.1:0", "--domain", "Example.com"], root);
  await run.says("\nready\n");
  const lines = run.stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^listening udp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.match(lines[1] ?? "", /^listening tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
  assert.match(lines[2] ?? "", /^http http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  const account = /^account alice@example\.com password (\S+)$/.exec(lines[3] ?? "");
  assert.ok(account !== null, run.stdout);
  assert.deepEqual(lines.slice(4), ["ready"]);

  const http = lines[2]!.slice("http ".length);
  assert.equal((await fetch(`${http}/health`)).status, 200);
  assert.match(
    await (await fetch(`${http}/metrics`)).text(),
    /trapezoid_sip_messages_received_total\{thread="worker-1"\}/,
  );
  const token = readFileSync(join(root, "data", "api-token"), "utf8").trim();
  const collected = await fetch(`${http}/api/v1/process/collect`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
  });
  const { threads } = (await collected.json()) as { threads: Record<string, Record<string, number>> };
  assert.equal(threads["worker-1"]?.["transactions.serverTransactions"], 0);
  assert.ok((threads["worker-1"]?.["heap.usedBytes"] ?? 0) > 0);

  run.child.kill("SIGTERM");
  const { status, stderr } = await run.outcome;
  assert.equal(status, 0, stderr);
  assert.ok(!stderr.includes(account[1]!), "the password must not be in the log");
  for (const line of stderr.trimEnd().split("\n")) JSON.parse(line);
});

test("two threads share a free port, and a reload reaches both", async (t) => {
  const root = folder(t);
  const file = join(root, "trapezoid.config.ts");
  writeFileSync(
    file,
    `import { defineConfig } from "trapezoid"; export default defineConfig({ domains: ["one.example"] });`,
  );
  const run = new Run(t, ["start", ...local, "--workers", "2", "--no-first-account", "--json"], root);
  await run.says('{"event":"ready"}');
  const events = run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { event: string; uri?: string });
  assert.deepEqual(
    events.map((event) => event.event),
    ["listening", "http", "ready"],
  );
  const token = readFileSync(join(root, "data", "api-token"), "utf8").trim();
  const status = async (): Promise<{ domains: string[] }> => {
    const response = await fetch(`${events[1]?.uri}/api/v1/status`, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()) as { domains: string[] };
  };
  assert.deepEqual((await status()).domains, ["one.example"]);
  writeFileSync(file, `export default { domains: ["two.example"] };`);
  run.child.kill("SIGHUP");
  // The reload has no other sign than its effect.
  while ((await status()).domains[0] !== "two.example") assert.equal(run.child.exitCode, null, run.stderr);
  run.child.kill("SIGTERM");
  assert.equal((await run.outcome).status, 0);
});

test("a server takes its end when its launcher is killed", async (t) => {
  const run = new Run(t, ["start", ...local], folder(t));
  await run.says("\nready\n");
  const uri = /^http (\S+)$/m.exec(run.stdout)?.[1];
  run.child.kill("SIGKILL");
  // Its standard output is closed when the server itself is gone.
  await run.outcome;
  await assert.rejects(fetch(`${uri}/health`));
});

const main = fileURLToPath(new URL("main.ts", import.meta.url));
for (const [how, command] of [
  ["in place", [process.execPath, "-C", "dev", main]],
  ["through the launcher", [process.execPath, launcher]],
] as const) {
  test(`a server that npm runs ${how} drains when npm's shell dies of a signal`, async (t) => {
    // What npm does: a shell that waits for the command and passes nothing on.
    const shell = ["/bin/sh", "-c", '"$@"; exit $?', "sh", ...command];
    const run = new Run(t, ["start", ...local], folder(t), shell, { npm_command: "exec" });
    await run.says("\nready\n");
    run.child.kill("SIGTERM");
    // Its standard output is closed when the server itself is gone.
    const { stderr } = await run.outcome;
    assert.match(stderr, /"msg":"draining"/);
  });
}

test("SIGHUP while it starts is no end: it reloads when it runs", async (t) => {
  const root = folder(t);
  // The configuration is loaded in the middle of the start.
  writeFileSync(
    join(root, "trapezoid.config.ts"),
    `import { isMainThread } from "node:worker_threads";
    if (isMainThread && import.meta.url.endsWith("=0")) process.kill(process.pid, "SIGHUP");
    export default { domains: ["one.example"] };`,
  );
  const run = new Run(t, ["start", ...local], root);
  await run.says("\nready\n");
  while (!run.stderr.includes("the configuration was reloaded")) await run.logs();
  run.child.kill("SIGTERM");
  assert.equal((await run.outcome).status, 0);
});

test("every thread that shares a free port advertises what the listener says", async (t) => {
  const root = folder(t);
  writeFileSync(
    join(root, "trapezoid.config.ts"),
    `export default { listen: [{ uri: "udp://127.0.0.1:0", advertise: "sip.example.com" }] };`,
  );
  const run = new Run(t, ["start", "--http", "off", "--workers", "2"], root);
  await run.says("\nready\n");
  const port = Number(/^listening udp:\/\/127\.0\.0\.1:(\d+)$/m.exec(run.stdout)?.[1]);
  // The kernel chooses the thread by the source port: one of sixteen comes to each, but for one time in 32,768.
  const statuses = Array.from({ length: 16 }, async (_, n) => {
    const socket = createSocket("udp4");
    t.after(() => socket.close());
    const answered = once(socket, "message");
    const lines = [
      `OPTIONS sip:sip.example.com:${port} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bK-${n}`,
      "From: <sip:x@example.org>;tag=1",
      `To: <sip:sip.example.com:${port}>`,
      `Call-ID: advertise-${n}`,
      "CSeq: 1 OPTIONS",
      "Max-Forwards: 70",
      "Content-Length: 0",
      "\r\n",
    ];
    socket.send(lines.join("\r\n"), port, "127.0.0.1");
    return String((await answered)[0]).slice(8, 11);
  });
  assert.deepEqual(new Set(await Promise.all(statuses)), new Set(["200"]));
});
