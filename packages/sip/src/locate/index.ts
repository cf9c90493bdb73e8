/** Finding SIP servers: NAPTR, SRV, addresses, failover, caching. RFC 3263. Pure: DNS, time and chance are ports. */

export type {
  DnsAnswer,
  DnsPort,
  DnsRecords,
  DnsType,
  Located,
  LocateOptions,
  Locator,
  LocatorCounters,
  NaptrRecord,
  SrvRecord,
} from "./contract.ts";
export { type CacheTimes, defaultCacheTimes } from "./dns-cache.ts";
export {
  dnsFailed,
  noAddresses,
  noRecords,
  noTransport,
  notSip,
  serviceDeclined,
  tooManyLookups,
} from "./errors.ts";
export { createLocator, type LocatorLimits, type LocatorOptions } from "./locator.ts";
export { weightedOrder } from "./srv-order.ts";
export { createStaticDns, type StaticDns } from "./static-dns.ts";
