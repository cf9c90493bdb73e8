import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { folder, Run } from "../test/command-run.ts";
import { hearTone, writeTone } from "../test/tone-file.ts";

const passwords = { ALICE: "wonder-land", BOB: "builder-bob" };

interface House {
  readonly root: string;
  /** `127.0.0.1:PORT`. */
  readonly at: string;
  phone(...args: readonly string[]): Run;
}

/** A server with alice and bob, on a free port. */
async function house(t: TestContext): Promise<House> {
  const root = folder(t);
  const added = Object.entries(passwords).map(([name, password]) => {
    const run = new Run(t, ["user", "add", `${name.toLowerCase()}@example.com`, "--password-stdin"], root);
    run.child.stdin?.end(password);
    return run.outcome;
  });
  for (const { status, stderr } of await Promise.all(added)) assert.equal(status, 0, stderr);
  const server = new Run(
    t,
    ["start", "--listen", "udp://127.0.0.1:0", "--http", "off", "--domain", "example.com", "--no-first-account"],
    root,
  );
  await server.says("ready\n");
  const at = /^listening udp:\/\/(\S+)$/m.exec(server.stdout)![1]!;
  return { root, at, phone: (...args) => new Run(t, args, root, undefined, passwords) };
}

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

function eventsOf({ stdout }: { readonly stdout: string }): Event[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
}

test("two phones of the command line talk through the server: each hears the other's tone", async (t) => {
  const { root, at, phone } = await house(t);
  writeTone(join(root, "alice.wav"), 440, 30);
  writeTone(join(root, "bob.wav"), 600, 30);
  const bob = phone(
    ...["register", "--as", "bob@example.com", "--proxy", at, "--password-env", "BOB", "--json"],
    ...["--answer", "--play", "bob.wav", "--record", "bob-heard.wav", "--dual"],
  );
  await bob.says('"event":"registered"');

  // While they talk: what fails, and what is asked.
  const refused = phone("register", "--as", "alice@example.com", "--proxy", at, "--password-env", "BOB", "--once");
  const asked = phone("options", at);

  const alice = phone(
    ...["call", "bob", "--as", "alice@example.com", "--proxy", at, "--password-env", "ALICE", "--json", "--ladder"],
    ...["--play", "alice.wav", "--record", "alice-heard.wav", "--dual", "--digits", "42#", "--hangup-after", "2"],
  );
  const called = await alice.outcome;
  assert.equal(called.status, 0, called.stderr);
  await bob.says('"event":"ended"');
  bob.child.kill("SIGTERM");
  const answered = await bob.outcome;
  assert.equal(answered.status, 0, answered.stderr);

  const { status, stderr } = await refused.outcome;
  assert.equal(status, 1);
  assert.match(stderr, /^trapezoid: cannot register alice@example\.com: user name or password is wrong \(401 .*\n$/);
  const options = await asked.outcome;
  assert.equal(options.status, 0, options.stderr);
  assert.match(options.stdout, /^127\.0\.0\.1:\d+ answered 200 in [\d.]+ ms/);

  const told = eventsOf(called);
  assert.deepEqual(
    told.map(({ event }) => event).filter((event) => event !== "warning" && event !== "progress"),
    ["calling", "answered", "digits-sent", "recorded", "ended", "ladder", "summary"],
  );
  const { ok, cause, by } = told.at(-1)!;
  assert.deepEqual([ok, cause, by], [true, "bye", "local"]);
  const ladder = told.find(({ event }) => event === "ladder")!.steps as { label: string; direction: string }[];
  const labels = ladder.map(({ label, direction }) => `${direction} ${label}`);
  for (const label of [
    "sent INVITE",
    "received 407 Proxy Authentication Required",
    "received 200 OK",
    "sent ACK",
    "sent BYE",
  ]) {
    assert.ok(labels.includes(label), `${label} in ${labels}`);
  }

  const heard = eventsOf(answered);
  assert.deepEqual(
    heard.filter(({ event }) => event === "digit").map(({ digit }) => digit),
    ["4", "2", "#"],
  );
  assert.equal(heard.at(-2)?.event, "unregistered");
  const { calls } = heard.at(-1) as unknown as { calls: readonly { readonly wasAnswered: boolean }[] };
  assert.deepEqual(
    calls.map(({ wasAnswered }) => wasAnswered),
    [true],
  );

  for (const [file, own, theirs] of [
    ["alice-heard.wav", 440, 600],
    ["bob-heard.wav", 600, 440],
  ] as const) {
    const [left, right] = [hearTone(join(root, file), 0), hearTone(join(root, file), 1)];
    for (const [side, { hz, peak }, wanted] of [
      ["sent", left, own],
      ["heard", right, theirs],
    ] as const) {
      assert.ok(
        Math.abs(hz / wanted - 1) < 0.05 && peak > 0.2,
        `${file}, ${side}: ${hz} Hz at ${peak}, not ${wanted} Hz`,
      );
    }
  }
});
