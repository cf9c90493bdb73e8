/** Runs a target in a thread of its own, ends the thread when an input never ends, and goes on behind that input. */

import { Worker } from "node:worker_threads";
import { plantedNamed } from "../planted/planted.ts";
import { product } from "../product.ts";
import { openTarget, type TargetName } from "../targets/targets.ts";
import type { Finding, SliceOptions } from "./slice.ts";
import type { ThreadReport, ThreadSettings } from "./thread.ts";

export interface WatchOptions {
  readonly target: TargetName;
  readonly slice: Omit<SliceOptions, "onInput" | "onFinding">;
  readonly planted?: string;
  /** An input that has not ended after so long never will; far more than a busy machine needs. */
  readonly endlessMs?: number;
  readonly onProgress?: (inputs: number) => void;
  readonly onFinding?: (finding: Finding) => void;
}

export interface WatchResult {
  readonly target: TargetName;
  readonly inputs: number;
  readonly milliseconds: number;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  readonly repeats: number;
}

const pollMs = 250;

export async function runWatched(options: WatchOptions): Promise<WatchResult> {
  const { target, slice } = options;
  const startedAt = performance.now();
  const end = slice.from + slice.count;
  const verdicts = new Map<string, number>();
  const findings: Finding[] = [];
  let repeats = 0;
  let from = slice.from;
  const add = (finding: Finding): void => {
    if (findings.some(({ signature }) => signature === finding.signature)) return;
    findings.push(finding);
    options.onFinding?.(finding);
  };
  while (from < end && Date.now() < slice.until) {
    const outcome = await runThread(
      { ...options, slice: { ...slice, from, count: end - from } },
      from - slice.from,
      add,
    );
    for (const [verdict, count] of outcome.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + count);
    repeats += outcome.repeats;
    from = outcome.next;
    if (outcome.broken !== undefined) add(findingOf(options, outcome.next - 1, outcome.broken));
    if (outcome.done || (slice.stopAtFirst === true && findings.length > 0)) break;
  }
  const milliseconds = performance.now() - startedAt;
  return { target, inputs: from - slice.from, milliseconds, verdicts, findings, repeats };
}

interface ThreadOutcome {
  /** The first input that has not been tried. */
  readonly next: number;
  readonly done: boolean;
  /** Why the thread ended before its time. */
  readonly broken: string | undefined;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly repeats: number;
}

function runThread(
  options: WatchOptions,
  before: number,
  onFinding: (finding: Finding) => void,
): Promise<ThreadOutcome> {
  const { target, slice, planted, endlessMs = 20_000 } = options;
  const at = new SharedArrayBuffer(4);
  const place = new Int32Array(at);
  place[0] = slice.from;
  const workerData: ThreadSettings = { target, slice, planted, at };
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData });
  return new Promise((resolve) => {
    let seen = -1;
    let seenAt = performance.now();
    let report: Extract<ThreadReport, { kind: "done" }> | undefined;
    let broken: string | undefined;
    const poll = setInterval(() => {
      const index = Atomics.load(place, 0);
      if (index !== seen) {
        seen = index;
        seenAt = performance.now();
        options.onProgress?.(before + index - slice.from);
      } else if (performance.now() - seenAt > endlessMs) {
        broken = "an input never ends";
        void worker.terminate();
      }
    }, pollMs);
    worker.on("message", (message: ThreadReport) => {
      // While it makes a finding smaller, the number of the input stays.
      seenAt = performance.now();
      if (message.kind === "finding") onFinding(message.finding);
      else report = message;
    });
    worker.on("error", (error) => {
      broken = `the thread ends: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on("exit", () => {
      clearInterval(poll);
      if (report !== undefined) {
        const { inputs, verdicts, repeats } = report;
        resolve({ next: slice.from + inputs, done: true, broken: undefined, verdicts, repeats });
        return;
      }
      const next = Atomics.load(place, 0) + 1;
      resolve({ next, done: false, broken: broken ?? "the thread ends", verdicts: new Map(), repeats: 0 });
    });
  });
}

/** The thread cannot tell its input any more: it is made again. */
function findingOf({ target, slice, planted }: WatchOptions, index: number, signature: string): Finding {
  const tried = openTarget(target, planted === undefined ? product : plantedNamed(planted).plant(product));
  const { octets, settings } = tried.encode(tried.make(slice.seedNumber, index));
  return { target, signature, message: signature, seed: slice.seed, index, octets, settings };
}
