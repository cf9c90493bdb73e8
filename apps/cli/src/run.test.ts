import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "./run.ts";

/** Runs a command that must fail in this process: a process of its own takes a second. */
async function inProcess(args: readonly string[]): Promise<{ status: number; stderr: string }> {
  let stderr = "";
  const status = await run(args, (line) => {
    stderr += line;
  });
  return { status, stderr };
}

function folder(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), "trapezoid-run-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

const local = ["--listen", "udp://127.0.0.1:0", "--http", "127.0.0.1:0"];

const usages: readonly (readonly [string, readonly string[], RegExp])[] = [
  ["an unknown flag", ["start", "--foo"], /^trapezoid: unknown option '--foo'; see trapezoid start --help\n$/],
  [
    "an unknown command",
    ["strat"],
    /^trapezoid: unknown command 'strat' \(Did you mean start\?\); see trapezoid --help\n$/,
  ],
  ["a missing value", ["start", "--data"], /argument missing/],
  ["an empty data folder", ["start", "--data", ""], /'--data <dir>' .*it is empty/],
  ["an empty configuration", ["start", "--config", ""], /'--config <file>' .*it is empty/],
  ["a number of workers that cannot be", ["start", "--workers", "0"], /expected 1 to 64/],
  ["a listening address that is none", ["start", "--listen", "5060"], /^trapezoid: --listen: expected udp, tcp/],
  [
    "a source that is none",
    ["start", "--trust", "10.0.0.0/99"],
    /^trapezoid: --trust: "10\.0\.0\.0\/99" is no address/,
  ],
  ["nobody to register", ["register"], /who is to be registered\? say it with --as alice@example\.com; see/],
  ["nobody to call", ["call"], /^trapezoid: whom to call\? /],
  ["somebody to call while one waits", ["call", "bob@example.com", "--answer"], /leave out whom to call/],
  ["a name without a domain", ["call", "bob"], /^trapezoid: "bob" has no domain; write it as bob@example\.com/],
  ["an address that is none", ["call", "sip:bob@"], /^trapezoid: "sip:bob@" is no address/],
  [
    "a transport that is none",
    ["options", "192.0.2.1", "--transport", "sctp"],
    /Allowed choices are udp, tcp, tls, ws, wss; see/,
  ],
  ["a time that is none", ["options", "192.0.2.1", "--timeout", "soon"], /expected seconds \(30\), or 10m, 2h/],
  [
    "a password that is not there",
    ["register", "--as", "alice@example.com", "--password-env", "TRAPEZOID_TEST_UNSET"],
    /the environment variable TRAPEZOID_TEST_UNSET \(--password-env\) is not set/,
  ],
  [
    "a password from two places",
    ["register", "--as", "alice@example.com", "--password-env", "HOME", "--password-stdin"],
    /--password-env or --password-stdin, not both/,
  ],
  ["digits that are none", ["call", "192.0.2.1", "--digits", "12x"], /expected digits 0 to 9/],
  ["an echo of a file", ["call", "192.0.2.1", "--echo", "--play", "x.wav"], /--echo or --play, not both/],
  ["no event to watch", ["subscribe", "bob@example.com"], /required option '--event <package>' not specified/],
  [
    "authorities that are not there",
    ["options", "192.0.2.1", "--tls-ca", "gone.pem"],
    /cannot read gone\.pem \(--tls-ca\)/,
  ],
  ["a domain that is none", ["start", "--domain", "exa mple"], /^trapezoid: --domain: expected a domain name/],
];
for (const [name, args, text] of usages) {
  test(`wrong usage exits with 2 and one line: ${name}`, async () => {
    const { status, stderr } = await inProcess(args);
    assert.equal(status, 2, stderr);
    assert.match(stderr, text);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1, stderr);
  });
}

const failures: readonly (readonly [string, (root: string) => readonly string[], RegExp])[] = [
  [
    "a configuration that does not load",
    (root) => {
      writeFileSync(join(root, "broken.ts"), "export default {\n  domains: [\n};");
      return ["start", "--config", join(root, "broken.ts"), "--data", join(root, "data"), ...local];
    },
    /broken\.ts does not load: SyntaxError: .*broken\.ts:3\)/,
  ],
  [
    "a configuration with a mistake",
    (root) => {
      writeFileSync(join(root, "wrong.ts"), "export default { domain: 1 };");
      return ["start", "--config", join(root, "wrong.ts"), "--data", join(root, "data"), ...local];
    },
    /wrong\.ts: unknown setting "domain"; check the spelling/,
  ],
  [
    "a configuration with what is still to come",
    (root) => {
      writeFileSync(join(root, "later.ts"), "export default { apps: {} };");
      return ["start", "--config", join(root, "later.ts"), "--data", join(root, "data"), ...local];
    },
    /later\.ts: apps is not in this version yet; remove it/,
  ],
  [
    "a configuration that is not there",
    (root) => ["start", "--config", join(root, "gone.ts"), "--data", join(root, "data"), ...local],
    /there is no configuration at .*gone\.ts/,
  ],
  [
    "a data folder that is a file",
    (root) => {
      writeFileSync(join(root, "file"), "");
      return ["start", "--data", join(root, "file"), ...local];
    },
    /data folder .*file/,
  ],
  [
    "a certificate that is not there",
    (root) => {
      mkdirSync(join(root, "etc"));
      writeFileSync(join(root, "etc", "c.ts"), `export default { tls: { cert: "cert.pem", key: "key.pem" } };`);
      return ["start", "--config", join(root, "etc", "c.ts"), "--data", join(root, "data"), ...local];
    },
    /cannot read .*etc\/cert\.pem \(ENOENT\)/,
  ],
];
for (const [name, args, text] of failures) {
  test(`a failure exits with 1 and one line: ${name}`, async (t) => {
    const root = folder(t);
    const { status, stderr } = await inProcess(args(root));
    assert.equal(status, 1, stderr);
    assert.match(stderr, text);
    assert.equal(stderr.indexOf("\n"), stderr.length - 1, stderr);
  });
}

for (const workers of ["1", "2"]) {
  test(`a taken port exits with 1 and one line, with ${workers} threads`, async (t) => {
    const socket = createSocket("udp4");
    t.after(() => socket.close());
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const uri = `udp://127.0.0.1:${socket.address().port}`;
    const data = join(folder(t), "data");
    const args = ["start", "--data", data, "--listen", uri, "--http", "off", "--workers", workers];
    const { status, stderr } = await inProcess(args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, new RegExp(`^trapezoid: ${uri} is taken by another program; .*\n$`));
  });
}
