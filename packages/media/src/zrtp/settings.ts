/** What an engine's sessions know of ZRTP. RFC 6189. */

import type { Clock } from "@trapezoid/base";
import type { ZrtpAlgorithms, ZrtpCache, ZrtpCrypto } from "@trapezoid/rtp";
import type { CallKeys } from "./call-keys.ts";

/** Plain data, for threads. */
export interface ZrtpSettings {
  /** At most 16 characters, for the other side's eyes. Default `Trapezoid`. */
  readonly clientId?: string;
  /** In the order of preference; what is mandatory can always be used. */
  readonly algorithms?: ZrtpAlgorithms;
  /** Never begins, only answers. Default false. */
  readonly passive?: boolean;
  /** How long secrets are remembered, in seconds; 0: not at all. Default: for ever. */
  readonly cacheSeconds?: number;
}

export interface ZrtpParts {
  readonly clock: Clock;
  readonly crypto: ZrtpCrypto;
  /** Ours and what is remembered of others. */
  readonly cache: ZrtpCache;
  readonly settings: ZrtpSettings;
  /** What the streams of one call share. */
  readonly keys: CallKeys;
}
