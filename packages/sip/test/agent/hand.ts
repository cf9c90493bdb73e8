/** A peer that is played by hand: it says what a test makes it say, and does nothing by itself. At dave's address. */

import assert from "node:assert/strict";
import {
  buildResponse,
  type HeaderLine,
  parseMessage,
  type SipRequest,
  type SipResponse,
} from "@trapezoid/sip/message";
import type { Agent, Rig } from "./rig.ts";

export interface HandAnswer {
  readonly tag?: string;
  readonly headers?: readonly HeaderLine[];
  readonly body?: string;
}

const sdp: HeaderLine = ["Content-Type", "application/sdp"];

export class Hand {
  readonly uri = "sip:dave@10.0.0.5";
  readonly received: (SipRequest | SipResponse)[] = [];
  readonly #rig: Rig;
  readonly #agent: Agent;
  readonly #transport: ReturnType<Rig["network"]["transport"]>;
  #count = 0;

  /** @param agent Whom it talks to. */
  constructor(rig: Rig, agent: Agent) {
    this.#rig = rig;
    this.#agent = agent;
    this.#transport = rig.network.transport({ address: "10.0.0.5" });
    this.#transport.listenNow("udp", 5060);
    this.#transport.handler = {
      onMessage: (text) => {
        const parsed = parseMessage(text);
        assert.ok(parsed.ok);
        this.received.push(parsed.value);
      },
      onSendError: () => {},
    };
  }

  send(text: string): Promise<void> {
    this.#transport.udpFlow({ address: this.#agent.address, port: 5060 }).send(text);
    return this.#rig.run();
  }

  /** The last request of this method. */
  request(method: string): SipRequest {
    return this.requests(method).at(-1) ?? assert.fail(`no ${method} came`);
  }

  requests(method: string): SipRequest[] {
    return this.received.filter((one): one is SipRequest => one.isRequest && one.method === method);
  }

  response(method: string): SipResponse {
    return this.responses(method).at(-1) ?? assert.fail(`${method} was not answered`);
  }

  responses(method: string): SipResponse[] {
    return this.received.filter((one): one is SipResponse => !one.isRequest && one.cseq?.method === method);
  }

  answer(request: SipRequest, status: number, { tag = "dave", headers = [], body }: HandAnswer = {}): Promise<void> {
    const contact: HeaderLine[] = headers.some(([name]) => name === "Contact") ? [] : [["Contact", `<${this.uri}>`]];
    const type: HeaderLine[] = body === undefined ? [] : [sdp];
    return this.send(
      buildResponse(request, status, {
        toTag: tag,
        headers: [...contact, ...headers, ...type],
        body,
        recordRoute: true,
      }),
    );
  }

  /** A request to the agent; `within`: one of its dialog, by a message of the agent's that names it. */
  ask(
    method: string,
    options: {
      readonly within?: { readonly callId: string; readonly localTag: string; readonly remoteTag: string };
      readonly cseq?: number;
      readonly headers?: readonly HeaderLine[];
      readonly body?: string;
      readonly branch?: string;
      readonly from?: string;
      /** Whether there is a Contact. Default true. */
      readonly contact?: boolean;
      readonly uri?: string;
      /** Of a request outside of dialogs. */
      readonly callId?: string;
    } = {},
  ): Promise<void> {
    const { within, cseq = 1, headers = [], body = "", from = this.uri, uri = this.#agent.uri } = options;
    const hasContact = options.contact !== false && !headers.some(([name]) => name === "Contact");
    const branch = options.branch ?? `z9hG4bKhand${++this.#count}`;
    const lines: HeaderLine[] = [
      ["Via", `SIP/2.0/UDP 10.0.0.5:5060;branch=${branch}`],
      ["Max-Forwards", "70"],
      ["From", `<${from}>;tag=${within?.remoteTag ?? "dave"}`],
      ["To", within === undefined ? `<${this.#agent.uri}>` : `<${this.#agent.uri}>;tag=${within.localTag}`],
      ["Call-ID", within?.callId ?? options.callId ?? "by-hand"],
      ["CSeq", `${cseq} ${method}`],
      ...(hasContact ? [["Contact", `<${this.uri}>`] as const] : []),
      ...headers,
      ...(body === "" || headers.some(([name]) => name === "Content-Type") ? [] : [sdp]),
      ["Content-Length", `${body.length}`],
    ];
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    return this.send(`${method} ${uri} SIP/2.0\r\n${head}\r\n${body}`);
  }
}
