/** Targets that failed lately: they are tried last. RFC 3263 §4.3, RFC 3261 §21.5.4 (Retry-After). */

import type { Clock } from "@trapezoid/base";
import type { Target } from "../transport/contract.ts";

export class DeadTargets {
  readonly #clock: Pick<Clock, "now">;
  readonly #mostMs: number;
  readonly #limit: number;
  readonly #until = new Map<string, number>();

  /** @param mostMs No failure is remembered for longer, whatever Retry-After said. */
  constructor(clock: Pick<Clock, "now">, mostMs: number, limit: number) {
    this.#clock = clock;
    this.#mostMs = mostMs;
    this.#limit = limit;
  }

  add(target: Target, forMs: number): void {
    const key = keyOf(target);
    this.#until.delete(key);
    this.#until.set(key, this.#clock.now() + Math.min(forMs, this.#mostMs));
    if (this.#until.size > this.#limit) this.#until.delete(this.#until.keys().next().value!);
  }

  delete(target: Target): void {
    if (this.#until.size > 0) this.#until.delete(keyOf(target));
  }

  has(target: Target): boolean {
    if (this.#until.size === 0) return false;
    const key = keyOf(target);
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#until.delete(key);
    return false;
  }

  clear(): void {
    this.#until.clear();
  }

  /** The same targets, dead ones at the end, otherwise in their order. */
  last(targets: readonly Target[]): readonly Target[] {
    if (this.#until.size === 0 || targets.length < 2) return targets;
    const dead = targets.filter((target) => this.has(target));
    if (dead.length === 0 || dead.length === targets.length) return targets;
    return [...targets.filter((target) => !dead.includes(target)), ...dead];
  }
}

function keyOf(target: Target): string {
  return `${target.kind} ${target.address} ${target.port}`;
}
