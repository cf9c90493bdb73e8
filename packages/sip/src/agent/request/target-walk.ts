/** The addresses of a next hop, one after the other, each as a flow. RFC 3263 §4.3, RFC 3261 §18.1.1. */

import type { Uri } from "../../message/values.ts";
import type { Flow, Target } from "../../transport/contract.ts";
import type { Environment } from "../core/environment.ts";

/** `stream`: the request is too long for a datagram, and is to go to the same address over a stream (RFC 3261 §18.1.1). */
export type Taken = "sent" | "refused" | "stream";
type Use = (flow: Flow, target: Target) => Taken;

export class TargetWalk {
  readonly #environment: Environment;
  readonly #nextHop: Uri;
  #targets: readonly Target[] | undefined;
  #at = 0;
  #trying: Target | undefined;
  #lastError: unknown;

  constructor(environment: Environment, nextHop: Uri) {
    this.#environment = environment;
    this.#nextHop = nextHop;
  }

  /** Whether every address has been tried; not before they are known. */
  get isExhausted(): boolean {
    return this.#targets !== undefined && this.#at >= this.#targets.length;
  }

  /** From the first address again. */
  restart(): void {
    this.#at = 0;
  }

  reportSuccess(): void {
    if (this.#trying !== undefined) this.#environment.locator.reportSuccess(this.#trying);
  }

  /** @param retryAfterSeconds Of a 503. */
  reportFailure(retryAfterSeconds?: number): void {
    if (this.#trying === undefined) return;
    this.#environment.locator.reportFailure(
      this.#trying,
      retryAfterSeconds === undefined ? undefined : Math.min(retryAfterSeconds, 3600) * 1000,
    );
  }

  /** Goes on until `use` takes a flow; `failed` when there is none. */
  next(use: Use, failed: (error: unknown) => void): void {
    if (this.#targets !== undefined) {
      this.#tryNext(use, failed);
      return;
    }
    let located: readonly Target[] | Promise<readonly Target[]>;
    try {
      located = this.#environment.locator.locate(this.#nextHop);
    } catch (error) {
      failed(error);
      return;
    }
    if (!(located instanceof Promise)) {
      this.#targets = located;
      this.#tryNext(use, failed);
      return;
    }
    located.then((targets) => {
      this.#targets = targets;
      this.#guarded(() => this.#tryNext(use, failed));
    }, failed);
  }

  #tryNext(use: Use, failed: (error: unknown) => void): void {
    const targets = this.#targets!;
    while (this.#at < targets.length) {
      const target = targets[this.#at++]!;
      this.#trying = target;
      if (this.#reach(target, target, use, failed)) return;
    }
    failed(this.#lastError);
  }

  /** True when it is under way or done. */
  #reach(target: Target, original: Target, use: Use, failed: (error: unknown) => void): boolean {
    let flow: Flow | Promise<Flow>;
    try {
      flow = this.#environment.transport.flowTo(target);
    } catch (error) {
      return this.#unreachable(error, target, original, use, failed);
    }
    if (!(flow instanceof Promise)) return this.#use(flow, target, original, use, failed);
    flow.then(
      (opened) =>
        this.#guarded(() => {
          if (!this.#use(opened, target, original, use, failed)) this.#tryNext(use, failed);
        }),
      (error) =>
        this.#guarded(() => {
          if (!this.#unreachable(error, target, original, use, failed)) this.#tryNext(use, failed);
        }),
    );
    return true;
  }

  #use(flow: Flow, target: Target, original: Target, use: Use, failed: (error: unknown) => void): boolean {
    const taken = use(flow, target);
    if (taken === "sent") return true;
    if (taken === "stream") return this.#reach({ ...target, kind: "tcp" }, target, use, failed);
    return this.#unreachable(undefined, target, original, use, failed);
  }

  #unreachable(error: unknown, target: Target, original: Target, use: Use, failed: (error: unknown) => void): boolean {
    this.#lastError = error ?? this.#lastError;
    if (target === original) {
      this.#environment.locator.reportFailure(target);
      return false;
    }
    // RFC 3261 §18.1.1: no connection is taken there; the datagram may be fragmented then.
    this.#environment.datagramOnly.add(original);
    return this.#reach(original, original, use, failed);
  }

  /** Nobody is above a promise's callback. */
  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#environment.onError(error);
    }
  }
}
