import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openDataFolder } from "@trapezoid/server/store";
import { run } from "../run.ts";

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const data = mkdtempSync(path.join(tmpdir(), "trapezoid-bans-"));
/** Nothing is ever put here. */
const nowhere = `${data}-nowhere`;
// As a server does at its first start.
before(async () => (await openDataFolder(data)).close());
after(() => rmSync(data, { recursive: true, force: true }));

function command(...args: readonly string[]) {
  const { NODE_TEST_CONTEXT: _context, ...env } = process.env;
  const child = spawnSync(process.execPath, ["-C", "dev", main, "bans", ...args], {
    encoding: "utf8",
    env: { ...env, TRAPEZOID_DATA: data },
  });
  return { status: child.status, stdout: child.stdout, stderr: child.stderr };
}

test("a ban is added, listed and removed", async () => {
  const added = command("add", "198.51.100.7/24", "--for", "2h30m", "--reason", "a bad neighbourhood");
  assert.deepEqual(added, { status: 0, stdout: "198.51.100.0/24 is banned for 2 h 30 min\n", stderr: "" });
  assert.equal(command("add", "192.0.2.7").stdout, "192.0.2.7 is banned until it is removed\n");

  const table = command("list").stdout.split("\n");
  assert.match(table[0]!, /^SOURCE +FOR +BECAUSE +TIMES +SINCE +DETAIL$/);
  assert.match(table[1]!, /^192\.0\.2\.7 +ever +manual +0 /);
  assert.match(table[2]!, /^198\.51\.100\.0\/24 +2 h \d\d min +manual +0 .* a bad neighbourhood$/);

  const [endless, other] = JSON.parse(command("list", "--json").stdout) as Record<string, unknown>[];
  assert.deepEqual([endless?.source, endless?.until, endless?.reason], ["192.0.2.7", null, "manual"]);
  const left = Date.parse(String(other?.until)) - Date.parse(String(other?.since));
  assert.equal(left, 9_000_000);

  assert.equal(command("remove", "192.0.2.7").stdout, "192.0.2.7 is no longer banned\n");
  assert.deepEqual(JSON.parse(command("remove", "198.51.100.0/24", "--json").stdout), {
    source: "198.51.100.0/24",
    removed: true,
  });
  assert.equal(command("list").stdout, "nobody is banned\n");
});

test("a ban made in a folder without data is refused, and leaves no folder behind", async () => {
  const folder = path.join(data, "elsewhere");
  assert.equal(await run(["bans", "add", "192.0.2.7", "--data", folder], () => {}), 1);
  assert.ok(!existsSync(folder));
});

test("banning again keeps the note, unless another is given", async () => {
  const again = async (...args: readonly string[]): Promise<string | undefined> => {
    assert.equal(await run(["bans", "add", "192.0.2.8", "--data", data, ...args]), 0);
    using folder = await openDataFolder(data);
    return (await folder.bans.get("192.0.2.8"))?.detail;
  };
  assert.equal(await again("--reason", "calls at night"), "calls at night");
  assert.equal(await again("--for", "1h"), "calls at night");
  assert.equal(await again("--reason", "calls all day"), "calls all day");
  assert.equal(await run(["bans", "remove", "192.0.2.8", "--data", data]), 0);
});

test("an IPv6 source is let in by any of its addresses", async () => {
  {
    using folder = await openDataFolder(data);
    const ban = { reason: "wrong-passwords", detail: "", since: 0, until: undefined, times: 1 } as const;
    await folder.bans.put([{ ...ban, subject: "2001:db8:1:2::/64" }]);
  }
  assert.equal(command("remove", "2001:db8:1:2::99").stdout, "2001:db8:1:2::/64 is no longer banned\n");
});

const mistakes: readonly (readonly [args: readonly string[], status: number, stderr: RegExp])[] = [
  [["remove", "192.0.2.99"], 1, /^trapezoid: 192\.0\.2\.99 is not banned; list the bans with: trapezoid bans list\n$/],
  [["add", "example.com"], 2, /^trapezoid: "example\.com" is no address or network: expected an address .*\n$/],
  [["remove", "xx"], 2, /^trapezoid: "xx" is no address or network: expected .*\n$/],
  [
    ["add", "fe80::1%eth0"],
    2,
    /^trapezoid: "fe80::1%eth0" names a zone \(%eth0\).* say fe80::1, without the zone; .*\n$/,
  ],
  [["add", "0.0.0.0/0"], 2, /^trapezoid: .* too wide .*\n$/],
  [["add", "192.0.2.7", "--for", "soon"], 2, /^trapezoid: .*expected a duration: 90s, 30m, 12h, 7d.*\n$/],
  [["add", "192.0.2.7", "--data", nowhere], 1, /^trapezoid: there is no Trapezoid data in .*\n$/],
  [["remove", "192.0.2.7", "--data", nowhere], 1, /^trapezoid: there is no Trapezoid data in .*\n$/],
  [["list", "--data", nowhere], 1, /^trapezoid: there is no Trapezoid data in .*\n$/],
];
for (const [args, expected, text] of mistakes) {
  test(`one line and status ${expected}: bans ${args.join(" ")}`, async () => {
    let stderr = "";
    const where = args.includes("--data") ? [] : ["--data", data];
    const status = await run(["bans", ...args, ...where], (line) => {
      stderr += line;
    });
    assert.equal(status, expected, stderr);
    assert.match(stderr, text);
  });
}
