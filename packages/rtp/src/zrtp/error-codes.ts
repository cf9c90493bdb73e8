/** What an Error message says. RFC 6189 §5.9, table 8. */

export const errorCodes = {
  malformed: 0x10,
  software: 0x20,
  version: 0x30,
  helloMismatch: 0x40,
  hash: 0x51,
  cipher: 0x52,
  agreement: 0x53,
  authTag: 0x54,
  sas: 0x55,
  noSharedSecret: 0x56,
  publicValue: 0x61,
  commitment: 0x62,
  relayedSas: 0x63,
  confirmMac: 0x70,
  nonceReuse: 0x80,
  equalZids: 0x90,
  ssrcCollision: 0x91,
  unavailable: 0xa0,
  timeout: 0xb0,
  goClear: 0x100,
} as const;

export type ErrorCode = (typeof errorCodes)[keyof typeof errorCodes];

const texts: Readonly<Record<ErrorCode, string>> = {
  16: "a message was malformed",
  32: "a critical software error, or messages were changed on their way",
  48: "the ZRTP version is not supported",
  64: "messages do not fit the Hello",
  81: "the hash is not supported",
  82: "the cipher is not supported",
  83: "the key agreement is not supported",
  84: "the SRTP authentication tag is not supported",
  85: "the rendering of the authentication string is not supported",
  86: "there is no shared secret; a Diffie-Hellman exchange is needed",
  97: "the public value of the key agreement must not be used",
  98: "the public value is not the one that was committed to: somebody may be in the middle",
  99: "an authentication string was relayed by somebody who is not trusted",
  112: "a Confirm has a wrong MAC: somebody may be in the middle",
  128: "a nonce was used twice",
  144: "both sides have the same ZID",
  145: "both sides have the same SSRC",
  160: "the service is unavailable",
  176: "the other side stopped answering",
  256: "going back to unprotected media is not allowed",
};

/** For a person. */
export function errorText(code: number): string {
  return texts[code as ErrorCode] ?? `an unknown error, 0x${code.toString(16)}`;
}
