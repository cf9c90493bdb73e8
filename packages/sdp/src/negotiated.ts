/** What offer and answer agree on, seen from our end. RFC 3264 §7. */

import type { Direction } from "./direction.ts";
import type { Fingerprint } from "./dtls-attributes.ts";
import type { ExtensionMap } from "./extmap.ts";
import type { IceParameters } from "./ice-attributes.ts";
import type { IceSettings } from "./settings.ts";

export interface NegotiatedCodec {
  readonly name: string;
  readonly clockRate: number;
  readonly channels: number;
  /** In packets that we send. */
  readonly sendPayloadType: number;
  /** In packets that we receive. */
  readonly receivePayloadType: number;
  /** a=fmtp of the other side: what it wants to receive. */
  readonly sendParameters: string | undefined;
  /** a=fmtp of ours. */
  readonly receiveParameters: string | undefined;
  /** Feedback that both announced. */
  readonly feedback: readonly string[];
}

export interface TransportAddress {
  readonly address: string;
  readonly port: number;
}

export interface NegotiatedSdes {
  readonly suite: string;
  /** Base64 of master key and salt, for what we send. */
  readonly localKeySalt: string;
  /** For what we receive. */
  readonly remoteKeySalt: string;
  readonly remoteMki?: { readonly value: string; readonly bytes: number };
}

export interface NegotiatedDtls {
  /** `client` sends the ClientHello: setup was `active`. */
  readonly role: "client" | "server";
  readonly remoteFingerprints: readonly Fingerprint[];
}

export interface NegotiatedStream {
  /** Place in the description. */
  readonly index: number;
  readonly kind: string;
  readonly mid: string | undefined;
  /** False: refused or ended. Nothing below means anything then. */
  readonly active: boolean;
  /** What we do. */
  readonly direction: Direction;
  /** The other side wants nothing from us now: `sendonly`, `inactive`, or the null address. */
  readonly heldByRemote: boolean;
  readonly remote: TransportAddress;
  readonly remoteRtcp: TransportAddress;
  readonly rtcpMux: boolean;
  /** In the order of preference: the first is what we send. Events and noise are apart. */
  readonly codecs: readonly NegotiatedCodec[];
  /** telephone-event, CN and the like. */
  readonly companions: readonly NegotiatedCodec[];
  /** Milliseconds of a packet that the other side wants. */
  readonly ptime: number | undefined;
  readonly maxptime: number | undefined;
  readonly sdes: NegotiatedSdes | undefined;
  readonly dtls: NegotiatedDtls | undefined;
  readonly ice: { readonly local: IceSettings; readonly remote: IceParameters } | undefined;
  readonly extensions: readonly ExtensionMap[];
  /** The other side's a=zrtp-hash. */
  readonly zrtpHash: string | undefined;
  /** The section whose transport this one shares (RFC 9143); its own index when it is on its own. */
  readonly transportIndex: number;
}

export interface NegotiatedSession {
  readonly streams: readonly NegotiatedStream[];
}

/** The telephone-event that goes with a codec: of its clock rate, else any. RFC 4733 §2.1. */
export function telephoneEventFor(stream: NegotiatedStream, clockRate?: number): NegotiatedCodec | undefined {
  const events = stream.companions.filter(({ name }) => name.toLowerCase() === "telephone-event");
  const wanted = clockRate ?? stream.codecs[0]?.clockRate;
  return events.find((one) => one.clockRate === wanted) ?? events[0];
}
