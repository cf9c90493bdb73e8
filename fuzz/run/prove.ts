/** Proves the harness: each planted bug has to be found, by an input that the product itself passes. */

import { styleText } from "node:util";
import { seedNumber } from "../input/random.ts";
import type { Planted } from "../planted/contract.ts";
import { endless } from "../planted/in-messages.ts";
import { planted } from "../planted/planted.ts";
import { product } from "../product.ts";
import { openTarget } from "../targets/targets.ts";
import { brokenBy, type Finding, runSlice, type SliceOptions } from "./slice.ts";
import { runWatched } from "./watch.ts";

export interface Proof {
  readonly planted: Planted;
  /** `undefined`: not found. */
  readonly finding: Finding | undefined;
  readonly inputs: number;
  readonly milliseconds: number;
}

/** Small enough that a leak is found in seconds. */
const growthEvery = 2_000;

export async function prove(one: Planted): Promise<Proof> {
  const seed = "planted";
  const slice: SliceOptions = {
    seed,
    seedNumber: seedNumber(seed),
    from: 0,
    count: one.within,
    milliseconds: Number.POSITIVE_INFINITY,
    growthEvery,
    stopAtFirst: true,
    minimise: false,
  };
  const startedAt = performance.now();
  // Only a thread can be ended from outside.
  const { findings, inputs } =
    one === endless
      ? await runWatched({ target: one.target, slice, planted: one.name, endlessMs: 1_500 })
      : await runSlice(await openTarget(one.target, one.plant(product)), slice);
  const finding = findings[0];
  const isOurs = finding !== undefined && (await isBlameless(finding));
  return { planted: one, finding: isOurs ? finding : undefined, inputs, milliseconds: performance.now() - startedAt };
}

/** Whether the product without the bug passes the input. */
async function isBlameless({ target, index, octets, settings }: Finding): Promise<boolean> {
  if (index === -1) return true;
  const tried = await openTarget(target as Planted["target"]);
  return (await brokenBy(tried, tried.decode({ octets, settings }))) === undefined;
}

/** Prints a line a bug; returns how many were not found. */
export async function proveAll(print: (line: string) => void): Promise<number> {
  let missed = 0;
  for (const one of planted) {
    const { finding, inputs, milliseconds } = await prove(one);
    if (finding === undefined) missed++;
    const mark = finding === undefined ? styleText("red", "missed") : styleText("green", "found ");
    const count = `${inputs}`.padStart(6);
    const seconds = (milliseconds / 1000).toFixed(1).padStart(5);
    print(`${mark} ${one.name.padEnd(18)}${count} inputs ${seconds} s  ${finding?.signature ?? one.what}`);
  }
  return missed;
}
