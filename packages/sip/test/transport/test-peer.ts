/** A transport of Node with all that it hands up recorded, for tests over real sockets: they wait for events, never for time. */

import type { Socket } from "node:net";
import type { Flow, GarbageReason, Listener, TransportHandler, TransportKind } from "../../src/transport/contract.ts";
import { type NodeTransport, openTransport, type TransportOptions } from "../../src/transport/node/index.ts";

/** How long anything may take before the test fails. */
const patienceMs = 10_000;

export interface Received {
  readonly text: string;
  readonly flow: Flow;
}

export class TestPeer implements AsyncDisposable {
  readonly transport: NodeTransport;
  readonly received = new Arrivals<Received>();
  readonly garbage = new Arrivals<{
    readonly reason: GarbageReason;
    readonly flow: Flow;
    readonly head: string | undefined;
  }>();
  readonly errors = new Arrivals<{ readonly error: Error; readonly flow: Flow }>();
  /** Called for each message, besides recording it. */
  onMessage: ((text: string, flow: Flow) => void) | undefined;

  constructor(options: Partial<TransportOptions> = {}) {
    const handler: TransportHandler = {
      onMessage: (text, flow) => {
        this.onMessage?.(text, flow);
        this.received.push({ text, flow });
      },
      onGarbage: (reason, flow, head) => this.garbage.push({ reason, flow, head }),
      onSendError: (error, flow) => this.errors.push({ error, flow }),
    };
    this.transport = openTransport({ handler, ...options });
  }

  listen(kind: TransportKind, host = "127.0.0.1", port = 0): Promise<Listener> {
    return this.transport.listen({ kind, host, port });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.transport.close();
  }
}

/** What has come and was not taken yet. */
export class Arrivals<T> {
  readonly #waiting: ((value: T) => void)[] = [];
  readonly #values: T[] = [];

  push(value: T): void {
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#values.push(value);
    else waiter(value);
  }

  /** What has come and nobody has taken. */
  get length(): number {
    return this.#values.length;
  }

  next(): Promise<T> {
    if (this.#values.length > 0) return Promise.resolve(this.#values.shift()!);
    return within(new Promise<T>((resolve) => this.#waiting.push(resolve)), "nothing came");
  }

  async take(count: number): Promise<T[]> {
    const taken: T[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}

/** The value, or a failure when it takes too long. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${what} within ${patienceMs} ms`)), patienceMs);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Resolves when the flow is closed. */
export function closed(flow: Flow): Promise<void> {
  if (flow.closed) return Promise.resolve();
  return within(new Promise<void>((resolve) => void flow.onClose(resolve)), "the flow did not close");
}

/** Resolves when the socket is closed, with or without an error. */
export function gone(socket: Socket): Promise<void> {
  return within(
    new Promise<void>((resolve) => void socket.once("close", () => resolve())),
    "the connection did not end",
  );
}

/** An OPTIONS request of roughly the size wanted; `label` is its Call-ID. */
export function message(label: string, bodyBytes = 0): string {
  const body = "abcdefgh\x80\xff".repeat(Math.ceil(bodyBytes / 10)).slice(0, bodyBytes);
  return [
    "OPTIONS sip:bob@example.com SIP/2.0",
    "Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1",
    "Max-Forwards: 70",
    "From: <sip:alice@example.com>;tag=1",
    "To: <sip:bob@example.com>",
    `Call-ID: ${label}`,
    "CSeq: 1 OPTIONS",
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}
