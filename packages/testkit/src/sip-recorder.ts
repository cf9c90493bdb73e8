/** Records what crosses a virtual network, as SIP: for expectations in tests, and for a ladder when one fails. */

import assert from "node:assert/strict";
import { parseMessage, type SipRequest, type SipResponse } from "@trapezoid/sip/message";
import { drawLadder } from "./ladder.ts";
import type { Packet, VirtualNetwork } from "./virtual-network.ts";

export interface RecordedMessage {
  /** Milliseconds since the recorder was made. */
  readonly at: number;
  /** The host's name, or its address. */
  readonly from: string;
  readonly to: string;
  /** `INVITE`; `180 INVITE` for the response 180 with that method in CSeq; `?` for what is not SIP. */
  readonly label: string;
  readonly packet: Packet;
  readonly message: SipRequest | SipResponse | undefined;
}

export interface SipRecorderOptions {
  /** Host names by address: `{ "10.0.0.1": "proxy" }`. */
  readonly names?: Readonly<Record<string, string>>;
}

export class SipRecorder implements Disposable {
  readonly #messages: RecordedMessage[] = [];
  readonly #tap: Disposable;

  constructor(network: VirtualNetwork, options: SipRecorderOptions = {}) {
    const startedAt = network.clock.now();
    const nameOf = (address: string): string => options.names?.[address] ?? address;
    this.#tap = network.tap((packet) => {
      const parsed = parseMessage(packet.text);
      const message = parsed.ok ? parsed.value : undefined;
      const from = nameOf(packet.from.address);
      const to = nameOf(packet.to.address);
      this.#messages.push({ at: packet.at - startedAt, from, to, label: labelOf(message), packet, message });
    });
  }

  get messages(): readonly RecordedMessage[] {
    return this.#messages;
  }

  /** One line a message: `alice → proxy INVITE`; those that did not arrive end in ` (lost)` or ` (refused)`. */
  get lines(): readonly string[] {
    return this.#messages.map(lineOf);
  }

  /** Messages whose line contains the text: `"INVITE"`, `"proxy → bob"`, `"bob → proxy 200 INVITE"`. */
  all(pattern: string): readonly RecordedMessage[] {
    return this.#messages.filter((message) => matches(lineOf(message), pattern));
  }

  count(pattern: string): number {
    return this.all(pattern).length;
  }

  /** The last match; fails with the ladder when there is none. */
  last(pattern: string): RecordedMessage {
    return this.all(pattern).at(-1) ?? assert.fail(`no message matches "${pattern}"; recorded:\n${this.ladder()}`);
  }

  /** The last match as a request. */
  request(pattern: string): SipRequest {
    const { message } = this.last(pattern);
    return message?.isRequest === true ? message : assert.fail(`"${pattern}" is no request`);
  }

  /** The last match as a response. */
  response(pattern: string): SipResponse {
    const { message } = this.last(pattern);
    return message?.isRequest === false ? message : assert.fail(`"${pattern}" is no response`);
  }

  /** Exactly these lines, in this order. */
  expectExactly(lines: readonly string[]): void {
    assert.deepEqual(this.lines, lines, `expected\n${lines.join("\n")}\nrecorded:\n${this.ladder()}`);
  }

  /** These in this order, whatever is in between. */
  expectInOrder(patterns: readonly string[]): void {
    let at = 0;
    for (const pattern of patterns) {
      while (at < this.#messages.length && !matches(lineOf(this.#messages[at]!), pattern)) at++;
      if (at === this.#messages.length) assert.fail(`no "${pattern}" in its place; recorded:\n${this.ladder()}`);
      at++;
    }
  }

  /** A drawing for people. */
  ladder(): string {
    return drawLadder(this.#messages.map((one) => ({ ...one, lost: one.packet.fate !== "delivered" })));
  }

  clear(): void {
    this.#messages.length = 0;
  }

  [Symbol.dispose](): void {
    this.#tap[Symbol.dispose]();
  }
}

function labelOf(message: SipRequest | SipResponse | undefined): string {
  if (message === undefined) return "?";
  return message.isRequest ? message.method : `${message.status} ${message.cseq?.method ?? "?"}`;
}

function lineOf({ from, to, label, packet }: RecordedMessage): string {
  return `${from} → ${to} ${label}${packet.fate === "delivered" ? "" : ` (${packet.fate})`}`;
}

/** As whole words, so that `INVITE` matches requests and responses, and `→ bob INVITE` no `180 INVITE`. */
function matches(line: string, pattern: string): boolean {
  return ` ${line} `.includes(` ${pattern} `);
}
