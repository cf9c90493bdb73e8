/** What a 200 to a REGISTER promises: the binding is on the disk. Killed servers, system-call traces, full disks. */

import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { describe, test } from "node:test";
import { runCommand } from "./rig/command.ts";
import { addAccounts } from "./rig/many-accounts.ts";
import { missing } from "./rig/programs.ts";
import { openRegisterClient } from "./rig/register-client.ts";
import { makeTempFolder } from "./rig/temp-folder.ts";
import { startTrapezoid, type Trapezoid } from "./rig/trapezoid.ts";
import { waitUntil } from "./rig/wait.ts";

const domain = "house.test";
const settings = { listen: ["udp://127.0.0.1:0"], domains: [domain], trust: ["127.0.0.1"] };

function usersOf(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `user${i}`);
}

interface Registration {
  readonly address: string;
  readonly contact: string;
}

async function registrationsOf(server: Trapezoid): Promise<ReadonlyMap<string, string>> {
  const { status, stdout, stderr } = await server.command(["registrations", "--json"]);
  assert.equal(status, 0, stderr);
  const list = JSON.parse(stdout) as Registration[];
  return new Map(list.map(({ address, contact }) => [address, contact]));
}

describe("durability of registrations", () => {
  test("kill -9 in the middle of 10,000 registrations loses none that was acknowledged", async () => {
    await using folder = await makeTempFolder("durability");
    const users = usersOf(10_000);
    await addAccounts(folder.file("data"), domain, users, "x");
    for (const killAfter of [1_000, 4_000]) {
      await using server = await startTrapezoid({ ...settings, folder });
      await using client = await openRegisterClient(server.port("udp"), domain);
      const next = users.values();
      let killed = false;
      // 300 at a time, each followed by the next user's, until the server is gone.
      const walk = async (): Promise<void> => {
        for (const user of next) {
          if (killed) return;
          const answer = await client.register(user, 2_000);
          assert.ok(answer === undefined || answer.status === 200, answer?.text ?? "");
          if (!killed && client.acknowledged.length >= killAfter) {
            killed = true;
            server.process.kill("SIGKILL");
          }
        }
      };
      await Promise.all(Array.from({ length: 300 }, walk));
      assert.equal(await server.process.exited, "SIGKILL");
      const acknowledged = client.acknowledged;
      assert.ok(acknowledged.length >= killAfter && acknowledged.length < users.length, `${acknowledged.length}`);

      await using again = await startTrapezoid({ ...settings, folder });
      const stored = await registrationsOf(again);
      const lost = acknowledged.filter((user) => stored.get(`${user}@${domain}`) !== client.contactOf(user));
      assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.length} acknowledged bindings are gone`);
      assert.equal(await again.stop(), 0);
    }
  });

  test("the disk is synced before the first 200 of each group", { skip: missing("strace") }, async () => {
    await using folder = await makeTempFolder("durability");
    const users = usersOf(200);
    await addAccounts(folder.file("data"), domain, users, "x");
    const trace = folder.file("trace");
    const calls = "trace=fsync,fdatasync,recvmsg,recvmmsg,recvfrom,sendmsg,sendmmsg,sendto";
    const strace = ["strace", "-f", "-qq", "-y", "-s", "400", "-e", calls, "-o", trace];
    {
      await using server = await startTrapezoid({ ...settings, folder, under: strace });
      await using client = await openRegisterClient(server.port("udp"), domain);
      for (let at = 0; at < users.length; at += 20) {
        const answers = await Promise.all(users.slice(at, at + 20).map((user) => client.register(user)));
        assert.ok(answers.every((answer) => answer?.status === 200));
      }
      await server.stop();
    }
    const events = eventsOf(await readFile(trace, "latin1"));
    let checked = 0;
    for (const [callId, { asked, answered }] of events.registrations) {
      assert.ok(asked !== undefined && answered !== undefined, `${callId} is not whole in the trace`);
      const synced = events.syncs.some((sync) => sync.ended > asked && sync.ended < answered);
      assert.ok(synced, `${callId}: no sync between line ${asked} and its 200 in line ${answered}`);
      checked++;
    }
    assert.equal(checked, users.length);
  });

  const unshare = missing("unshare");
  test("a full disk is 500, never 200; the server goes on and recovers", { skip: unshare }, async (context) => {
    await using folder = await makeTempFolder("durability");
    const data = folder.file("data");
    const users = usersOf(3_000);
    await addAccounts(data, domain, users, "x");
    // A file system of 8 MB, of which a file takes what the database does not need to start.
    const script = [
      'data="$0"',
      'cp -r "$data" "$data.copy"',
      'mount -t tmpfs -o size=8m tmpfs "$data"',
      'cp -r "$data.copy"/. "$data"',
      'head -c 5600000 /dev/zero > "$data/filler"',
      'exec "$@"',
    ].join(" && ");
    const namespace = ["unshare", "--map-root-user", "--mount"];
    const probe = await runCommand(namespace[0]!, [
      ...namespace.slice(1),
      "mount",
      "-t",
      "tmpfs",
      "tmpfs",
      folder.path,
    ]);
    if (probe.status !== 0) return context.skip("this machine lets nobody mount in a namespace of their own");
    await using server = await startTrapezoid({ ...settings, folder, under: [...namespace, "sh", "-c", script, data] });
    await using client = await openRegisterClient(server.port("udp"), domain);
    const statuses = new Map<number, number>();
    const register = async (some: readonly string[]): Promise<void> => {
      for (const answer of await Promise.all(some.map((user) => client.register(user)))) {
        const status = answer?.status ?? 0;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    for (let at = 0; at < users.length && !statuses.has(500); at += 50) await register(users.slice(at, at + 50));
    assert.deepEqual([...statuses.keys()].sort(), [200, 500]);
    // What was acknowledged before is still there: a second look at the address says so.
    assert.ok(client.acknowledged.length > 0);
    await rm(`/proc/${server.process.pid}/root${data}/filler`);
    await waitUntil(async () => (await client.register(users[0]!))?.status === 200, {
      what: "a 200 after space was freed",
    });
    statuses.clear();
    await register(users.slice(0, 50));
    assert.deepEqual([...statuses], [[200, 50]]);
  });
});

interface TraceEvents {
  readonly registrations: ReadonlyMap<string, { readonly asked?: number; readonly answered?: number }>;
  readonly syncs: readonly { readonly ended: number }[];
}

/** Line numbers: when a REGISTER had come, when its 200 was begun to be sent, when a sync of the log had succeeded. */
function eventsOf(trace: string): TraceEvents {
  const registrations = new Map<string, { asked?: number; answered?: number }>();
  const syncs: { ended: number }[] = [];
  const syncing = new Map<string, boolean>();
  trace.split("\n").forEach((line, at) => {
    const thread = /^\d+/.exec(line)?.[0] ?? "";
    const sync = /^\d+\s+f(?:data)?sync\(\d+<(.*?)>/.exec(line);
    if (sync !== null) syncing.set(thread, sync[1]!.endsWith("-wal"));
    if (/f(?:data)?sync.*= 0$/.test(line) && syncing.get(thread)) syncs.push({ ended: at });
    for (const callId of callIdsOf(line, "REGISTER sip:")) registrations.set(callId, { asked: at });
    for (const callId of callIdsOf(line, "SIP/2.0 200"))
      registrations.set(callId, { ...registrations.get(callId), answered: at });
  });
  return { registrations, syncs };
}

/** The Call-IDs of the messages in a line that begin so; a line may hold several. */
function callIdsOf(line: string, start: string): string[] {
  return line
    .split(`"${start}`)
    .slice(1)
    .flatMap((message) => /Call-ID: (.*?)\\r\\n/.exec(message)?.[1] ?? []);
}
