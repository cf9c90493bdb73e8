/** Error, Ping with its answer, and GoClear. RFC 6189 §5.9, §5.11, §5.15, §5.16. */

import { readUint32, writeUint32 } from "../octets.ts";
import type { SealingKeys } from "./confirm.ts";
import type { ZrtpCrypto } from "./crypto.ts";
import { protocolVersion } from "./hello.ts";
import { isEqual, macBytes, newMessage, putText } from "./message.ts";

const endpointHashBytes = 8;

export function encodeError(code: number): Uint8Array {
  const message = newMessage("Error", 16);
  writeUint32(message, 12, code);
  return message;
}

/** `undefined` when it is cut off. */
export function decodeError(message: Uint8Array): number | undefined {
  return message.length === 16 ? readUint32(message, 12) : undefined;
}

/** §5.16: for an endpoint of its own, the endpoint hash is the ZID, truncated. `undefined` when the Ping is malformed. */
export function answerPing(ping: Uint8Array, pingSsrc: number, zid: Uint8Array): Uint8Array | undefined {
  if (ping.length !== 24) return undefined;
  const message = newMessage("PingACK", 36);
  putText(message, 12, protocolVersion);
  message.set(zid.subarray(0, endpointHashBytes), 16);
  message.set(ping.subarray(16, 24), 24);
  writeUint32(message, 32, pingSsrc);
  return message;
}

/** §4.7.2: whether a GoClear comes from the one whose keys these are. */
export function isRightGoClear(crypto: ZrtpCrypto, keys: SealingKeys, message: Uint8Array): boolean {
  if (message.length !== 20) return false;
  const mac = crypto.hmac(keys.hash, keys.mac, message.subarray(4, 12)).subarray(0, macBytes);
  return isEqual(mac, message.subarray(12));
}
