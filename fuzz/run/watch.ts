/** Runs a target in a thread of its own, ends the thread when an input never ends, and goes on behind that input. */

import { Worker } from "node:worker_threads";
import { LawBroken } from "../laws/law.ts";
import { plantedNamed } from "../planted/planted.ts";
import { product } from "../product.ts";
import { openTarget, type TargetName } from "../targets/targets.ts";
import type { Finding, SliceOptions } from "./slice.ts";
import type { ThreadReport, ThreadSettings } from "./thread.ts";

export interface WatchOptions {
  readonly target: TargetName;
  readonly slice: Omit<SliceOptions, "onInput" | "onFinding">;
  readonly planted?: string;
  /** Default 1. */
  readonly threads?: number;
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

/** Shares the inputs out among threads; findings of the same kind are one. */
export async function runWatched(options: WatchOptions): Promise<WatchResult> {
  const { target, slice, threads = 1 } = options;
  const startedAt = performance.now();
  const verdicts = new Map<string, number>();
  const findings: Finding[] = [];
  const progress = new Array<number>(threads).fill(0);
  let repeats = 0;
  const lanes = progress.map(async (_, lane) => {
    const count = Math.ceil((slice.count - lane) / threads);
    const own = { ...slice, from: slice.from + lane, stride: threads, count };
    const add = (finding: Finding): void => {
      if (findings.some(({ signature }) => signature === finding.signature)) return;
      findings.push(finding);
      options.onFinding?.(finding);
    };
    const onInputs = (inputs: number): void => {
      progress[lane] = inputs;
      options.onProgress?.(progress.reduce((sum, some) => sum + some, 0));
    };
    const outcome = await runLane({ ...options, slice: own }, add, onInputs);
    for (const [verdict, times] of outcome.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + times);
    repeats += outcome.repeats;
    return outcome.inputs;
  });
  const inputs = (await Promise.all(lanes)).reduce((sum, some) => sum + some, 0);
  return { target, inputs, milliseconds: performance.now() - startedAt, verdicts, findings, repeats };
}

interface Outcome {
  readonly inputs: number;
  readonly verdicts: ReadonlyMap<string, number>;
  readonly repeats: number;
}

type OnFinding = (finding: Finding) => void;
type OnInputs = (inputs: number) => void;

/** A thread, and another behind the input that ended it, until all inputs are tried or the time is over. */
async function runLane(options: WatchOptions, onFinding: OnFinding, onInputs: OnInputs): Promise<Outcome> {
  const { slice } = options;
  const { stride = 1 } = slice;
  let inputs = 0;
  let left = slice.milliseconds;
  let found = false;
  while (inputs < slice.count && left > 0 && !(slice.stopAtFirst === true && found)) {
    const before = inputs;
    const own = { ...slice, from: slice.from + before * stride, count: slice.count - before, milliseconds: left };
    const outcome = await runThread(
      { ...options, slice: own },
      (finding) => {
        found = true;
        onFinding(finding);
      },
      (some) => onInputs(before + some),
    );
    inputs += outcome.inputs;
    left -= outcome.milliseconds;
    if (outcome.broken === undefined) return { ...outcome, inputs };
    // A thread that never began would not begin again either, and no input is to blame.
    if (!outcome.hasBegun) throw new LawBroken("a target can be loaded", outcome.broken);
    found = true;
    onFinding(await findingOf(options, slice.from + (inputs - 1) * stride, outcome.broken));
  }
  return { inputs, verdicts: new Map(), repeats: 0 };
}

interface ThreadOutcome extends Outcome {
  readonly hasBegun: boolean;
  /** From its first input on. */
  readonly milliseconds: number;
  /** Why the thread ended before its time: the last of its inputs is to blame. */
  readonly broken: string | undefined;
}

function runThread(options: WatchOptions, onFinding: OnFinding, onInputs: OnInputs): Promise<ThreadOutcome> {
  const { target, slice, planted, endlessMs = 25_000 } = options;
  const at = new SharedArrayBuffer(4);
  const place = new Int32Array(at);
  const workerData: ThreadSettings = { target, slice, planted, at };
  const worker = new Worker(new URL("./thread.ts", import.meta.url), { workerData });
  return new Promise((resolve) => {
    let seen = -1;
    let seenAt = performance.now();
    // Before that it loads its modules, which takes its time.
    let begunAt = Number.POSITIVE_INFINITY;
    let report: Extract<ThreadReport, { kind: "done" }> | undefined;
    let broken: string | undefined;
    const poll = setInterval(() => {
      const inputs = Atomics.load(place, 0);
      if (inputs !== seen) {
        seen = inputs;
        seenAt = performance.now();
        onInputs(inputs);
      } else if (begunAt < Number.POSITIVE_INFINITY && performance.now() - seenAt > endlessMs) {
        broken = "an input never ends";
        void worker.terminate();
      }
    }, pollMs);
    worker.on("message", (message: ThreadReport) => {
      seenAt = performance.now();
      if (message.kind === "begun") begunAt = performance.now();
      else if (message.kind === "finding") onFinding(message.finding);
      else report = message;
    });
    worker.on("error", (error) => {
      broken = `the thread ends: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on("exit", () => {
      clearInterval(poll);
      const milliseconds = Math.max(0, performance.now() - begunAt);
      const hasBegun = begunAt < Number.POSITIVE_INFINITY;
      if (report !== undefined) resolve({ ...report, hasBegun, milliseconds, broken: undefined });
      else {
        const inputs = Atomics.load(place, 0) + 1;
        resolve({
          inputs,
          broken: broken ?? "the thread ends",
          verdicts: new Map(),
          repeats: 0,
          hasBegun,
          milliseconds,
        });
      }
    });
  });
}

/** The thread cannot tell its input any more: it is made again. */
async function findingOf({ target, slice, planted }: WatchOptions, index: number, signature: string): Promise<Finding> {
  const tried = await openTarget(target, planted === undefined ? product : plantedNamed(planted).plant(product));
  const { octets, settings } = tried.encode(tried.make(slice.seedNumber, index));
  return { target, signature, message: signature, seed: slice.seed, index, octets, settings };
}
