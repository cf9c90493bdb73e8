/** What went over the wire, in order and in time: what ladders are drawn of, and what failures are explained by. */

import { channel } from "node:diagnostics_channel";
import type { Clock } from "@trapezoid/base";
import { parseMessage, type SipRequest, type SipResponse } from "@trapezoid/sip/message";
import type { Endpoint, TransportKind } from "@trapezoid/sip/transport";
import type { TransportTrace } from "@trapezoid/sip/transport/node";

export type WireDirection = "sent" | "received";

export interface WireMessage {
  /** Milliseconds since the log was begun. */
  readonly at: number;
  readonly direction: WireDirection;
  readonly kind: TransportKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly message: SipRequest | SipResponse;
  /** How many times the same message had gone the same way before. */
  readonly repetition: number;
}

/** Older messages are forgotten: a phone may stay registered for months. */
export const maxWireMessages = 2_000;

export class WireLog implements Disposable {
  readonly startedAt: number;
  /** Messages that are forgotten. */
  dropped = 0;
  readonly #clock: Clock;
  readonly #messages: WireMessage[] = [];
  readonly #seen = new Map<string, number>();
  readonly #unsubscribe: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.startedAt = clock.now();
  }

  get messages(): readonly WireMessage[] {
    return this.#messages;
  }

  /** Listens to every transport of this process. */
  attach(): this {
    for (const direction of ["sent", "received"] as const) {
      const source = channel(`sip:transport:${direction}`);
      const listener = (trace: unknown): void => this.record(direction, trace as TransportTrace);
      source.subscribe(listener);
      this.#unsubscribe.push(() => source.unsubscribe(listener));
    }
    return this;
  }

  /** Keep-alives, and what is no SIP, are left out. */
  record(direction: WireDirection, { message: text, flow }: Pick<TransportTrace, "message" | "flow">): void {
    if (typeof text !== "string") return;
    const parsed = parseMessage(text);
    if (!parsed.ok) return;
    const message = parsed.value;
    const key = identityOf(direction, message);
    const repetition = this.#seen.get(key) ?? 0;
    this.#seen.set(key, repetition + 1);
    const { kind, local, remote } = flow;
    this.#messages.push({
      at: this.#clock.now() - this.startedAt,
      direction,
      kind,
      local,
      remote,
      message,
      repetition,
    });
    if (this.#messages.length > maxWireMessages) {
      const [oldest] = this.#messages.splice(0, 1);
      this.#seen.delete(identityOf(oldest!.direction, oldest!.message));
      this.dropped++;
    }
  }

  [Symbol.dispose](): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }
}

/** RFC 3261 §17.2.3: a repeated request has the same branch, method and sent-by; a response has its To tag besides. */
function identityOf(direction: WireDirection, message: SipRequest | SipResponse): string {
  const start = message.isRequest ? message.method : String(message.status);
  const via = message.via;
  const { sequence, method } = message.cseq ?? { sequence: 0, method: "" };
  return [direction, start, via?.branch, via?.host, via?.port, message.callId, sequence, method, message.toTag].join(
    " ",
  );
}
