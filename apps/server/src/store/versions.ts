/** Version numbers shared by all threads: whoever caches the bindings of an address sees here that they changed, without a message. */

/** Counters; addresses are spread over them by hash, so two may share one: then one look-up too many is made. */
export const VERSION_SLOTS = 65_536;

export function createVersions(): SharedArrayBuffer {
  return new SharedArrayBuffer(VERSION_SLOTS * Int32Array.BYTES_PER_ELEMENT);
}

/** FNV-1a over the characters. */
export function versionSlot(aor: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < aor.length; i++) hash = Math.imul(hash ^ aor.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 16)) & (VERSION_SLOTS - 1);
}
