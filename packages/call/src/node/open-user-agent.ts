/** A user agent of Node: sockets, name servers, media. */

import { randomBytes } from "node:crypto";
import { systemClock, TimerWheel } from "@trapezoid/base";
import {
  createMediaEngine,
  type EngineOptions,
  type MediaEngine,
  openMediaPool,
  type ZrtpSettings,
} from "@trapezoid/media";
import { openZidFile, type ZidFile } from "@trapezoid/rtp/node";
import { nodeHash } from "@trapezoid/sip/auth/node";
import { createLocator, type DnsPort } from "@trapezoid/sip/locate";
import { createNodeDns } from "@trapezoid/sip/locate/node";
import { isIpv6 } from "@trapezoid/sip/message";
import type { Listener, ListenUri, TransportHandler, TransportKind } from "@trapezoid/sip/transport";
import {
  type NodeTransport,
  openTransport,
  type TlsSettings,
  type TransportTimeouts,
  type WebSocketSettings,
} from "@trapezoid/sip/transport/node";
import type { UserAgent, UserAgentSettings } from "../contract.ts";
import type { CallMedia, OpenMediaOptions } from "../media-port.ts";
import { createUserAgent } from "../user-agent.ts";
import type { UserAgentParts } from "../user-agent-parts.ts";
import { directContact } from "./direct-contact.ts";
import { addressTowards, ownAddress } from "./local-route.ts";
import { NodeCallMedia, type NodeMediaParts } from "./node-call-media.ts";

export interface NodeUserAgentSettings extends UserAgentSettings {
  /**
   * Where requests are listened for. Default: UDP and TCP on one free port of every address, so that others can reach us over both.
   */
  readonly listen?: readonly ListenUri[];
  /** What others should see in place of our addresses, in SIP and in descriptions: the outer address of a NAT that maps one to one. */
  readonly advertise?: string;
  /** The transport of requests whose target does not say. Default: as DNS says, else UDP. */
  readonly transport?: TransportKind;
  readonly tls?: TlsSettings;
  /** For `ws` and `wss`. */
  readonly webSocket?: WebSocketSettings;
  readonly timeouts?: Partial<TransportTimeouts>;
  /** Name servers. Default: the system's. */
  readonly dnsServers?: readonly string[];
  /** In place of name servers. */
  readonly dns?: DnsPort;
  /** In place of RFC 3263: where requests go. */
  readonly locator?: UserAgentParts["locator"];
  /** The address for media. Default: that of the interface which leads to the other side. */
  readonly mediaAddress?: string;
  /** First and last port of media. */
  readonly mediaPorts?: readonly [from: number, to: number];
  readonly mediaLimits?: EngineOptions["limits"];
  /** Media in so many threads of their own. Default 0: in this one. */
  readonly mediaThreads?: number;
  /** The file of our identity in ZRTP and of what is remembered of others; made where it is missing. Default: both last as long as the agent. */
  readonly zrtpFile?: string;
  /** Algorithms of ZRTP and more. */
  readonly zrtpSettings?: ZrtpSettings;
  /** Media that others use, too; it stays open. */
  readonly mediaEngine?: MediaEngine;
  /** RFC 5626 §4.1: `urn:uuid:…`, the same for the life of the device. Default: none. */
  readonly instanceId?: string;
}

/** What is open, for whoever wants to say so. */
export interface NodeUserAgent extends UserAgent {
  readonly transport: NodeTransport;
  readonly listeners: readonly Listener[];
  readonly mediaEngine: MediaEngine;
  /** Where it is reached without a server in between: `sip:bob@192.168.1.5:5060`, of its first listener. */
  readonly contact: string;
}

/**
 * Rejects with a transport error when a listener cannot be opened, with a `TypeError` when the address is none, with a `CallError` for a codec
 * or suite that there is not.
 */
export async function openUserAgent(settings: NodeUserAgentSettings): Promise<NodeUserAgent> {
  await using opening = new AsyncDisposableStack();
  const { onError } = settings;
  const wheel = new TimerWheel({ clock: systemClock, ...(onError === undefined ? {} : { onError }) });
  let handler: TransportHandler | undefined;
  const transport = openTransport({
    wheel,
    handler: {
      onMessage: (text, flow) => handler?.onMessage(text, flow),
      onSendError: (error, flow) => handler?.onSendError?.(error, flow),
      onGarbage: (reason, flow, head) => handler?.onGarbage?.(reason, flow, head),
      onKeepAliveAnswer: (answer, flow) => handler?.onKeepAliveAnswer?.(answer, flow),
    },
    ...(settings.tls === undefined ? {} : { tls: settings.tls }),
    ...(settings.webSocket === undefined ? {} : { webSocket: settings.webSocket }),
    ...(settings.timeouts === undefined ? {} : { timeouts: settings.timeouts }),
  });
  opening.use(transport);
  const listeners = await listen(transport, settings);
  const zidFile = settings.zrtpFile === undefined ? undefined : await openZidFile(settings.zrtpFile);
  const ownEngine = settings.mediaEngine === undefined ? await openEngine(settings, zidFile) : undefined;
  if (ownEngine !== undefined) opening.use(ownEngine);
  const engine = settings.mediaEngine ?? ownEngine!;
  const addresses = listeners.flatMap(({ endpoints }) => endpoints.map(({ address }) => address));
  const ownDns =
    settings.dns === undefined ? createNodeDns(settings.dnsServers && { servers: settings.dnsServers }) : undefined;
  const mediaParts: NodeMediaParts = {
    engine,
    clock: systemClock,
    addressFor: async (host, before) =>
      settings.mediaAddress ??
      (host === undefined ? undefined : await addressTowards(host)) ??
      before ??
      usualAddress(addresses),
    advertise: settings.advertise,
    sessionId,
  };
  const openMedia = (options: OpenMediaOptions): CallMedia => new NodeCallMedia(mediaParts, options);
  // A codec that there is not is told now, and not by each call.
  openMedia({ towards: undefined, profile: settings.media ?? {} });
  const agent = createUserAgent(settings, {
    transport,
    warn: (text) => process.emitWarning(text, "TrapezoidWarning"),
    wheel,
    clock: systemClock,
    hash: nodeHash,
    locator:
      settings.locator ??
      createLocator({
        dns: settings.dns ?? ownDns!,
        clock: systemClock,
        transports: settings.transport === undefined ? ["udp", "tcp", "tls"] : [settings.transport],
        families: addresses.some((address) => isIpv6(address)) ? [4, 6] : [4],
      }),
    media: { open: openMedia },
    connect: (own) => {
      handler = own;
    },
    release: async () => {
      await transport.close();
      await ownEngine?.close();
      await zidFile?.flush();
      ownDns?.close();
      // What still waits for an answer that nobody hears any more keeps no process.
      wheel.close();
    },
    ...(settings.instanceId === undefined ? {} : { instanceId: settings.instanceId }),
  });
  opening.move();
  return Object.assign(agent, {
    transport,
    listeners,
    mediaEngine: engine,
    contact: directContact(agent.address, listeners),
  });
}

async function listen(
  transport: NodeTransport,
  { listen: uris, advertise }: NodeUserAgentSettings,
): Promise<Listener[]> {
  const options = advertise === undefined ? {} : { advertise };
  if (uris !== undefined) return await Promise.all(uris.map((uri) => transport.listen(uri, options)));
  // Another program may have the port for TCP.
  for (let tried = 0; ; tried++) {
    const udp = await transport.listen({ kind: "udp", host: "0.0.0.0", port: 0 }, options);
    const { port } = udp.endpoints[0]!;
    try {
      return [udp, await transport.listen({ kind: "tcp", host: "0.0.0.0", port }, options)];
    } catch (error) {
      await udp.close();
      if (tried === 9) throw error;
    }
  }
}

function openEngine(settings: NodeUserAgentSettings, zidFile: ZidFile | undefined): MediaEngine | Promise<MediaEngine> {
  const { mediaAddress = "127.0.0.1", mediaPorts, mediaLimits, zrtpSettings, mediaThreads = 0 } = settings;
  const options: EngineOptions = {
    address: mediaAddress,
    ...(mediaPorts === undefined ? {} : { ports: mediaPorts }),
    ...(mediaLimits === undefined ? {} : { limits: mediaLimits }),
    ...(zrtpSettings === undefined ? {} : { zrtp: zrtpSettings }),
  };
  const zrtpCache = zidFile === undefined ? {} : { zrtpCache: zidFile };
  if (mediaThreads === 0) return createMediaEngine(options, zrtpCache);
  return openMediaPool({ ...options, ...zrtpCache, threads: mediaThreads });
}

/** Where it is not known who the other side is. */
function usualAddress(addresses: readonly string[]): string {
  const [only] = addresses;
  return addresses.length === 1 && only !== undefined ? only : ownAddress();
}

/** RFC 8866 §5.2: decimal digits, unlike any other. */
function sessionId(): string {
  return `${randomBytes(8).readBigUInt64BE() >> 1n}`;
}
