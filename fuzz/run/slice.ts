/** Tries inputs of one target one after the other, and notes what they break. Runs in a thread that the watch can end. */

import { signatureOf } from "../laws/law.ts";
import type { Target } from "../targets/contract.ts";
import { GrowthWatch } from "./growth.ts";
import { boundedShrink } from "./minimise.ts";

export interface Finding {
  readonly target: string;
  readonly signature: string;
  /** For a person. */
  readonly message: string;
  readonly seed: string;
  /** -1 when no single input is to blame. */
  readonly index: number;
  /** The smallest input that breaks the same. */
  readonly octets: string;
  readonly settings: Readonly<Record<string, string>>;
}

export interface SliceOptions {
  readonly seed: string;
  readonly seedNumber: number;
  readonly from: number;
  /** One input in so many is tried: the others are other threads'. Default 1. */
  readonly stride?: number;
  /** Inputs to try at most. */
  readonly count: number;
  /** From the first input on. */
  readonly milliseconds: number;
  /** Inputs between two looks at the heap. */
  readonly growthEvery: number;
  /** Ends at the first finding. */
  readonly stopAtFirst?: boolean;
  readonly minimise?: boolean;
  /** Called before each input with the number of those before it. */
  readonly onInput?: (inputs: number) => void;
  readonly onFinding?: (finding: Finding) => void;
}

export interface SliceResult {
  readonly inputs: number;
  readonly milliseconds: number;
  /** How often each class of verdict came. */
  readonly verdicts: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  /** Inputs that broke what another one had broken before. */
  readonly repeats: number;
}

const mostVerdicts = 5000;

export async function runSlice<I>(target: Target<I>, options: SliceOptions): Promise<SliceResult> {
  const { seedNumber, from, stride = 1, count, onInput } = options;
  const verdicts = new Map<string, number>();
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const growth = new GrowthWatch(options.growthEvery);
  let repeats = 0;
  const startedAt = performance.now();
  const fail = async (signature: string, message: string, index: number, input: I | undefined): Promise<void> => {
    if (seen.has(signature)) {
      repeats++;
      return;
    }
    seen.add(signature);
    const small = input === undefined || options.minimise === false ? input : await minimised(target, input, signature);
    const { octets, settings } = small === undefined ? { octets: "", settings: {} } : target.encode(small);
    const finding = { target: target.name, signature, message, seed: options.seed, index, octets, settings };
    findings.push(finding);
    options.onFinding?.(finding);
  };
  let inputs = 0;
  while (inputs < count) {
    if ((inputs & 15) === 0 && performance.now() - startedAt >= options.milliseconds) break;
    const index = from + inputs * stride;
    onInput?.(inputs);
    inputs++;
    const input = target.make(seedNumber, index);
    const before = performance.now();
    try {
      const answer = target.run(input);
      const verdict = typeof answer === "string" ? answer : await answer;
      if (verdicts.size < mostVerdicts || verdicts.has(verdict))
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      const spent = performance.now() - before;
      if (spent > target.budgetMs(input) && (await isSlow(target, input))) {
        await fail(slow, `${spent.toFixed(0)} ms for one input, of ${target.budgetMs(input)} at most`, index, input);
      }
    } catch (error) {
      await fail(
        signatureOf(error),
        error instanceof Error ? (error.stack ?? error.message) : String(error),
        index,
        input,
      );
    }
    const grown = growth.look(inputs);
    if (grown !== undefined) await fail("the heap grows with the number of inputs", grown, -1, undefined);
    if (options.stopAtFirst === true && findings.length > 0) break;
  }
  await target.settle?.();
  return { inputs, milliseconds: performance.now() - startedAt, verdicts, findings, repeats };
}

const slow = "an input takes longer than it may";

/** Three more times by the thread's own CPU time, so that a busy machine gives no false alarm. */
async function isSlow<I>(target: Target<I>, input: I): Promise<boolean> {
  for (let n = 0; n < 3; n++) {
    const before = process.threadCpuUsage();
    try {
      await target.run(input);
    } catch {
      return false;
    }
    const { user, system } = process.threadCpuUsage(before);
    if ((user + system) / 1000 <= target.budgetMs(input)) return false;
  }
  return true;
}

/** What an input breaks now; `undefined` when it breaks nothing. */
export async function brokenBy<I>(
  target: Target<I>,
  input: I,
): Promise<{ signature: string; message: string } | undefined> {
  try {
    const before = performance.now();
    await target.run(input);
    if (performance.now() - before <= target.budgetMs(input) || !(await isSlow(target, input))) return undefined;
    return { signature: slow, message: `more than ${target.budgetMs(input)} ms` };
  } catch (error) {
    return { signature: signatureOf(error), message: error instanceof Error ? error.message : String(error) };
  }
}

async function minimised<I>(target: Target<I>, input: I, signature: string): Promise<I> {
  const fails = boundedShrink<I>(async (candidate) => (await brokenBy(target, candidate))?.signature === signature);
  return target.shrink(input, fails);
}
