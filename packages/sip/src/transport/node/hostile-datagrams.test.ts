/** Datagrams that mean ill: too large, or asked for so that the answer floods whoever they claim to be from. RFC 5626 §4.4.2, RFC 8489. */

import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { message, TestPeer, within } from "../../../test/transport/test-peer.ts";
import { ownAddresses } from "./interfaces.ts";
import type { TransportOptions } from "./options.ts";

async function rigged(host: string, options: Partial<TransportOptions> = {}) {
  const server = new TestPeer(options);
  const { port } = (await server.listen("udp", host)).endpoints[0]!;
  const socket: Socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.connect(port, host);
  await once(socket, "connect");
  return {
    server,
    counters: server.transport.counters,
    socket,
    async [Symbol.asyncDispose]() {
      socket.close();
      await server.transport.close();
    },
  };
}

/** A binding request with attributes of these types, each without a value. RFC 8489 §5, §14. */
function binding(types: readonly number[]): Buffer {
  const octets = Buffer.alloc(20 + types.length * 4);
  octets.writeUInt16BE(0x0001, 0);
  octets.writeUInt16BE(types.length * 4, 2);
  octets.writeUInt32BE(0x2112a442, 4);
  for (const [index, type] of types.entries()) octets.writeUInt16BE(type, 20 + index * 4);
  return octets;
}

const ipUdpHeaders = { "127.0.0.1": 28, "::1": 48 } as const;

for (const host of ["127.0.0.1", "::1"] as const) {
  if (host === "::1" && !ownAddresses(6).includes("::1")) continue;
  test(`no STUN answer is twice as large as its question on the wire (${host})`, async () => {
    await using rig = await rigged(host);
    for (const types of [[], [0x7001], Array.from({ length: 100 }, (_, index) => 0x7000 + index)]) {
      const question = binding(types);
      const arrived = within(once(rig.socket, "message"), "no answer");
      rig.socket.send(question);
      const [answer] = (await arrived) as [Buffer];
      const headers = ipUdpHeaders[host];
      assert.ok(answer.length + headers <= 2 * (question.length + headers), `${question.length} to ${answer.length}`);
    }
  });
}

test("keep-alives are not answered, so nobody can be flooded with them (RFC 5626 §4.4.1 is for streams)", async () => {
  await using rig = await rigged("127.0.0.1");
  rig.socket.on("message", () => assert.fail("answered"));
  for (const octets of ["\r\n\r\n", "\r\n", "\0"]) rig.socket.send(octets);
  rig.socket.send(message("after them"));
  await rig.server.received.next();
  assert.equal(rig.counters.keepAlives, 3);
});

test("a STUN message of a size that no STUN has is dropped before it is read", async () => {
  await using rig = await rigged("127.0.0.1", { limits: { stunBytes: 100 } });
  rig.socket.on("message", () => assert.fail("answered"));
  rig.socket.send(binding(Array.from({ length: 21 }, (_, index) => 0x7000 + index)));
  assert.equal((await rig.server.garbage.next()).reason, "too-large");
  assert.equal(rig.counters.keepAlives, 0);
});

test("a datagram beyond the limit is dropped, one as large as the limit is not", async () => {
  const sent = message("large", 2_000);
  await using rig = await rigged("127.0.0.1", { limits: { datagramBytes: sent.length } });
  rig.socket.send(Buffer.from(`${sent}x`, "latin1"));
  rig.socket.send(Buffer.from(sent, "latin1"));
  assert.equal((await rig.server.garbage.next()).reason, "too-large");
  assert.equal((await rig.server.received.next()).text, sent);
});
