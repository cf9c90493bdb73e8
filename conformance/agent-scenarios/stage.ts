/** One user agent of ours, with a SIPp in front of it. */

import assert from "node:assert/strict";
import type { UserAgent } from "@trapezoid/call";
import type { UserAgentCore } from "@trapezoid/sip/agent";
import { formatUri, isSipUri, type Uri, unbracket } from "@trapezoid/sip/message";
import type { Endpoint, Target } from "@trapezoid/sip/transport";
import { pause, waitUntil } from "../../interop/rig/wait.ts";

/** What is open. */
export interface StagePart {
  readonly core: UserAgentCore;
  /** `undefined`: the core alone. */
  readonly agent: UserAgent | undefined;
  readonly port: number;
  close(): Promise<void>;
}

export class Stage implements AsyncDisposable {
  /** 127.0.0.1 or ::1. */
  readonly host: string;
  readonly transport: "udp" | "tcp";
  /** What no role has foreseen: exceptions of handlers. */
  readonly errors: unknown[] = [];
  /** What has happened that a role's `check` wants to know. */
  readonly seen: string[] = [];
  /** Where SIPp is. */
  peer: Endpoint = { address: "127.0.0.1", port: 9 };
  /** Hosts that are neither loopback nor SIPp. */
  readonly elsewhere = new Map<string, Endpoint>();
  #part: StagePart | undefined;

  constructor(host: string, transport: "udp" | "tcp") {
    this.host = host;
    this.transport = transport;
  }

  set(part: StagePart): void {
    this.#part = part;
  }

  get core(): UserAgentCore {
    return this.#opened.core;
  }

  /** With calls and their media. */
  get agent(): UserAgent {
    return this.#opened.agent ?? assert.fail("this role has the core alone");
  }

  /** `127.0.0.1:5062`: where SIPp calls us. */
  get address(): string {
    return `${bracketed(this.host)}:${this.#opened.port}`;
  }

  get endpoint(): Endpoint {
    return { address: this.host, port: this.#opened.port };
  }

  /** A user at SIPp's address; none: the host alone. */
  uri(user?: string): string {
    const { address, port } = this.peer;
    const transport = this.transport === "tcp" ? ";transport=tcp" : "";
    return `sip:${user === undefined ? "" : `${user}@`}${bracketed(address)}:${port}${transport}`;
  }

  /** Addresses of loopback are what they are; all others, which scenarios name as they please, are SIPp's. */
  targetOf(uri: Uri): Target {
    const kind = this.transport;
    if (!isSipUri(uri)) throw new TypeError(`not a SIP URI: ${formatUri(uri)}`);
    const host = unbracket(uri.host);
    const elsewhere = this.elsewhere.get(host);
    if (elsewhere !== undefined) return { kind, ...elsewhere };
    const isLoopback = host.startsWith("127.0.0.") || host === "::1";
    return isLoopback && uri.port !== undefined ? { kind, address: host, port: uri.port } : { kind, ...this.peer };
  }

  pause(ms: number): Promise<void> {
    return pause(ms);
  }

  /** Notes what no role has foreseen. */
  watch(promise: Promise<unknown>, isForeseen: (error: unknown) => boolean): void {
    promise.catch((error) => {
      if (!isForeseen(error)) this.errors.push(error);
    });
  }

  /** No session, dialog or pending request is left, soon. */
  async settled(): Promise<void> {
    const { core } = this;
    const left = (): string =>
      [
        ...[...core.sessions].map(({ direction, state }) => `an ${direction} session, ${state}`),
        ...(core.dialogs.size > 0 ? [`${core.dialogs.size} dialogs`] : []),
        ...(core.counters.pendingRequests > 0 ? [`${core.counters.pendingRequests} requests without an answer`] : []),
        ...((this.#opened.agent?.calls.size ?? 0) > 0 ? ["calls"] : []),
      ].join(", ");
    await waitUntil(() => left() === "", { what: "the end of our agent's calls", timeoutMs: 5_000 }).catch(() => {
      throw new Error(`SIPp has ended, and our agent still holds ${left()}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#part?.close();
  }

  get #opened(): StagePart {
    return this.#part ?? assert.fail("the stage is not open yet");
  }
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
