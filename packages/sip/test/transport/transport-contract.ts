/** What every transport does, whatever it runs over. One suite, run for each kind and address family. */

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { createFakeClock } from "@trapezoid/testkit";
import type { Flow, Target, TransportKind } from "../../src/transport/contract.ts";
import type { TlsSettings, TransportOptions } from "../../src/transport/node/index.ts";
import { createTestAuthority } from "./certificates.ts";
import { closed, message, TestPeer } from "./test-peer.ts";

export function transportContract(kind: TransportKind, host: string): void {
  const secure = kind === "tls" || kind === "wss";
  const reliable = kind !== "udp";

  describe(`${kind} over ${host}`, () => {
    let tls: TlsSettings = {};

    before(async () => {
      if (!secure) return;
      const authority = await createTestAuthority();
      const names = [
        ["ip", host],
        ["url", "sip:server.example"],
        ["dns", "server.example"],
      ] as const;
      tls = { ca: authority.ca, ...(await authority.issue({ names })) };
    });

    const open = (options: Partial<TransportOptions> = {}) => new TestPeer({ ...(secure ? { tls } : {}), ...options });

    /** A server, a client, and the client's flow to the server. */
    async function pair(options: Partial<TransportOptions> = {}) {
      const stack = new AsyncDisposableStack();
      const server = stack.use(open(options));
      const client = stack.use(open());
      const listener = await server.listen(kind, host);
      if (!reliable) await client.listen(kind, host);
      const target: Target = { kind, address: host, port: listener.endpoints[0]!.port };
      const flow = await client.transport.flowTo(target);
      return { server, client, target, flow, listener, [Symbol.asyncDispose]: () => stack.disposeAsync() };
    }

    /** The server's side of the client's flow. */
    async function meet(server: TestPeer, flow: Flow): Promise<Flow> {
      assert.equal(flow.send(message("hello")), true);
      return (await server.received.next()).flow;
    }

    test("a message arrives as it was sent, octet by octet, and its answer comes back on the flow (RFC 3261 §18)", async () => {
      await using peers = await pair();
      const sent = message("first", 300);
      assert.equal(peers.flow.send(sent), true);
      const { text, flow } = await peers.server.received.next();
      assert.equal(text, sent);
      const answer = message("answer", 10);
      assert.equal(flow.send(answer), true);
      const back = await peers.client.received.next();
      assert.equal(back.text, answer);
      if (reliable) assert.equal(back.flow, peers.flow);
      assert.equal(back.flow.id, peers.flow.id);
    });

    test("both ends of a flow agree on kind, endpoints and security (RFC 3261 §26.3.1, RFC 7118 §9.1)", async () => {
      await using peers = await pair();
      const flow = await meet(peers.server, peers.flow);
      for (const end of [flow, peers.flow]) {
        assert.equal(end.kind, kind);
        assert.equal(end.reliable, reliable);
        assert.equal(end.secure, secure);
        assert.equal(end.closed, false);
      }
      assert.deepEqual({ ...pick(flow.remote) }, { ...pick(peers.flow.local) });
      assert.deepEqual({ ...pick(flow.local) }, { ...pick(peers.flow.remote) });
      assert.equal(flow.local.address, host);
      assert.deepEqual(flow.advertised, {
        host: host.includes(":") ? `[${host}]` : host,
        port: peers.listener.endpoints[0]!.port,
      });
    });

    test("messages of the largest size arrive whole", async () => {
      await using peers = await pair();
      const bytes = kind === "udp" ? 65_000 : 65_536;
      for (let count = 0; count < 3; count++) {
        const sent = message(
          `large ${count}`,
          kind === "udp" ? bytes - message("large 0", 10_000).length + 10_000 : bytes,
        );
        assert.equal(peers.flow.send(sent), true);
        assert.equal((await peers.server.received.next()).text, sent);
      }
    });

    test("many messages sent at once arrive one by one", async () => {
      await using peers = await pair();
      const sent = Array.from({ length: 100 }, (_, count) => message(`many ${count}`, count));
      for (const text of sent) assert.equal(peers.flow.send(text), true);
      const received = (await peers.server.received.take(100)).map(({ text }) => text);
      assert.deepEqual(reliable ? received : received.toSorted(), reliable ? sent : sent.toSorted());
    });

    test("counters tell messages and octets of both directions", async () => {
      await using peers = await pair();
      const sent = message("counted", 77);
      peers.flow.send(sent);
      await peers.server.received.next();
      assert.equal(peers.client.transport.counters.sent, 1);
      assert.equal(peers.client.transport.counters.sentBytes, sent.length);
      assert.equal(peers.server.transport.counters.received, 1);
      assert.equal(peers.server.transport.counters.receivedBytes, sent.length);
      assert.equal(peers.server.transport.counters.connectionsOpened, reliable ? 1 : 0);
    });

    test("flowById() finds a live flow by its id, which a URI's user part can hold", async () => {
      await using peers = await pair();
      const flow = await meet(peers.server, peers.flow);
      assert.match(flow.id, reliable ? /^c00[a-z0-9]+$/ : /^u[A-Za-z0-9_-]+$/);
      const found = peers.server.transport.flowById(flow.id);
      assert.ok(found);
      if (reliable) assert.equal(found, flow);
      assert.equal(found.send(message("by id")), true);
      assert.equal((await peers.client.received.next()).text, message("by id"));
      assert.equal(peers.server.transport.flowById(`${flow.id}x`), undefined);
      assert.equal(peers.server.transport.flowById(""), undefined);
    });

    test("a closed transport sends nothing, opens nothing and closes again without effect", async () => {
      await using peers = await pair();
      await peers.client.transport.close();
      await peers.client.transport.close();
      assert.equal(peers.flow.closed, true);
      assert.equal(peers.flow.send(message("late")), false);
      await assert.rejects(async () => peers.client.transport.flowTo(peers.target), { code: "SIP_TP_CLOSED" });
      await assert.rejects(peers.client.listen(kind, host), { code: "SIP_TP_CLOSED" });
    });

    test("a taken port is refused with an error that names the address", async () => {
      await using peers = await pair();
      const port = peers.listener.endpoints[0]!.port;
      await assert.rejects(peers.client.listen(kind, host, port), (error: Error & { code?: string }) => {
        assert.equal(error.code, "SIP_TP_ADDRESS_IN_USE");
        assert.ok(error.message.startsWith(peers.listener.uri.kind), error.message);
        assert.ok(error.message.includes(`:${port}`), error.message);
        return true;
      });
    });

    test("isLocal() knows the listener's address and port, and no other", async () => {
      await using peers = await pair();
      const { port } = peers.listener.endpoints[0]!;
      const { transport } = peers.server;
      assert.equal(transport.isLocal(host, port), true);
      assert.equal(transport.isLocal("localhost", port), true);
      assert.equal(transport.isLocal(host, port - 1), false);
      assert.equal(transport.isLocal("192.0.2.200", port), false);
      await peers.listener.close();
      assert.equal(transport.isLocal(host, port), false);
    });

    if (!reliable) return;

    test("a connection is used again, by its opener for the target and by its acceptor for the peer (RFC 5923)", async () => {
      await using peers = await pair();
      assert.equal(await peers.client.transport.flowTo(peers.target), peers.flow);
      const flow = await meet(peers.server, peers.flow);
      const { address, port } = flow.remote;
      assert.equal(await peers.server.transport.flowTo({ kind, address, port }), flow);
    });

    test("requests to one target that come while it is being connected share the connection", async () => {
      await using peers = await pair();
      peers.flow.close();
      const [one, two] = await Promise.all([
        peers.client.transport.flowTo(peers.target),
        peers.client.transport.flowTo(peers.target),
      ]);
      assert.equal(one, two);
    });

    test("onClose tells once, on both sides, and the id is gone", async () => {
      await using peers = await pair();
      const flow = await meet(peers.server, peers.flow);
      let told = 0;
      flow.onClose(() => told++);
      flow.onClose(() => assert.fail("disposed"))[Symbol.dispose]();
      peers.flow.close();
      peers.flow.close();
      assert.equal(peers.flow.closed, true);
      assert.equal(peers.client.transport.flowById(peers.flow.id), undefined);
      await closed(flow);
      assert.equal(told, 1);
      assert.equal(flow.send(message("late")), false);
      assert.equal(peers.server.transport.flowById(flow.id), undefined);
      assert.equal(peers.server.transport.counters.connections, 0);
      assert.equal(peers.server.transport.counters.connectionsClosed, 1);
    });

    test("what was sent before close still arrives", async () => {
      await using peers = await pair();
      const sent = message("last words", 60_000);
      peers.flow.send(sent);
      peers.flow.close();
      assert.equal((await peers.server.received.next()).text, sent);
    });

    test("a double CRLF is answered with a single one (RFC 5626 §4.4.1, §5.4)", async () => {
      await using peers = await pair();
      await meet(peers.server, peers.flow);
      assert.equal(peers.flow.send(Uint8Array.of(13, 10, 13, 10)), true);
      // The pong comes before the answer to what was sent after the ping.
      const flow = await meet(peers.server, peers.flow);
      flow.send(message("after the pong"));
      await peers.client.received.next();
      assert.equal(peers.server.transport.counters.keepAlives, 1);
      assert.equal(peers.client.transport.counters.keepAlives, 1);
    });

    test("send() refuses when the queue is full, and says so in a counter", async () => {
      await using peers = await pair();
      const flow = await meet(peers.server, peers.flow);
      // In one turn of the event loop nothing leaves, once the kernel's buffers are full.
      const sent = message("flood", 60_000);
      let count = 0;
      while (flow.send(sent)) assert.ok(++count < 10_000);
      assert.equal(peers.server.transport.counters.queueFull, 1);
      assert.equal(flow.closed, false);
      const received = await peers.client.received.take(count);
      assert.ok(received.every(({ text }) => text === sent));
      assert.equal(flow.send(message("room again")), true);
    });

    test("a transport takes no more connections than its limit", async () => {
      await using peers = await pair({ limits: { connections: 1 } });
      await meet(peers.server, peers.flow);
      await using other = open();
      // TCP connects before it is refused, all else is refused in its handshake.
      const refused = await Promise.resolve(other.transport.flowTo(peers.target)).catch((error: Error) => error);
      if (!(refused instanceof Error)) await closed(refused);
      assert.equal(peers.server.transport.counters.connectionsRefused.connections, 1);
      assert.equal(peers.server.transport.counters.connections, 1);
      assert.equal(peers.flow.closed, false);
    });

    test("one address takes no more connections than its share", async () => {
      await using peers = await pair({ limits: { connectionsPerAddress: 1 } });
      await meet(peers.server, peers.flow);
      await using other = open();
      const refused = await Promise.resolve(other.transport.flowTo(peers.target)).catch((error: Error) => error);
      if (!(refused instanceof Error)) await closed(refused);
      assert.equal(peers.server.transport.counters.connectionsRefused.connectionsPerAddress, 1);
    });

    test("a connection of a peer that may not be heard is closed without a word", async () => {
      const asked: string[] = [];
      const admission = (address: string): boolean => {
        asked.push(address);
        return false;
      };
      await using server = open({ admission });
      await using client = open();
      const listener = await server.listen(kind, host);
      const target: Target = { kind, address: host, port: listener.endpoints[0]!.port };
      // TCP connects before it is refused, all else is refused in its handshake.
      const refused = await Promise.resolve(client.transport.flowTo(target)).catch((error: Error) => error);
      if (!(refused instanceof Error)) await closed(refused);
      assert.deepEqual(asked, [host]);
      assert.equal(server.transport.counters.deniedConnections, 1);
      assert.equal(server.transport.counters.connectionsOpened, 0);
      assert.equal(client.received.length, 0);
    });

    test("closeDenied() ends the connections of peers that may no longer be heard, and no others", async () => {
      const clock = createFakeClock();
      let heard = true;
      let asked = 0;
      const admission = (): boolean => {
        asked++;
        return heard;
      };
      await using peers = await pair({ admission, clock });
      const flow = await meet(peers.server, peers.flow);
      const before = asked;
      for (let i = 0; i < 10; i++) peers.server.transport.closeDenied();
      clock.advance(200);
      assert.equal(asked - before, 1, "ten changes of mind are one walk");
      assert.equal(flow.closed, false);
      heard = false;
      peers.server.transport.closeDenied();
      clock.advance(200);
      assert.equal(flow.closed, true);
      await closed(peers.flow);
    });

    test("a closed place is free again", async () => {
      await using peers = await pair({ limits: { connections: 1 } });
      const flow = await meet(peers.server, peers.flow);
      peers.flow.close();
      await closed(flow);
      // The place is given back when the socket is closed, a moment after the flow.
      let next: Flow | undefined;
      for (let attempt = 0; next === undefined && attempt < 100; attempt++) {
        const candidate = await Promise.resolve(peers.client.transport.flowTo(peers.target)).catch(() => undefined);
        if (candidate?.send(message("again")) !== true) continue;
        const outcome = await Promise.race([peers.server.received.next(), closed(candidate)]);
        if (outcome !== undefined) next = candidate;
      }
      assert.ok(next);
    });

    test("nobody listening is a refused connection, named so", async () => {
      await using peers = await pair();
      await using stranger = open();
      const other = await stranger.listen(kind, host);
      const { port } = other.endpoints[0]!;
      await other.close();
      await assert.rejects(async () => peers.client.transport.flowTo({ kind, address: host, port }), {
        code: "SIP_TP_CONNECT_REFUSED",
      });
    });
  });
}

function pick(endpoint: { readonly address: string; readonly port: number }) {
  return { address: endpoint.address, port: endpoint.port };
}
