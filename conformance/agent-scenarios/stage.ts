/** One user agent of ours on free ports of loopback, with a SIPp in front of it. */

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { systemClock, TimerWheel } from "@trapezoid/base";
import {
  createUserAgentCore,
  type IdentityOptions,
  type InviteOptions,
  type OutgoingSession,
  type UserAgentCore,
  type UserAgentOptions,
} from "@trapezoid/sip/agent";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { formatUri, isSipUri, type Uri, unbracket } from "@trapezoid/sip/message";
import type { Target, TransportKind } from "@trapezoid/sip/transport";
import { type NodeTransport, openTransport } from "@trapezoid/sip/transport/node";
import { pause, waitUntil } from "../../interop/rig/wait.ts";
import { DescribedSession } from "./described-session.ts";

export interface StageOptions {
  /** 127.0.0.1 or ::1. */
  readonly host: string;
  readonly transport: "udp" | "tcp";
  /** Who we are, where the scenario has a word in it. */
  readonly identity?: Partial<IdentityOptions>;
  /** More of the agent, once the stage is there. */
  readonly agent: (stage: Stage) => Partial<UserAgentOptions>;
}

export class Stage implements AsyncDisposable {
  readonly host: string;
  readonly transport: "udp" | "tcp";
  readonly core: UserAgentCore;
  /** What no role has foreseen: exceptions of handlers. */
  readonly errors: unknown[] = [];
  /** What has happened that a role's `check` wants to know. */
  readonly seen: string[] = [];
  /** Where SIPp is. */
  peer = { address: "127.0.0.1", port: 9 };
  readonly #transport: NodeTransport;
  readonly #wheel: TimerWheel;
  readonly #media: Socket;
  #port = 0;

  static async open(options: StageOptions): Promise<Stage> {
    const stage = new Stage(options);
    try {
      await stage.#listen();
    } catch (error) {
      await stage[Symbol.asyncDispose]();
      throw error;
    }
    return stage;
  }

  private constructor(options: StageOptions) {
    this.host = options.host;
    this.transport = options.transport;
    this.#wheel = new TimerWheel({ clock: systemClock });
    this.#transport = openTransport({
      wheel: this.#wheel,
      handler: { onMessage: (text, flow) => this.core.transportHandler.onMessage(text, flow) },
    });
    this.#media = createSocket(this.host.includes(":") ? "udp6" : "udp4");
    this.core = createUserAgentCore({
      transport: this.#transport,
      locator: { locate: (uri) => [this.#targetOf(uri)], reportFailure: () => {}, reportSuccess: () => {} },
      wheel: this.#wheel,
      hash: nodeHash,
      identity: { address: "sip:trapezoid@agent.test", ...options.identity },
      onError: (error) => this.errors.push(error),
      ...options.agent(this),
    });
  }

  /** `127.0.0.1:5062`: where SIPp calls us. */
  get address(): string {
    return `${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.#port}`;
  }

  /** A user at SIPp's address. */
  uri(user: string): string {
    const { address, port } = this.peer;
    const host = address.includes(":") ? `[${address}]` : address;
    return `sip:${user}@${host}:${port}${this.transport === "tcp" ? ";transport=tcp" : ""}`;
  }

  /** Owns a session's descriptions: one audio stream, whose port is ours. */
  described(): DescribedSession {
    return new DescribedSession(this.host, this.#media.address().port);
  }

  /** Calls SIPp. */
  call(options: Partial<InviteOptions> & { readonly target?: string } = {}): OutgoingSession {
    const { target = this.uri("service"), ...rest } = options;
    return this.core.invite(target, { handlers: this.described(), ...rest });
  }

  pause(ms: number): Promise<void> {
    return pause(ms);
  }

  /** No session, dialog or pending request is left, soon. */
  async settled(): Promise<void> {
    const { core } = this;
    const left = (): string =>
      [
        ...[...core.sessions].map(({ direction, state }) => `an ${direction} session, ${state}`),
        ...(core.dialogs.size > 0 ? [`${core.dialogs.size} dialogs`] : []),
        ...(core.counters.pendingRequests > 0 ? [`${core.counters.pendingRequests} requests without an answer`] : []),
      ].join(", ");
    await waitUntil(() => left() === "", { what: "the end of our agent's calls", timeoutMs: 5_000 }).catch(() => {
      throw new Error(`SIPp has ended, and our agent still holds ${left()}`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever it would say goodbye to is gone.
    await this.core.close({ graceMs: 0 });
    await this.#transport.close();
    this.#media.close();
    this.#wheel.close();
  }

  async #listen(): Promise<void> {
    this.#media.bind(0, this.host);
    await once(this.#media, "listening");
    const listener = await this.#transport.listen({ kind: this.transport, host: this.host, port: 0 });
    this.#port = listener.endpoints[0]!.port;
  }

  /** Addresses of loopback are what they are; all others, which scenarios name as they please, are SIPp's. */
  #targetOf(uri: Uri): Target {
    const kind: TransportKind = this.transport;
    if (!isSipUri(uri)) throw new TypeError(`not a SIP URI: ${formatUri(uri)}`);
    const host = unbracket(uri.host);
    if ((host.startsWith("127.0.0.") || host === "::1") && uri.port !== undefined)
      return { kind, address: host, port: uri.port };
    return { kind, ...this.peer };
  }
}
