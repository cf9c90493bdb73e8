/** The unchanging parts of our Via and Record-Route values, one set for each address that we show to others. RFC 3261 §16.6 steps 4 and 8, RFC 3581. */

import { bracket } from "../message/host.ts";
import type { Flow, TransportKind } from "../transport/contract.ts";

type Advertised = Flow["advertised"];

export interface AddressTexts {
  readonly kind: TransportKind;
  readonly hostPort: string;
  /** `Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=` */
  readonly viaPrefix: string;
  /** `@192.0.2.1:5060;lr>`, after scheme and token. */
  readonly sipSuffix: string;
  readonly sipsSuffix: string;
}

/** Remembers the texts by the listener's `advertised` object; a listener that goes takes them along. */
export class AddressBook {
  readonly #texts = new WeakMap<Advertised, AddressTexts>();

  of(flow: Flow): AddressTexts {
    const known = this.#texts.get(flow.advertised);
    if (known !== undefined && known.kind === flow.kind) return known;
    const texts = textsOf(flow.kind, flow.advertised);
    this.#texts.set(flow.advertised, texts);
    return texts;
  }
}

function textsOf(kind: TransportKind, { host, port }: Advertised): AddressTexts {
  const hostPort = `${bracket(host)}:${port}`;
  // RFC 3581 §3: without rport a peer's answer misses us when our own packets pass a NAT.
  const rport = kind === "udp" ? ";rport" : "";
  return {
    kind,
    hostPort,
    viaPrefix: `Via: SIP/2.0/${kind.toUpperCase()} ${hostPort}${rport};branch=`,
    sipSuffix: `@${hostPort}${sipTransport[kind]};lr>`,
    sipsSuffix: `@${hostPort}${sipsTransport[kind]};lr>`,
  };
}

// RFC 7118 §5.2 knows the one word "ws" for both. "transport=tls" is deprecated (RFC 3261 §26.2.2) and understood by every phone;
// a sips URI in its place would bind the dialog to TLS on all hops (RFC 5630 §3.1.4).
const sipTransport: Readonly<Record<TransportKind, string>> = {
  udp: "",
  tcp: ";transport=tcp",
  tls: ";transport=tls",
  ws: ";transport=ws",
  wss: ";transport=ws",
};
const sipsTransport: Readonly<Record<TransportKind, string>> = { ...sipTransport, tls: "" };

/** Whether requests towards both sides can go to one address of ours (RFC 5658 §5): same transport, family and interface. */
export function isSameSide(a: Flow, b: Flow): boolean {
  if (a === b || (a.advertised === b.advertised && a.kind === b.kind)) return true;
  return a.kind === b.kind && a.advertised.host === b.advertised.host && a.advertised.port === b.advertised.port;
}
