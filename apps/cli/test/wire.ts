/** SIP messages of a phone at 192.0.2.2:5070, as a wire log keeps them. */

import type { Flow, TransportKind } from "@trapezoid/sip/transport";
import { createFakeClock } from "@trapezoid/testkit";
import { WireLog } from "../src/phone/ladder/wire-log.ts";

export interface Wire {
  readonly log: WireLog;
  /** Time passes. */
  wait(ms: number): void;
  sends(method: string, options?: MessageOptions): void;
  hears(status: string, options?: MessageOptions): void;
  /** A request comes in. */
  asked(method: string, options?: MessageOptions): void;
}

export interface MessageOptions {
  /** The method of the CSeq, for responses. Default: that of the last request. */
  readonly of?: string;
  readonly cseq?: number;
  readonly callId?: string;
  readonly branch?: string;
  readonly headers?: readonly string[];
  readonly sdp?: readonly string[];
  readonly kind?: TransportKind;
  readonly at?: readonly [address: string, port: number];
  readonly toTag?: string;
}

export function createWire(): Wire {
  const clock = createFakeClock();
  const log = new WireLog(clock);
  let last: { readonly method: string; readonly cseq: number } = { method: "", cseq: 0 };

  function put(direction: "sent" | "received", start: string, method: string, options: MessageOptions): void {
    const {
      cseq = 1,
      callId = "c1",
      branch,
      headers = [],
      sdp,
      kind = "udp",
      at = ["192.0.2.1", 5060],
      toTag,
    } = options;
    const body =
      sdp === undefined
        ? ""
        : `${["v=0", "o=- 1 1 IN IP4 192.0.2.2", "s=-", "c=IN IP4 192.0.2.2", "t=0 0", ...sdp].join("\r\n")}\r\n`;
    const message = [
      start,
      `Via: SIP/2.0/${kind.toUpperCase()} 192.0.2.2:5070;branch=z9hG4bK${branch ?? `${method}${cseq}`}`,
      "From: <sip:alice@example.com>;tag=a",
      `To: <sip:bob@example.com>${toTag === undefined ? "" : `;tag=${toTag}`}`,
      `Call-ID: ${callId}`,
      `CSeq: ${cseq} ${method}`,
      ...headers,
      ...(sdp === undefined ? [] : ["Content-Type: application/sdp"]),
      `Content-Length: ${body.length}`,
      `\r\n${body}`,
    ].join("\r\n");
    const flow = { kind, local: { address: "192.0.2.2", port: 5070 }, remote: { address: at[0], port: at[1] } } as Flow;
    log.record(direction, { message, flow });
  }

  return {
    log,
    wait: (ms) => clock.advance(ms),
    sends(method, options = {}) {
      last = { method, cseq: options.cseq ?? 1 };
      put("sent", `${method} sip:bob@example.com SIP/2.0`, method, options);
    },
    hears(status, options = {}) {
      const { of = last.method, cseq = last.cseq, toTag = "b" } = options;
      put("received", `SIP/2.0 ${status}`, of, { ...options, cseq, toTag });
    },
    asked: (method, options = {}) => put("received", `${method} sip:alice@192.0.2.2 SIP/2.0`, method, options),
  };
}
