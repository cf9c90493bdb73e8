/** STUN datagrams: whatever octets come, nothing throws, and what is read lies within them. RFC 8489 §5, §14. */

import {
  answerBinding,
  decodeStun,
  encodeStun,
  isStun,
  mappedAddress,
  readErrorCode,
  readText,
  readUnknownAttributes,
  StunAttribute,
} from "@trapezoid/stun";
import { law } from "./law.ts";

export function checkDatagram(octets: Uint8Array): string {
  const decoded = decodeStun(octets);
  if (!decoded.ok) {
    const { code, offset } = decoded.error;
    law(offset >= 0 && offset <= octets.length, "a STUN fault's offset is in range", () => `${code} at ${offset}`);
    return code;
  }
  law(isStun(octets), "what is decoded looks like STUN", () => String(octets.length));
  const message = decoded.value;
  for (const { value, offset } of message.attributes) {
    law(
      offset >= 20 && offset + 4 + value.length <= octets.length,
      "a STUN attribute lies within its message",
      () => `${value.length} octets at ${offset} of ${octets.length}`,
    );
  }
  mappedAddress(message);
  readErrorCode(message);
  readUnknownAttributes(message);
  for (const type of [StunAttribute.software, StunAttribute.username, StunAttribute.realm]) readText(message, type);
  // The old fingerprint would be wrong where padding was not zero.
  const attributes = message.attributes.filter(({ type }) => type !== StunAttribute.fingerprint);
  const again = decodeStun(encodeStun({ ...message, attributes }, { fingerprint: true }));
  law(
    again.ok && again.value.attributes.length === attributes.length + 1,
    "a STUN message written again can be read",
    () => `${attributes.length} attributes`,
  );
  const answer = answerBinding(message, { address: "2001:db8::1", port: 5060 });
  if (answer === undefined) return `STUN ${message.class}`;
  const read = decodeStun(answer);
  law(read.ok, "an answer to a STUN request can be read", () => String(answer.length));
  return `STUN ${message.class}, ${read.value.class}`;
}
