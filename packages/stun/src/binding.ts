/** The binding usage without authentication: ask for, and tell, the address a datagram came from. RFC 8489 §6, RFC 5626 §4.4.2. */

import { errorCode, type StunAddress, textAttribute, unknownAttributes, xorAddress } from "./attributes.ts";
import { type EncodeOptions, encodeStun } from "./encode.ts";
import { StunAttribute, type StunMessage, StunMethod } from "./message.ts";

export interface BindingOptions extends EncodeOptions {
  /** SOFTWARE; left out unless given: unknown traffic is told as little as possible. */
  readonly software?: string;
}

/** A binding request; `transactionId` is 12 random octets. */
export function bindingRequest(transactionId: Uint8Array, options: BindingOptions = {}): Uint8Array {
  return encodeStun(
    { class: "request", method: StunMethod.binding, transactionId, attributes: software(options) },
    options,
  );
}

/**
 * The answer to a request that came from `source`: its XOR-MAPPED-ADDRESS, or an error; `undefined` when the message is no
 * binding request and gets no answer (§6.3).
 */
export function answerBinding(
  request: StunMessage,
  source: StunAddress,
  options: BindingOptions = {},
): Uint8Array | undefined {
  if (request.class !== "request" || request.method !== StunMethod.binding) return undefined;
  const { transactionId } = request;
  const method = StunMethod.binding;
  const unknown = unknownRequired(request);
  if (unknown.length > 0) {
    // RFC 8489 §6.3.1: comprehension-required attributes that are not understood make a 420 that lists them.
    const attributes = [errorCode(420), unknownAttributes(unknown), ...software(options)];
    return encodeStun({ class: "error", method, transactionId, attributes }, options);
  }
  const attributes = [xorAddress(source, transactionId), ...software(options)];
  return encodeStun({ class: "success", method, transactionId, attributes }, options);
}

const understood = new Set<number>(Object.values(StunAttribute));

/** Types below 0x8000 must be understood (§14). `known` adds those of other usages. */
export function unknownRequired(message: StunMessage, known?: ReadonlySet<number>): number[] {
  const types = new Set<number>();
  for (const { type } of message.attributes) {
    if (type < 0x8000 && !understood.has(type) && known?.has(type) !== true) types.add(type);
  }
  return [...types];
}

function software(options: BindingOptions) {
  return options.software === undefined ? [] : [textAttribute(StunAttribute.software, options.software)];
}
