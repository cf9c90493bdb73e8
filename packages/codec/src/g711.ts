/** G.711: µ-law and A-law. ITU-T G.711 tables 1 and 2; RFC 3551 §4.5.14. Table look-ups both ways. */

/**
 * Small enough to stay in the processor's first cache: by a sample's magnitude without its last two bits, which µ-law has no use for, and by a
 * sample without its last three, of which A-law knows nothing.
 */
const magnitudeToUlaw = new Uint8Array(8_192);
const linearToAlaw = new Uint8Array(8_192);
const ulawToLinear = new Int16Array(256);
const alawToLinear = new Int16Array(256);

/** The decision levels of µ-law are offset by so much at 16 bits. */
const ulawBias = 0x84;
const ulawClip = 32_635;

function expandUlaw(octet: number): number {
  const code = ~octet & 0xff;
  const magnitude = (((code & 0x0f) << 3) + ulawBias) << ((code & 0x70) >> 4);
  return code & 0x80 ? ulawBias - magnitude : magnitude - ulawBias;
}

function compressUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), ulawClip) + ulawBias;
  const segment = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

function expandAlaw(octet: number): number {
  const code = octet ^ 0x55;
  const segment = (code & 0x70) >> 4;
  const step = ((code & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return code & 0x80 ? magnitude : -magnitude;
}

function compressAlaw(sample: number): number {
  // A-law has 13 bits; -1 falls into the lowest negative interval, as every other negative sample does.
  const linear = sample >> 3;
  const sign = linear >= 0 ? 0xd5 : 0x55;
  const magnitude = linear >= 0 ? linear : -linear - 1;
  const segment = magnitude < 32 ? 0 : 31 - Math.clz32(magnitude) - 4;
  const mantissa = segment === 0 ? magnitude >> 1 : magnitude >> segment;
  return ((segment << 4) | (mantissa & 0x0f)) ^ sign;
}

for (let octet = 0; octet < 256; octet++) {
  ulawToLinear[octet] = expandUlaw(octet);
  alawToLinear[octet] = expandAlaw(octet);
}
for (let index = 0; index < 8_192; index++) {
  magnitudeToUlaw[index] = compressUlaw(index << 2);
  linearToAlaw[index] = compressAlaw((index << 19) >> 16);
}

/** Encodes 16-bit linear samples (8 kHz); `out` must hold as many octets as there are samples. */
export function encodeUlaw(samples: Int16Array, out: Uint8Array): void {
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index]!;
    const sign = sample >> 31;
    const magnitude = (sample ^ sign) - sign;
    // -32,768 has a magnitude that does not fit: it is clipped, as its neighbours are.
    out[index] = magnitudeToUlaw[(magnitude - (magnitude >> 15)) >> 2]! & ((sign & 0x80) ^ 0xff);
  }
}

/** Decodes to 16-bit linear samples; `out` must hold as many samples as there are octets. */
export function decodeUlaw(octets: Uint8Array, out: Int16Array): void {
  for (let index = 0; index < octets.length; index++) out[index] = ulawToLinear[octets[index]!]!;
}

/** As `encodeUlaw`. */
export function encodeAlaw(samples: Int16Array, out: Uint8Array): void {
  for (let index = 0; index < samples.length; index++) out[index] = linearToAlaw[(samples[index]! >> 3) & 0x1fff]!;
}

/** As `decodeUlaw`. */
export function decodeAlaw(octets: Uint8Array, out: Int16Array): void {
  for (let index = 0; index < octets.length; index++) out[index] = alawToLinear[octets[index]!]!;
}
