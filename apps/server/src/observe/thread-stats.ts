/** Numbers of one thread, flat, by dotted name. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** `{ transport: { garbage: { "not-sip": 1 } } }` → `{ "transport.garbage.not-sip": 1 }`; what is no number is left out. */
export function flattenStats(counters: object, prefix = ""): Record<string, number> {
  const flat: Record<string, number> = {};
  for (const [name, value] of Object.entries(counters)) {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    if (typeof value === "number") flat[key] = value;
    else if (typeof value === "object" && value !== null) Object.assign(flat, flattenStats(value, key));
  }
  return flat;
}

/** Collects all garbage of the calling thread, so that its heap shows what is alive. Slow: for leak checks. */
export function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  // Twice: weak references and finalizers let go of more after the first.
  gc();
  gc();
}

/** What every thread says of its memory. */
export function memoryStats(): { readonly heapUsedBytes: number } {
  return { heapUsedBytes: process.memoryUsage().heapUsed };
}
