import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BindingRows, openDataFolder } from "@trapezoid/server/store";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { run } from "../run.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const data = mkdtempSync(path.join(tmpdir(), "trapezoid-user-"));
after(() => rmSync(data, { recursive: true, force: true }));

function command(args: readonly string[], input = "") {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawnSync(process.execPath, ["-C", "dev", main, ...args], {
    encoding: "utf8",
    input,
    env: { ...env, TRAPEZOID_DATA: data },
  });
  return { status: child.status, stdout: child.stdout, stderr: child.stderr };
}

async function secretOf(address: string): Promise<string | undefined> {
  using folder = await openDataFolder(data);
  return (await folder.accounts.get(address))?.secrets.md5;
}

test("an account is added, listed, given another password and removed", async () => {
  {
    using folder = await openDataFolder(data);
    folder.settings.set("primaryDomain", "example.com");
  }
  const added = command(["user", "add", "alice"]);
  const made = /^account alice@example\.com password (\S+)\n$/.exec(added.stdout)?.[1];
  assert.equal(added.status, 0, added.stderr);
  assert.equal(await secretOf("alice@example.com"), nodeHash.md5(`alice:example.com:${made}`));

  const given = command(["user", "add", "bob@Example.org", "--password-stdin", "--json"], "pass word\n");
  assert.deepEqual(JSON.parse(given.stdout), { address: "bob@example.org" });
  assert.equal(await secretOf("bob@example.org"), nodeHash.md5("bob:example.org:pass word"));

  const listed = JSON.parse(command(["user", "list", "--json"]).stdout) as { address: string }[];
  assert.deepEqual(
    listed.map(({ address }) => address),
    ["alice@example.com", "bob@example.org"],
  );

  const changed = JSON.parse(command(["user", "password", "alice", "--json"]).stdout) as { password: string };
  assert.equal(await secretOf("alice@example.com"), nodeHash.md5(`alice:example.com:${changed.password}`));

  assert.equal(command(["user", "remove", "alice"]).stdout, "account alice@example.com removed\n");
  assert.equal(await secretOf("alice@example.com"), undefined);
});

const mistakes: readonly (readonly [args: readonly string[], status: number, stderr: RegExp])[] = [
  [["user", "remove", "nobody"], 1, /^trapezoid: there is no account nobody@.*\n$/],
  [["user", "password", "nobody"], 1, /^trapezoid: there is no account nobody@.*\n$/],
  [["user", "add", "bob@example.org"], 1, /^trapezoid: bob@example.org is already there;.*\n$/],
  [["registrations", "nobody"], 1, /^trapezoid: there is no account nobody@.*\n$/],
  [["user", "add", "not an address"], 2, /^trapezoid: .*cannot hold.*\n$/],
];
for (const [args, expected, text] of mistakes) {
  test(`one line and status ${expected}: ${args.join(" ")}`, async () => {
    let stderr = "";
    const status = await run([...args, "--data", data], (line) => {
      stderr += line;
    });
    assert.equal(status, expected, stderr);
    assert.match(stderr, text);
  });
}

test("an empty password and a folder without data are one line and status 1", () => {
  const empty = command(["user", "add", "carol", "--password-stdin"]);
  assert.equal(empty.status, 1);
  assert.match(empty.stderr, /^trapezoid: .*standard input was empty\n$/);
  const none = command(["user", "list", "--data", path.join(data, "none")]);
  assert.equal(none.status, 1);
  assert.match(none.stderr, /^trapezoid: there is no Trapezoid data in .*\n$/);
});

test("--data and --json may stand before the command, the subcommand or after it; an empty TRAPEZOID_DATA is none", (t) => {
  const root = mkdtempSync(path.join(tmpdir(), "trapezoid-where-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const at = (args: readonly string[], cwd = root) => {
    const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
    const all = ["-C", "dev", main, ...args];
    return spawnSync(process.execPath, all, { cwd, encoding: "utf8", env: { ...env, TRAPEZOID_DATA: "" } });
  };
  const added = at(["user", "--json", "add", "alice@example.com"]);
  assert.equal(added.status, 0, added.stderr);
  assert.deepEqual(readdirSync(root), ["data"], "in ./data, not here");
  const where = path.join(root, "data");
  for (const args of [
    ["--data", where, "--json", "user", "list"],
    ["user", "--data", where, "--json", "list"],
    ["user", "list", "--data", where, "--json"],
  ]) {
    const listed = at(args, tmpdir());
    assert.equal(listed.status, 0, listed.stderr);
    assert.equal((JSON.parse(listed.stdout) as unknown[]).length, 1);
  }
});

test("registrations are listed, of all or of one", async () => {
  {
    using folder = await openDataFolder(data);
    const rows = new BindingRows(folder.database);
    const now = Date.now();
    const binding = {
      aor: "bob@example.org",
      contact: "sip:bob@192.0.2.7:5070",
      params: "",
      q: 500,
      expiresAt: now + 600_000,
      callId: "c",
      cseq: 1,
      path: [],
      flowId: "u",
      source: "udp 192.0.2.7:5070",
      userAgent: "Evil\u001b[2J/1",
      instance: undefined,
      regId: undefined,
      updatedAt: now,
    };
    rows.begin();
    rows.write("bob@example.org", undefined, [
      binding,
      { ...binding, contact: "sip:old@192.0.2.7", expiresAt: now - 1 },
    ]);
    rows.commit();
  }
  const table = command(["registrations"]);
  assert.match(
    table.stdout,
    /^ADDRESS +CONTACT .*\nbob@example\.org +sip:bob@192\.0\.2\.7:5070 +0\.5 +(600|599) s +udp /,
  );
  assert.ok(!table.stdout.includes("\u001b"), "nothing that a terminal would obey");
  assert.equal(table.stdout.split("\n").length, 3);
  const [only, ...more] = JSON.parse(command(["registrations", "bob@example.org", "--json"]).stdout) as {
    contact: string;
  }[];
  assert.equal(only?.contact, "sip:bob@192.0.2.7:5070");
  assert.deepEqual(more, []);
});
