/** What a listener tells the world about itself: the configured `advertise`, else the address that a packet came to. */

import { bracket, unbracket } from "../../message/host.ts";
import type { Endpoint } from "../contract.ts";
import { isLoopback, isWildcard, parseHostPort } from "../host-port.ts";

export interface Advertised {
  /** As in Via: IPv6 in brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * `advertise` is `sip.example.com` or `203.0.113.5:5060`; throws `TypeError` for anything else, wildcards included. A
 * listener on every address does not advertise to loopback peers, who are on this host and might not reach that name.
 */
export function advertiser(advertise: string | undefined, listenHost: string): (local: Endpoint) => Advertised {
  if (advertise === undefined) return plain;
  const parsed = parseHostPort(advertise);
  if (!parsed.ok) throw new TypeError(`advertise: ${parsed.error.message}`);
  const { host, port } = parsed.value;
  if (isWildcard(host)) throw new TypeError(`advertise: ${host} stands for every address and reaches nobody; name one`);
  return (local) => {
    if (isWildcard(unbracket(listenHost)) && isLoopback(local.address)) return plain(local);
    return { host, port: port ?? local.port };
  };
}

function plain(local: Endpoint): Advertised {
  return { host: bracket(local.address), port: local.port };
}
