/** A phone command on a fake terminal, a fake clock and a fake user agent. */

import { Emitter } from "@trapezoid/base";
import type { UserAgentEvents } from "@trapezoid/call";
import type { NodeUserAgentSettings } from "@trapezoid/call/node";
import { formatUri, type NameAddr, parseNameAddr, type Uri } from "@trapezoid/sip/message";
import { createFakeClock, type FakeClock } from "@trapezoid/testkit";
import type { OpenedAgent, Phone, PhoneHost } from "../src/phone/phone.ts";
import { type Summary, withPhone } from "../src/phone/with-phone.ts";
import { FakeCall } from "./fake-call.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { createWire, type Wire } from "./wire.ts";

/** What of a user agent the phone of the command line uses. */
export class FakeAgent {
  readonly events: Emitter<UserAgentEvents> = new Emitter();
  readonly calls = new Set<FakeCall>();
  /** Calls of ours, in order. */
  readonly dialled: FakeCall[] = [];
  readonly dialledTo: string[] = [];
  readonly listeners = [
    { kind: "udp", endpoints: [{ address: "192.0.2.2", port: 5070 }], uri: { kind: "udp", host: "0.0.0.0", port: 0 } },
  ];
  isClosed = false;
  isUnregistered = false;
  register: () => Promise<unknown> = () => Promise.reject(new TypeError("the test registers nobody"));
  message: () => Promise<unknown> = () => Promise.reject(new TypeError("the test sends nothing"));
  options: () => Promise<unknown> = () => Promise.reject(new TypeError("the test asks nothing"));
  subscribe: (target: Uri, options: unknown) => unknown = () => {
    throw new TypeError("the test watches nobody");
  };

  dial(target: Uri, options: object): FakeCall {
    const call = this.#add(new FakeCall("outgoing", formatUri(target), options));
    this.dialled.push(call);
    this.dialledTo.push(formatUri(target));
    return call;
  }

  /** Somebody calls. */
  rings(remote = "sip:bob@example.com"): FakeCall {
    const call = this.#add(new FakeCall("incoming", remote));
    this.events.emit("call", call as never);
    return call;
  }

  async unregister(): Promise<void> {
    this.isUnregistered = true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #add(call: FakeCall): FakeCall {
    this.calls.add(call);
    void call.ended.then(() => this.calls.delete(call));
    return call;
  }
}

export interface Bench {
  readonly agent: FakeAgent;
  readonly terminal: FakeTerminal;
  readonly clock: FakeClock;
  readonly wire: Wire;
  /** Resolves with what the command left to say, or rejects with what it failed of. */
  readonly done: Promise<void>;
  /** Statuses that the process was to end with at once. */
  readonly exits: readonly number[];
  interrupt(isGone?: boolean): void;
  /** Lets promises settle. */
  settle(ms?: number): Promise<void>;
  /** JSON lines so far. */
  events(): readonly Record<string, unknown>[];
}

export interface BenchOptions {
  readonly json?: boolean;
  readonly ladder?: boolean;
  readonly isLive?: boolean;
  readonly hasKeys?: boolean;
  readonly as?: string;
  readonly settings?: Partial<NodeUserAgentSettings>;
}

export const alice: NameAddr = addressOf("<sip:alice@example.com>");

export function addressOf(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

export async function benchPhone(work: (phone: Phone) => Promise<Summary>, options: BenchOptions = {}): Promise<Bench> {
  const { json = false, ladder = false, isLive = true, hasKeys, as = "<sip:alice@example.com>" } = options;
  const clock = createFakeClock();
  const terminal = new FakeTerminal({ isLive, ...(hasKeys === undefined ? {} : { hasKeys }) });
  const agent = new FakeAgent();
  const wire = createWire();
  const exits: number[] = [];
  let interrupted = (_isGone: boolean): void => {};
  const host: PhoneHost = {
    clock,
    terminal,
    openAgent: async () => agent as unknown as OpenedAgent,
    watchWire: () => wire.log,
    onInterrupt(listener) {
      interrupted = listener;
      return { [Symbol.dispose]: () => (interrupted = () => {}) };
    },
    exit: (status) => void exits.push(status),
  };
  const settings: NodeUserAgentSettings = { address: as, ...options.settings };
  const done = withPhone(host, { command: "test", settings, as: addressOf(as), json, ladder }, work);
  done.catch(() => {});
  const settle = async (ms = 0): Promise<void> => {
    await clock.advanceAsync(ms);
    await clock.advanceAsync(0);
  };
  await settle();
  return {
    agent,
    terminal,
    clock,
    wire,
    done,
    exits,
    interrupt: (isGone = false) => interrupted(isGone),
    settle,
    events: () =>
      terminal.written
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}
