/** What the protocols of this package need from Node: ciphers, key agreement, a file. */

export { nodeCiphers } from "./ciphers.ts";
export { openZidFile, type ZidFile, type ZidFileOptions } from "./zid-file.ts";
export { createZrtpCrypto } from "./zrtp-crypto.ts";
