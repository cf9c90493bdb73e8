/** A user agent of a web page: SIP over WebSocket (RFC 7118), media by RTCPeerConnection. */

import { systemClock, TimerWheel } from "@trapezoid/base";
import { nobleHash } from "@trapezoid/sip/auth/noble";
import type { TransportHandler } from "@trapezoid/sip/transport";
import { openWebSocketTransport, type WebSocketTransport } from "@trapezoid/sip/transport/browser";
import type { UserAgent, UserAgentSettings } from "../contract.ts";
import { createUserAgent } from "../user-agent.ts";
import { browserMedia } from "./browser-media.ts";
import { type PageInstance, tabStorage, takePageInstance } from "./page-instance.ts";
import { serverLocator } from "./server-locator.ts";
import type { BrowserMediaOptions } from "./settings.ts";

export interface BrowserUserAgentSettings extends UserAgentSettings, BrowserMediaOptions {
  /** The server that everything goes through: `wss://sip.example.com/sip`. */
  readonly server: string;
  /** RFC 5626 §4.1: `urn:uuid:…`. Default: one of the tab's own, the same after a reload. */
  readonly instanceId?: string;
}

export interface BrowserUserAgent extends UserAgent {
  readonly transport: WebSocketTransport;
}

/**
 * Connects with the first request, and again when the connection has broken (RFC 5626 §4.5, by the registration). It closes itself when its
 * page goes. Throws `TypeError` when `server` is no WebSocket URL or `address` none.
 */
export async function openUserAgent(settings: BrowserUserAgentSettings): Promise<BrowserUserAgent> {
  const { server, address, clock = systemClock, onError = throwLater } = settings;
  const wheel = new TimerWheel({ clock, onError });
  let handler: TransportHandler | undefined;
  const transport = openWebSocketTransport({
    url: server,
    clock,
    handler: {
      onMessage: (text, flow) => handler?.onMessage(text, flow),
      onSendError: (error, flow) => handler?.onSendError?.(error, flow),
      onKeepAliveAnswer: (answer, flow) => handler?.onKeepAliveAnswer?.(answer, flow),
    },
  });
  const instance: PageInstance =
    settings.instanceId === undefined
      ? takePageInstance(address, tabStorage())
      : { id: settings.instanceId, leave: () => {} };
  const listening = new AbortController();
  const agent = createUserAgent(settings, {
    transport,
    warn: (text) => console.warn(text),
    wheel,
    clock,
    hash: nobleHash,
    locator: serverLocator(server),
    media: browserMedia(settings),
    instanceId: instance.id,
    connect: (own) => {
      handler = own;
    },
    release: async () => {
      listening.abort();
      instance.leave();
      await transport.close();
      wheel.close();
    },
  });
  const { signal } = listening;
  addEventListener("pagehide", () => leavePage(agent, instance), { signal });
  // The old connection may look alive for minutes after the network has changed.
  addEventListener("online", () => agent.registration?.networkChanged(), { signal });
  return Object.assign(agent, { transport });
}

/** What is sent now still goes out; for answers, and for timers, there is no time. */
function leavePage(agent: UserAgent, instance: PageInstance): void {
  instance.leave();
  for (const call of agent.calls) void call.hangUp({ status: 480 });
  void agent.unregister();
  void agent.close({ graceMs: 0 });
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
