/** The step in which all audio moves. */

export const frameMs = 20;

/** Samples of one frame. */
export function frameSamples(sampleRate: number): number {
  return (sampleRate * frameMs) / 1_000;
}
