/** What can go wrong in finding a server. */

import { define } from "@trapezoid/base";

/** Only SIP and SIPS URIs have a server to find; tel: needs a route first. */
export const notSip = define(
  "SIP_LOCATE_NOT_SIP",
  (uri: string) =>
    `${uri} is no SIP or SIPS URI, so that there is no server to look for: it must be rewritten by the routing first`,
);

export const noTransport = define(
  "SIP_LOCATE_NO_TRANSPORT",
  (host: string, wanted: string, available: readonly string[]) =>
    `reaching ${host} needs ${wanted}, which is not available here; available: ${available.join(", ") || "nothing"}`,
);

export const noRecords = define(
  "SIP_LOCATE_NO_RECORDS",
  (host: string, asked: readonly string[]) =>
    `no SRV or address record for ${host} (asked for ${asked.join(", ")}): check the name, or use an address`,
);

export const noAddresses = define(
  "SIP_LOCATE_NO_ADDRESSES",
  (host: string, servers: readonly string[]) =>
    `the SRV records of ${host} lead to ${servers.join(", ")}, which ${servers.length === 1 ? "has" : "have"} no usable address: its DNS zone needs one`,
);

/** RFC 2782: a single SRV record with the target ".". */
export const serviceDeclined = define(
  "SIP_LOCATE_DECLINED",
  (host: string) => `${host} declares by its SRV records that it offers no SIP service`,
);

export const dnsFailed = define(
  "SIP_LOCATE_DNS_FAILED",
  (host: string, question: string, why: string) =>
    `DNS did not answer for ${host} (${question}: ${why}): check that the name servers are reachable (dns.servers)`,
);

export const tooManyLookups = define(
  "SIP_LOCATE_BUSY",
  (limit: number) => `${limit} DNS look-ups are under way already: try again later, or raise maxLookups`,
);
