/** Whether two samples could come from one distribution. Mann and Whitney, 1947, with the correction for ties. */

/**
 * Two-sided p by the normal approximation, which is good from about twenty values each. Near 1: nothing tells the samples apart;
 * under 0.01: one of them tends to be larger.
 */
export function mannWhitney(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((value) => ({ value, isOne: true })), ...other.map((value) => ({ value, isOne: false }))];
  all.sort((a, b) => a.value - b.value);
  const n = all.length;
  let rankSum = 0;
  let ties = 0;
  for (let at = 0; at < n; ) {
    let end = at + 1;
    while (end < n && all[end]!.value === all[at]!.value) end++;
    const rank = (at + 1 + end) / 2;
    for (let i = at; i < end; i++) if (all[i]!.isOne) rankSum += rank;
    const same = end - at;
    ties += same ** 3 - same;
    at = end;
  }
  const product = one.length * other.length;
  const u = rankSum - (one.length * (one.length + 1)) / 2;
  const variance = (product / 12) * (n + 1 - ties / (n * (n - 1)));
  if (variance <= 0) return 1;
  const z = Math.max(0, Math.abs(u - product / 2) - 0.5) / Math.sqrt(variance);
  return 2 * upperTail(z);
}

/** P(Z > z) of the standard normal distribution, z >= 0, to seven digits (Abramowitz and Stegun, 26.2.17). */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const density = Math.exp(-(z * z) / 2) / Math.sqrt(2 * Math.PI);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return density * poly;
}
