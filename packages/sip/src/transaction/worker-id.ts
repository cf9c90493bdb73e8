/** The number of the worker that made a branch, tag or token, as its first two digits in base 36. */

/** The highest worker number that two digits hold. */
export const maxWorkerId: number = 36 * 36 - 1;

/** RFC 3261 §8.1.1.7: what every branch of an RFC 3261 element begins with. */
export const magicCookie = "z9hG4bK";

/** `7` → `07`. Throws `RangeError` when the number does not fit. */
export function workerDigits(workerId: number): string {
  if (!Number.isInteger(workerId) || workerId < 0 || workerId > maxWorkerId) {
    throw new RangeError(`a worker's number is 0 to ${maxWorkerId}, got ${workerId}`);
  }
  return workerId.toString(36).padStart(2, "0");
}

/**
 * The worker that made this branch (with the magic cookie) or this tag or token (without), if one of ours did;
 * `undefined` when it does not begin with two digits in base 36.
 */
export function workerOf(branchOrToken: string): number | undefined {
  const at = branchOrToken.startsWith(magicCookie) ? magicCookie.length : 0;
  const high = digit(branchOrToken.charCodeAt(at));
  const low = digit(branchOrToken.charCodeAt(at + 1));
  return high === -1 || low === -1 ? undefined : high * 36 + low;
}

function digit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 122 ? code - 87 : -1;
}
