/** The figure that the RFCs draw: a caller, the caller's proxy, the callee's proxy, the callee. RFC 3261 §16.12.1.1, §24.2. */

import assert from "node:assert/strict";
import { sipHashKey, TimerWheel } from "@trapezoid/base";
import { buildResponse, isSipUri, parseMessage, SipRequest, SipResponse } from "@trapezoid/sip/message";
import { createProxy, type Proxy as SipProxy } from "@trapezoid/sip/proxy";
import { createTransactionLayer } from "@trapezoid/sip/transaction";
import type { Flow, Target } from "@trapezoid/sip/transport";
import {
  createFakeClock,
  createRandomOctets,
  createVirtualNetwork,
  SipRecorder,
  type VirtualTransport,
} from "@trapezoid/testkit";

const addresses: Readonly<Record<string, string>> = {
  "atlanta.com": "10.1.0.1",
  "biloxi.com": "10.2.0.1",
  "pc33.atlanta.com": "10.1.0.33",
  "192.0.2.4": "192.0.2.4",
};

const names: Readonly<Record<string, string>> = {
  "10.1.0.1": "atlanta",
  "10.2.0.1": "biloxi",
  "10.1.0.33": "alice",
  "192.0.2.4": "bob",
};

export class TwoProxies {
  readonly clock = createFakeClock({ startAt: 0 });
  readonly network = createVirtualNetwork(this.clock);
  readonly recorder = new SipRecorder(this.network, { names });
  readonly alice: ExamplePhone;
  readonly bob: ExamplePhone;
  readonly #wheel = new TimerWheel({ clock: this.clock });

  constructor() {
    this.#proxy("atlanta.com", 1, {});
    this.#proxy("biloxi.com", 2, { bob: "sip:bob@192.0.2.4" });
    this.alice = new ExamplePhone(this.network.transport({ address: addresses["pc33.atlanta.com"]! }));
    this.bob = new ExamplePhone(this.network.transport({ address: "192.0.2.4" }));
  }

  run(ms = 20): void {
    this.clock.advance(ms);
  }

  #proxy(domain: string, workerId: number, users: Readonly<Record<string, string>>): void {
    const transport = this.network.transport({ address: addresses[domain]!, aliases: [domain] });
    transport.listenNow("udp", 5060, { advertise: domain });
    const layer = createTransactionLayer({
      wheel: this.#wheel,
      workerId,
      random: createRandomOctets(workerId),
      user: {
        onRequest: (transaction) => {
          const { request, flow } = transaction;
          const routed = proxy.route(request, flow);
          const { uri } = request;
          assert.ok(proxy.validate(request) === undefined && uri !== undefined && isSipUri(uri));
          if (routed.dialog !== undefined) proxy.forwardInDialog(transaction, routed);
          else {
            const own = uri.host === domain ? users[uri.user ?? ""] : undefined;
            proxy.forward(transaction, routed, { groups: [[{ uri: own ?? routed.requestUri }]], callerMayLeave: true });
          }
        },
        onAck: (request, flow) => proxy.ack(request, flow, { trusted: false }),
        onCancel: (cancel, invite) => proxy.cancel(cancel, invite),
        onStrayResponse: (response, flow) => proxy.strayResponse(response, flow),
      },
    });
    transport.handler = { onMessage: (text, flow) => layer.receive(text, flow) };
    const proxy: SipProxy = createProxy({
      transactions: layer,
      transport,
      locator: {
        locate: ({ host, port }): readonly Target[] => [
          { kind: "udp", address: addresses[host] ?? assert.fail(`nobody is ${host}`), port: port ?? 5060 },
        ],
        reportFailure() {},
        reportSuccess() {},
      },
      wheel: this.#wheel,
      workerId,
      tokenKey: sipHashKey(createRandomOctets(workerId)(16)),
      onError: (error) => {
        throw error;
      },
    });
  }
}

export class ExamplePhone {
  readonly received: (SipRequest | SipResponse)[] = [];
  readonly #transport: VirtualTransport;
  #flow: Flow | undefined;

  constructor(transport: VirtualTransport) {
    this.#transport = transport;
    transport.listenNow("udp", 5060);
    transport.handler = {
      onMessage: (text, flow) => {
        const parsed = parseMessage(text);
        assert.ok(parsed.ok);
        this.received.push(parsed.value);
        this.#flow = flow;
      },
    };
  }

  send(lines: readonly string[], to: string): void {
    const flow = this.#transport.udpFlow({ address: addresses[to]!, port: 5060 });
    flow.send([...lines, "Content-Length: 0", "\r\n"].join("\r\n"));
  }

  answer(request: SipRequest, status: number, contact: string): void {
    const headers = [["Contact", contact]] as const;
    this.#flow!.send(buildResponse(request, status, { toTag: "a6c85cf", recordRoute: status < 300, headers }));
  }

  request(method: string): SipRequest {
    const found = this.received.findLast((one) => one instanceof SipRequest && one.method === method);
    return found instanceof SipRequest ? found : assert.fail(`no ${method} came`);
  }

  response(status: number): SipResponse {
    const found = this.received.findLast((one) => one instanceof SipResponse && one.status === status);
    return found instanceof SipResponse ? found : assert.fail(`no ${status} came`);
  }
}
