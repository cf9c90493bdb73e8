/** Makes speech a little shorter or longer without changing its pitch: one period is left out or said twice, faded at the seam. */

const shortestMs = 2.5;
const longestMs = 10;
/** Seams of two parts less alike than this are heard; 0 to 1. Where there is next to no sound anything will do. */
const likeness = 0.5;
const quietPower = 100 ** 2;

/** The lag at which the beginning of `frame` is most like what follows; 0 when nothing is alike. */
function bestLag(frame: Int16Array, sampleRate: number): number {
  const shortest = Math.round((shortestMs * sampleRate) / 1_000);
  const longest = Math.min(frame.length >> 1, Math.round((longestMs * sampleRate) / 1_000));
  const stride = Math.max(1, Math.floor(sampleRate / 8_000));
  let best = 0;
  let highest = likeness;
  for (let lag = shortest; lag <= longest; lag += stride) {
    let product = 0;
    let first = 1;
    let second = 1;
    for (let index = 0; index < lag; index += stride) {
      const a = frame[index]!;
      const b = frame[index + lag]!;
      product += a * b;
      first += a * a;
      second += b * b;
    }
    if (first + second < (2 * quietPower * lag) / stride) return longest;
    const like = product / Math.sqrt(first * second);
    if (like > highest) {
      highest = like;
      best = lag;
    }
  }
  return best;
}

/** One period less, or the frame itself where no seam would go unheard. */
export function shorten(frame: Int16Array, sampleRate: number): Int16Array {
  const lag = bestLag(frame, sampleRate);
  if (lag === 0) return frame;
  const out = frame.slice(lag);
  // The first period fades into the second.
  for (let index = 0; index < lag; index++) {
    const share = (index + 1) / (lag + 1);
    out[index] = Math.round(frame[index]! * (1 - share) + frame[index + lag]! * share);
  }
  return out;
}

/** One period more, or the frame itself. */
export function lengthen(frame: Int16Array, sampleRate: number): Int16Array {
  const lag = bestLag(frame, sampleRate);
  if (lag === 0) return frame;
  const out = new Int16Array(frame.length + lag);
  out.set(frame.subarray(0, lag));
  // After the first period the second, fading back into the first; then everything from the second on.
  for (let index = 0; index < lag; index++) {
    const share = (index + 1) / (lag + 1);
    out[lag + index] = Math.round(frame[index + lag]! * (1 - share) + frame[index]! * share);
  }
  out.set(frame.subarray(lag), 2 * lag);
  return out;
}
