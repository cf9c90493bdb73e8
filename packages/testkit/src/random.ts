/** Repeatable randomness for tests: the same seed gives the same run. */

/** Numbers in [0, 1), from a 32-bit xorshift generator (Marsaglia, 2003). */
export function createRandom(seed = 1): () => number {
  // Neighbouring seeds must not give similar runs: spread their bits first.
  let state = Math.imul(seed | 0, 0x9e3779b1) ^ 0x5bd1e995;
  if (state === 0) state = 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

/** A repeatable stand-in for a port that makes random octets. */
export function createRandomOctets(seed = 1): (bytes: number) => Uint8Array {
  const random = createRandom(seed);
  return (bytes) => Uint8Array.from({ length: bytes }, () => Math.floor(random() * 256));
}
