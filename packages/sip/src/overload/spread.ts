/** Who bears a loss of traffic: the least important requests first. RFC 7339 §5.10.1, §7.2. */

/**
 * What share of each class is turned away (0 to 1), so that `loss` of all requests is. `seen` counts the requests of each class, the
 * least important class first: the next one loses something when nothing is left of those before it.
 */
export function spreadLoss(loss: number, seen: readonly number[]): number[] {
  const total = seen.reduce((sum, count) => sum + count, 0);
  let left = Math.min(1, Math.max(0, loss)) * total;
  return seen.map((count, at) => {
    // Nothing has been counted yet: what is least important is all there is.
    if (total === 0) return at === 0 ? Math.min(1, Math.max(0, loss)) : 0;
    // A class that nobody has used goes with what is less important than it: gone when that is.
    if (count === 0) return left > total * 1e-9 ? 1 : 0;
    const lost = Math.min(count, left);
    left -= lost;
    return lost / count;
  });
}
