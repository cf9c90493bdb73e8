/** The order of SRV records of one priority. RFC 2782, "Weight". */

export interface Weighted {
  readonly weight: number;
}

/**
 * Draws one after the other, each with a chance in proportion to its weight.
 * @param random Uniform in [0, 1).
 */
export function weightedOrder<T extends Weighted>(records: readonly T[], random: () => number): readonly T[] {
  if (records.length < 2) return records;
  // RFC 2782: those with weight 0 go to the front, so that they have a very small chance.
  const left = [...records.filter((record) => record.weight === 0), ...records.filter((record) => record.weight !== 0)];
  let sum = left.reduce((total, record) => total + record.weight, 0);
  const order: T[] = [];
  while (left.length > 1) {
    // A whole number from 0 to the sum, both included; the first record whose running sum reaches it is drawn.
    const draw = Math.floor(random() * (sum + 1));
    let at = 0;
    let running = left[0]!.weight;
    while (running < draw) running += left[++at]!.weight;
    const [drawn] = left.splice(at, 1);
    order.push(drawn!);
    sum -= drawn!.weight;
  }
  order.push(left[0]!);
  return order;
}
