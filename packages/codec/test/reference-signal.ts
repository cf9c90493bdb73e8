/** A signal with silence, tones in both sub-bands, noise, a sweep and clicks: 0.75 s at 16 kHz, the same on every machine. */

export function referenceSpeech(): Int16Array {
  const samples = new Int16Array(12_000);
  let state = 12_345;
  for (let index = 0; index < samples.length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const noise = ((state >> 8) & 0xffff) - 32_768;
    const time = index / 16_000;
    const part = Math.floor(index / 2_000);
    const value = [
      () => 0,
      () => 8_000 * Math.sin(2 * Math.PI * 440 * time),
      () => noise / 4,
      () => 9_000 * Math.sin(2 * Math.PI * 5_000 * time),
      () => 6_000 * Math.sin(2 * Math.PI * (300 + 3_000 * time) * time) + noise / 64,
      () => (index % 160 === 0 ? 16_000 : 0),
    ][part]!();
    samples[index] = Math.round(value);
  }
  return samples;
}
