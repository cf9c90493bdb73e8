/** Sound files for tests: a tone in 16-bit mono of 8,000 Hz. */

const sampleRate = 8_000;

export function sineWav(hz: number, ms: number, amplitude = 8_000): Buffer {
  const samples = Math.round((ms * sampleRate) / 1_000);
  const wav = Buffer.alloc(44 + 2 * samples);
  wav.write("RIFF", 0, "latin1");
  wav.writeUInt32LE(36 + 2 * samples, 4);
  wav.write("WAVEfmt ", 8, "latin1");
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRate, 24);
  wav.writeUInt32LE(2 * sampleRate, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write("data", 36, "latin1");
  wav.writeUInt32LE(2 * samples, 40);
  for (let at = 0; at < samples; at++) {
    wav.writeInt16LE(Math.round(amplitude * Math.sin((2 * Math.PI * hz * at) / sampleRate)), 44 + 2 * at);
  }
  return wav;
}
