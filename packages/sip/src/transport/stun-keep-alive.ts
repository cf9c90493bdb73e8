/** STUN on the SIP port: what keeps a UDP flow alive, and tells a client when its address changes. RFC 5626 §4.4.2, RFC 8489 §6. */

import {
  answerBinding,
  bindingRequest,
  decodeStun,
  findAttribute,
  readXorAddress,
  StunAttribute,
} from "@trapezoid/stun";
import type { Endpoint } from "./contract.ts";

/** @param transactionId 12 random octets. */
export function stunKeepAlive(transactionId: Uint8Array): Uint8Array {
  return bindingRequest(transactionId);
}

/** The answer to a keep-alive that came from `source`; `undefined` when the octets are none. */
export function answerStunKeepAlive(octets: Uint8Array, source: Endpoint): Uint8Array | undefined {
  const request = decodeStun(octets);
  return request.ok ? answerBinding(request.value, { address: source.address, port: source.port }) : undefined;
}

export interface StunAnswer {
  readonly transactionId: Uint8Array;
  /** How the other side sees us; `undefined` in an error. */
  readonly mapped: Endpoint | undefined;
}

/** `undefined`: no answer to a binding request. */
export function readStunAnswer(octets: Uint8Array): StunAnswer | undefined {
  const message = decodeStun(octets);
  if (!message.ok || message.value.class === "request" || message.value.class === "indication") return undefined;
  const { transactionId } = message.value;
  const attribute =
    message.value.class === "success" ? findAttribute(message.value, StunAttribute.xorMappedAddress) : undefined;
  return {
    transactionId,
    mapped: attribute === undefined ? undefined : readXorAddress(attribute.value, transactionId),
  };
}
