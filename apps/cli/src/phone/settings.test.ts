import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { NetworkInterfaceInfo } from "node:os";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parseUri } from "@trapezoid/sip/message";
import { FakeCall } from "../../test/fake-call.ts";
import { addressOf, alice } from "../../test/phone-bench.ts";
import { listenersFor, type MediaChoices, mediaSettings, type PhoneChoices, phoneSettings } from "./settings.ts";

const nothing: PhoneChoices = {
  as: undefined,
  proxy: undefined,
  password: undefined,
  user: undefined,
  transport: undefined,
  listen: undefined,
  tlsCa: [],
  tlsInsecure: false,
  webSocketPath: "/sip",
  dnsServers: undefined,
};

async function settings(choices: Partial<PhoneChoices>) {
  const made = await phoneSettings({ ...nothing, ...choices });
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "trapezoid-settings-"));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("who does not say who it is, is anonymous", async () => {
  assert.deepEqual(await settings({}), {
    address: '"Anonymous" <sip:anonymous@anonymous.invalid>',
    webSocket: { clientPath: "/sip" },
  });
});

test("what is said is given to the user agent, and nothing else", async () => {
  const proxy = addressOf("<sip:192.0.2.1:5070>").uri as PhoneChoices["proxy"];
  assert.deepEqual(
    await settings({
      as: alice,
      proxy,
      password: "secret",
      user: "4711",
      transport: "tcp",
      dnsServers: ["192.0.2.53"],
    }),
    {
      address: "<sip:alice@example.com>",
      password: "secret",
      user: "4711",
      proxy: "sip:192.0.2.1:5070",
      transport: "tcp",
      dnsServers: ["192.0.2.53"],
      webSocket: { clientPath: "/sip" },
    },
  );
});

test("authorities are read from their files; one that is not there is a mistake", async (t) => {
  const file = join(await folder(t), "ca.pem");
  await writeFile(file, "PEM");
  assert.deepEqual((await settings({ tlsCa: [file], tlsInsecure: true })).tls, { ca: ["PEM"], verifyServers: false });
  const missing = await phoneSettings({ ...nothing, tlsCa: [`${file}.gone`] });
  assert.ok(!missing.ok);
  assert.match(missing.error.message, /^cannot read .*ca\.pem\.gone \(--tls-ca\)/);
});

const sound: MediaChoices = {
  codecs: undefined,
  srtp: undefined,
  zrtp: false,
  dataFolder: "/nowhere",
  address: undefined,
  advertise: undefined,
  ports: undefined,
  followTransfers: false,
};

test("a transfer that is refused is told to whoever sits here, with what would follow it", async () => {
  const { onTransfer } = mediaSettings(sound, undefined);
  assert.ok(typeof onTransfer === "function");
  const target = parseUri("sip:carol@example.com");
  assert.ok(target.ok);
  const call = new FakeCall("incoming", "sip:bob@example.com");
  const warnings: string[] = [];
  call.events.on("warning", (text) => warnings.push(text));
  const request = { call: call.asCall, target: target.value, referredBy: undefined, replaces: undefined };
  assert.equal(await onTransfer(request), false);
  assert.deepEqual(warnings, [
    "bob@example.com wants to send us to carol@example.com, and was refused; --follow-transfers would go there",
  ]);
});

test("transfers are followed by who wants to", () => {
  assert.equal(mediaSettings({ ...sound, followTransfers: true }, undefined).onTransfer, "follow");
});

test("what ZRTP remembers is in the data folder, if there is one, for each address by itself", async (t) => {
  const dataFolder = await folder(t);
  assert.equal(mediaSettings({ ...sound, zrtp: true }, alice).zrtpFile, undefined);
  assert.equal(mediaSettings({ ...sound, dataFolder }, alice).zrtpFile, undefined);
  assert.equal(
    mediaSettings({ ...sound, zrtp: "required", dataFolder }, alice).zrtpFile,
    join(dataFolder, "zrtp-alice%40example.com"),
  );
});

test("an IPv6 address is listened for by IPv6, a name by both where there are both", () => {
  const at = (...addresses: readonly Partial<NetworkInterfaceInfo>[]) => ({
    eth0: addresses as NetworkInterfaceInfo[],
  });
  const v4 = at({ family: "IPv4", internal: false, address: "192.0.2.2" });
  const both = at(
    { family: "IPv4", internal: false, address: "192.0.2.2" },
    { family: "IPv6", internal: false, address: "2001:db8::2" },
  );
  const hosts = (host: string, interfaces: typeof v4) => listenersFor(host, interfaces)?.map((uri) => uri.host);
  assert.deepEqual(hosts("[2001:db8::1]", v4), ["::", "::"]);
  assert.equal(hosts("192.0.2.1", both), undefined);
  assert.equal(hosts("example.com", v4), undefined);
  assert.deepEqual(hosts("example.com", both), ["0.0.0.0", "0.0.0.0", "::", "::"]);
  // A link-local address leads nowhere by itself.
  assert.equal(hosts("example.com", at({ family: "IPv6", internal: false, address: "fe80::1" })), undefined);
});
