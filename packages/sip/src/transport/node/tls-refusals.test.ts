/** What a TLS listener refuses whoever offers nothing better: old versions, broken ciphers, renegotiation. RFC 9325 §3.1, §3.5, §4.1. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { before, test } from "node:test";
import { connect } from "node:tls";
import { createTestAuthority } from "../../../test/transport/certificates.ts";
import { message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import type { TlsIdentity } from "./tls-settings.ts";

let identity: TlsIdentity;
let rsa: TlsIdentity;

before(async () => {
  const authority = await createTestAuthority();
  identity = await authority.issue({ names: [["dns", "server.example"]] });
  rsa = await authority.issue({ names: [["dns", "server.example"]], rsa: true });
});

async function listening(tls = identity) {
  const server = new TestPeer({ tls });
  const { port } = (await server.listen("tls")).endpoints[0]!;
  return { server, port, [Symbol.asyncDispose]: () => server.transport.close() };
}

/** RFC 5246 §7.4.1.2, with extensions of RFC 8422 §5.1: P-256 and ECDSA, so that nothing else is missing. */
function clientHello(version: number, suites: readonly number[]): Buffer {
  const words = (list: readonly number[]): number[] => list.flatMap((word) => [word >> 8, word & 255]);
  const sized = (bytes: readonly number[]): number[] => [...words([bytes.length]), ...bytes];
  const extensions = [
    ...[...words([10]), ...sized(sized(words([0x0017])))],
    ...[...words([11]), ...sized([1, 0])],
    ...[...words([13]), ...sized(sized(words([0x0403, 0x0401])))],
    ...[...words([0xff01]), ...sized([0])],
  ];
  const random = Array.from({ length: 32 }, (_, index) => index);
  const body = [...words([version]), ...random, 0, ...sized(words(suites)), 1, 0, ...sized(extensions)];
  return Buffer.from([22, 3, 1, ...sized([1, 0, ...sized(body)])]);
}

/** The first record that comes back: its type and, of an alert, level and description (RFC 5246 §7.2). */
async function answerTo(port: number, hello: Buffer): Promise<readonly number[]> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.write(hello);
  const [first] = (await within(once(socket, "data"), "no answer")) as [Buffer];
  socket.destroy();
  return first[0] === 21 ? [21, first[5]!, first[6]!] : [first[0]!];
}

const TLS12 = 0x0303;
const ecdheEcdsaAes128Gcm = 0xc02b;
const ecdheRsaAes128Gcm = 0xc02f;

test("the hello of these tests is answered when it offers what is good", async () => {
  await using rig = await listening();
  assert.deepEqual(await answerTo(rig.port, clientHello(TLS12, [ecdheEcdsaAes128Gcm])), [22]);
  rig.server.transport.reloadTls(rsa);
  assert.deepEqual(await answerTo(rig.port, clientHello(TLS12, [ecdheRsaAes128Gcm])), [22]);
});

for (const [name, version, alert] of [
  ["SSL 3.0", 0x0300, 40],
  ["TLS 1.0", 0x0301, 70],
  ["TLS 1.1", 0x0302, 70],
] as const) {
  test(`${name} is refused: alert ${alert}`, async () => {
    await using rig = await listening();
    const suites = [0xc009, 0x002f, ecdheEcdsaAes128Gcm];
    assert.deepEqual(await answerTo(rig.port, clientHello(version, suites)), [21, 2, alert]);
  });
}

for (const [name, suites] of [
  ["RC4", [0x0005, 0xc007, 0xc011]],
  ["3DES", [0x000a, 0xc008, 0xc012]],
  ["no encryption", [0x0001, 0x0002, 0x003b, 0xc006, 0xc010]],
  ["no authentication", [0xc018, 0xc019, 0x006c]],
  ["export ciphers", [0x0003, 0x0008]],
  ["RSA without forward secrecy", [0x002f, 0x0035, 0x009c, 0x009d]],
  ["CBC", [0xc009, 0xc00a, 0xc013, 0xc014, 0xc023, 0xc027]],
] as const) {
  test(`${name} alone is refused: handshake_failure`, async () => {
    for (const tls of [identity, rsa]) {
      await using rig = await listening(tls);
      assert.deepEqual(await answerTo(rig.port, clientHello(TLS12, suites)), [21, 2, 40]);
    }
  });
}

test("renegotiation is refused, and what is open goes on (RFC 9325 §3.5)", async () => {
  await using rig = await listening();
  const socket = connect({ port: rig.port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion: "TLSv1.2" });
  await within(once(socket, "secureConnect"), "no handshake");
  socket.write(message("before"));
  const { flow } = await rig.server.received.next();
  const refused = once(socket, "error");
  socket.renegotiate({ rejectUnauthorized: false }, () => {});
  const [error] = (await within(refused, "renegotiation was not refused")) as [Error];
  assert.match(error.message, /no renegotiation/);
  assert.equal(flow.closed, false, "the server is not the one to end it");
  socket.destroy();
});
