/** A host that does as it is told, and remembers what it was sent. */

import { parseMessage, type SipRequest, SipResponse } from "@trapezoid/sip/message";
import type { Flow } from "@trapezoid/sip/transport";
import type { VirtualNetwork, VirtualTransport } from "@trapezoid/testkit";
import { law, shown } from "../laws/law.ts";
import { serverAddress } from "./world.ts";

export interface Received<T> {
  readonly message: T;
  readonly flow: Flow;
}

/** What a server sends is longer than what it takes: by a Via, a Record-Route. */
const limits = { headerBytes: 200_000, headerCount: 2_000 };

export class Peer {
  readonly transport: VirtualTransport;
  readonly requests: Received<SipRequest>[] = [];
  readonly responses: Received<SipResponse>[] = [];
  /** What has to be told once the network has done its work: a law must not be broken in the server's call stack. */
  fault: unknown;

  constructor(network: VirtualNetwork, address: string, onReceived: (peer: Peer) => void = () => {}) {
    this.transport = network.transport({
      address,
      handler: {
        onMessage: (text, flow) => {
          try {
            this.#receive(text, flow);
            onReceived(this);
          } catch (error) {
            this.fault ??= error;
          }
        },
      },
    });
    this.transport.listenNow("udp", 5060);
    this.transport.listenNow("tcp", 5060);
  }

  /** `undefined` when the server takes no connection. */
  flow(by: "udp" | "tcp"): Flow | undefined {
    const target = { address: serverAddress, port: 5060 };
    return by === "udp" ? this.transport.udpFlow(target) : this.transport.connectNow({ kind: "tcp", ...target });
  }

  #receive(text: string, flow: Flow): void {
    const parsed = parseMessage(text, limits);
    law(parsed.ok, "what a server sends can be read", () => shown(text));
    const message = parsed.value;
    law(
      message.syntaxFault === undefined,
      "what a server sends has no syntax fault",
      () => `${message.syntaxFault?.code}: ${shown(text, 400)}`,
    );
    law(message.has("Via"), "what a server sends has a Via", () => shown(text, 400));
    if (message instanceof SipResponse) this.responses.push({ message, flow });
    else {
      law(
        message.via?.branch?.startsWith("z9hG4bK") === true,
        "a request that is forwarded has our branch (§16.6 step 8)",
        () => shown(text, 400),
      );
      this.requests.push({ message: message as SipRequest, flow });
    }
  }
}
