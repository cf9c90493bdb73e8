/** The proxy core. RFC 3261 §16, RFC 5393, RFC 5658, RFC 3326. */

export type {
  BranchOutcome,
  DialogToken,
  ForwardOptions,
  NextHopLoads,
  Proxy,
  ProxyCounters,
  ProxyLimits,
  ProxyLocator,
  ProxyOptions,
  ProxyTarget,
  Refusal,
  Routed,
  SenderFacts,
} from "./contract.ts";
export { defaultProxyLimits } from "./environment.ts";
export { createProxy } from "./proxy.ts";
export { isSips, SipsFault, sipsFault, warningLine } from "./sips.ts";
