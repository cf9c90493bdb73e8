/** Transaction layer and proxy core with a user that does a little of everything. RFC 3261 §16, §17. */

import { sipHashKey, TimerWheel } from "@trapezoid/base";
import { getParam, isIpAddress, isSipUri, type SipUri, unbracket } from "@trapezoid/sip/message";
import type { ForwardOptions, ProxyTarget, Routed } from "@trapezoid/sip/proxy";
import type { ServerTransaction } from "@trapezoid/sip/transaction";
import type { Target, TransportKind } from "@trapezoid/sip/transport";
import { createFakeClock, createRandomOctets, createVirtualNetwork } from "@trapezoid/testkit";
import type { Product } from "../product.ts";
import { calleeAddress, peerAddress, serverAddress, type World, type WorldMaker } from "./world.ts";

const calleeUri = "sip:callee@the-call.example";

export function proxyWorlds(product: Product): WorldMaker {
  return {
    scenery: {
      // The user part says what the user of the layer does.
      uris: [
        ...Object.keys(ways).map((way) => `sip:${way}@example.com`),
        "sip:one@example.com",
        "sip:three@example.com",
        `sip:${serverAddress}`,
        `sip:bob@${peerAddress(1)}:5060`,
        `sip:bob@${peerAddress(2)};transport=tcp`,
        `sips:bob@${peerAddress(2)}`,
        "sip:bob@nowhere.example",
        "sip:bob@slow.example",
        "tel:+1234",
      ],
      from: ["sip:alice@example.com", "sip:alice@10.0.0.2", "tel:+49"],
      lines: [
        `Route: <sip:${serverAddress};lr>`,
        `Route: <sip:${peerAddress(3)};lr>`,
        `Route: <sip:${peerAddress(3)}>, <sip:nowhere.example;lr>`,
        "Record-Route: <sip:other.example;lr>",
        "Max-Breadth: 2",
        "Max-Breadth: 0",
        "Proxy-Require: foo",
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbelow",
        'Proxy-Authorization: Digest username="a", realm="example.com", nonce="n", uri="sip:b", response="r"',
        `X-Long: ${"x".repeat(1400)}`,
      ],
      methods: [
        "INVITE",
        "OPTIONS",
        "REGISTER",
        "MESSAGE",
        "BYE",
        "CANCEL",
        "ACK",
        "SUBSCRIBE",
        "NOTIFY",
        "REFER",
        "FOO",
      ],
    },
    open: () => openWorld(product),
  };
}

function openWorld(product: Product): World {
  const clock = createFakeClock();
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const wheel = new TimerWheel({ clock, onError });
  const network = createVirtualNetwork(clock);
  const server = network.transport({ address: serverAddress, aliases: ["proxy.example"] });
  server.listenNow("udp", 5060);
  server.listenNow("tcp", 5060);
  const layer = product.createTransactionLayer({
    wheel,
    workerId: 7,
    random: createRandomOctets(3),
    user: {
      onRequest,
      onAck: (request, flow) => proxy.ack(request, flow, { trusted: true }),
      onCancel: (cancel, invite) => proxy.cancel(cancel, invite, { trusted: true }),
      onStrayResponse: (response, flow) => proxy.strayResponse(response, flow),
    },
    reopen: ({ kind, host, port = 5060 }) => server.flowTo({ kind, address: host, port }),
    onError,
  });
  server.handler = {
    onMessage: (text, flow) => layer.receive(text, flow),
    onSendError: (error, flow) => layer.transportError(flow, error),
  };
  const proxy = product.createProxy({
    transactions: layer,
    transport: server,
    locator: { locate: (uri) => locate(uri), reportFailure() {}, reportSuccess() {} },
    wheel,
    workerId: 7,
    tokenKey: sipHashKey(createRandomOctets(5)(16)),
    isOwnDomain: (host) => host === "example.com",
    onError,
  });
  const hosts = { proxy, wheel, server };

  function onRequest(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const refusal = proxy.validate(request);
    if (refusal !== undefined) {
      proxy.reply(transaction, refusal.status, refusal);
      return;
    }
    const routed = proxy.route(request, flow);
    if (routed.dialog !== undefined || routed.hasRoute) {
      proxy.forwardInDialog(transaction, routed, { callerMayLeave: true });
      return;
    }
    const uri = request.uri;
    // As a server does: what is sent to oneself goes round until Max-Forwards ends it.
    if (uri !== undefined && isSipUri(uri) && server.isLocal(unbracket(uri.host), uri.port)) {
      proxy.reply(transaction, 404);
      return;
    }
    const way = uri !== undefined && isSipUri(uri) ? ways[uri.user ?? ""] : undefined;
    (way ?? forward)(transaction, routed, hosts);
  }

  return {
    clock,
    network,
    server,
    layer,
    errors,
    calleeUri,
    held: () => ({
      "server transactions": layer.counters.serverTransactions,
      "client transactions": layer.counters.clientTransactions,
      contexts: proxy.counters.contexts,
      timers: wheel.size,
      packets: network.inFlight,
    }),
    close() {
      layer.close();
      proxy.close();
    },
    counters: () => ({ transactions: layer.counters, proxy: proxy.counters, transport: server.counters }),
  };
}

interface Hosts {
  readonly proxy: ReturnType<Product["createProxy"]>;
  readonly wheel: TimerWheel;
  readonly server: World["server"];
}

type Way = (transaction: ServerTransaction, routed: Routed, hosts: Hosts) => void;

const forward: Way = (transaction, routed, { proxy }) => proxy.forwardInDialog(transaction, routed);

function peer(number: number, extra: Partial<ProxyTarget> = {}): ProxyTarget {
  return { uri: `sip:p${number}@${peerAddress(number)}:5060`, ...extra };
}

/** Forwards with these options. */
function to(options: (hosts: Hosts) => ForwardOptions): Way {
  return (transaction, routed, hosts) => hosts.proxy.forward(transaction, routed, options(hosts));
}

/** A flow to a peer, as a binding has one. */
function over({ server }: Hosts, number: number): ProxyTarget {
  return peer(number, { flow: server.udpFlow({ address: peerAddress(number), port: 5060 }) });
}

/** What the user of the layer does, by the user part of the Request-URI. */
const ways: Readonly<Record<string, Way>> = {
  callee: to(() => ({ groups: [[{ uri: `sip:callee@${calleeAddress}:5060` }]] })),
  one: to(() => ({ groups: [[peer(0)]] })),
  flow: to((hosts) => ({ groups: [[over(hosts, 1)]] })),
  three: to((hosts) => ({
    groups: [[peer(0), over(hosts, 1), peer(2, { uri: `sip:p2@${peerAddress(2)};transport=tcp` })]],
  })),
  sequence: to(() => ({ groups: [[peer(0)], [peer(1), peer(2)], [peer(3)]], ringMs: 8_000 })),
  path: to(() => ({ groups: [[peer(0, { routes: [`<sip:${peerAddress(3)};lr>`] })]] })),
  strict: to(() => ({ groups: [[peer(0, { routes: [`<sip:${peerAddress(3)}>`, "<sip:far.example;lr>"] })]] })),
  gone: to(() => ({ groups: [[peer(0, { flow: null })], [peer(1)]] })),
  nobody: to(() => ({ groups: [] })),
  dead: to(() => ({ groups: [[{ uri: "sip:dead@10.0.0.99:5060" }, { uri: "sip:dead@10.0.0.99;transport=tcp" }]] })),
  followed: to(() => ({
    groups: [[peer(0)]],
    recurse: (contacts) => contacts.slice(0, 4).map((uri) => ({ uri })),
  })),
  otherwise: to(() => {
    let tries = 0;
    return { groups: [[peer(0)]], ringMs: 5_000, otherwise: () => (tries++ === 0 ? { groups: [[peer(1)]] } : busy) };
  }),
  unrecorded: to(() => ({ groups: [[peer(0)]], recordRoute: false, timerCMs: 20_000 })),
  stateless(transaction, routed, { proxy }) {
    const { request, flow } = transaction;
    transaction.abandon();
    proxy.forwardStateless(request, flow, routed, peer(2));
  },
  challenge: (transaction) =>
    transaction.respondStateless(401, { headers: [["WWW-Authenticate", 'Digest realm="a"']] }),
  refuse: (transaction, _routed, { proxy }) => proxy.reply(transaction, 403, { reason: "No" }),
  accept: (transaction, _routed, { proxy }) => proxy.reply(transaction, 200),
  late: (transaction, _routed, { proxy, wheel }) => void wheel.after(5_000, () => proxy.reply(transaction, 404)),
  drop: (transaction) => transaction.abandon(),
};

const busy = { status: 486, reason: "Busy" } as const;

function locate(uri: SipUri): readonly Target[] | Promise<readonly Target[]> {
  const host = unbracket(getParam(uri.params, "maddr") ?? uri.host);
  if (host === "slow.example") return Promise.resolve([{ kind: "udp", address: peerAddress(1), port: 5060 }]);
  if (host === "far.example") {
    return [
      { kind: "udp", address: "10.0.0.98", port: 5060 },
      { kind: "udp", address: peerAddress(3), port: 5060 },
    ];
  }
  if (!isIpAddress(host)) return [];
  const named = getParam(uri.params, "transport")?.toLowerCase();
  const kind: TransportKind = uri.scheme === "sips" ? "tls" : named === "tcp" ? "tcp" : "udp";
  return [{ kind, address: host, port: uri.port ?? (kind === "tls" ? 5061 : 5060) }];
}
