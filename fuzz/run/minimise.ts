/** Makes a failing input smaller: leaves out ever smaller pieces as long as it goes on failing (Zeller's delta debugging, simplified). */

/** Whether a smaller input breaks the same law; `false`, too, when no more trials are to be made. */
export type Shrink<I> = (candidate: I) => Promise<boolean>;

export async function shrinkList<T>(items: readonly T[], fails: Shrink<readonly T[]>): Promise<readonly T[]> {
  let left = items;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < left.length; ) {
      const without = left.toSpliced(at, size);
      if (await fails(without)) left = without;
      else at += size;
    }
  }
  return left;
}

/** Line by line first, then octet by octet. */
export async function shrinkText(text: string, fails: Shrink<string>): Promise<string> {
  const whole = text.split(/(?<=\n)/);
  const lines = await shrinkList(whole, (some) => fails(some.join("")));
  const octets = await shrinkList([...lines.join("")], (some) => fails(some.join("")));
  return octets.join("");
}

/** At most so many trials, and so many seconds. */
export function boundedShrink<I>(fails: Shrink<I>, { trials = 4000, seconds = 10 } = {}): Shrink<I> {
  const until = performance.now() + seconds * 1000;
  let left = trials;
  return async (candidate) => left-- > 0 && performance.now() < until && (await fails(candidate));
}
