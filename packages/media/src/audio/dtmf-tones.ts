/** Digits as pairs of tones, for those who take no events. ITU-T Q.23. */

export const rowHz = [697, 770, 852, 941] as const;
export const columnHz = [1_209, 1_336, 1_477, 1_633] as const;
export const keypad = ["123A", "456B", "789C", "*0#D"] as const;

/** Of each of the two, -9 dBm0 together about -6. */
const amplitude = 8_000;
const pauseMs = 80;

/** Rows and columns are found by the place on the keypad; `undefined` for what is no digit. */
export function frequenciesOf(digit: string): readonly [low: number, high: number] | undefined {
  const row = keypad.findIndex((keys) => digit.length === 1 && keys.includes(digit.toUpperCase()));
  if (row === -1) return undefined;
  return [rowHz[row]!, columnHz[keypad[row]!.indexOf(digit.toUpperCase())]!];
}

export interface DialTones {
  /** After those that still sound. A hook flash has no tone and is a pause. */
  dial(digits: string, toneMs: number): void;
  /** Fills a frame while digits sound; false, and nothing done, when there are none. */
  read(frame: Int16Array): boolean;
}

export function dialTones(sampleRate: number): DialTones {
  const queue: { readonly pair: readonly [number, number] | undefined; readonly tone: number; readonly all: number }[] =
    [];
  let at = 0;
  return {
    dial(digits, toneMs) {
      const tone = Math.round((toneMs * sampleRate) / 1_000);
      const all = tone + Math.round((pauseMs * sampleRate) / 1_000);
      for (const digit of digits) queue.push({ pair: frequenciesOf(digit), tone, all });
    },
    read(frame) {
      if (queue.length === 0) return false;
      for (let index = 0; index < frame.length; index++) {
        const digit = queue[0];
        if (digit?.pair === undefined || at >= digit.tone) frame[index] = 0;
        else {
          const turn = (2 * Math.PI * at) / sampleRate;
          frame[index] = Math.round(amplitude * (Math.sin(digit.pair[0] * turn) + Math.sin(digit.pair[1] * turn)));
        }
        if (digit !== undefined && ++at >= digit.all) {
          queue.shift();
          at = 0;
        }
      }
      return true;
    },
  };
}
