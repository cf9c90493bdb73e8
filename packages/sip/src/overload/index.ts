/** Overload control: how a loss of traffic is spread, and what next hops are spared. RFC 7339. Runs in Node and in browsers. */

export { Fate, fateMs } from "./fate.ts";
export { type NextHopLoadCounters, NextHopLoads, type NextHopLoadsOptions, Weight } from "./next-hop-loads.ts";
export { type SilentHopCounters, SilentHops, type SilentHopsOptions } from "./silent-hops.ts";
export { spreadLoss } from "./spread.ts";
