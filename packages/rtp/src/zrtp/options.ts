/** What a ZRTP stream is told when it is made. */

import type { ZrtpAlgorithms } from "./algorithms.ts";
import type { ZrtpCrypto } from "./crypto.ts";

export interface ZrtpOptions {
  readonly crypto: ZrtpCrypto;
  /** 12 octets, the same in all calls of this installation (§4.9). */
  readonly zid: Uint8Array;
  /** At most 16 characters. */
  readonly clientId?: string;
  readonly algorithms?: ZrtpAlgorithms;
  /** Never begins, only answers (§5.2). */
  readonly passive?: boolean;
  /** How long new secrets are remembered, in seconds. 0: not at all (§4.9.1). Default 0xffffffff: for ever. */
  readonly cacheSeconds?: number;
  /** A secret that both sides have by other means (§4.3). */
  readonly auxSecret?: Uint8Array;
}
