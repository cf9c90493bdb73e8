/** The targets by name. */

import { type Product, product } from "../product.ts";
import type { Target } from "./contract.ts";
import { createDifferentialTarget } from "./differential.ts";
import { createFramerTarget } from "./framer.ts";
import { createParserTarget } from "./parser.ts";
import { createServerTarget } from "./server.ts";
import { createTransactionTarget } from "./transaction.ts";

const makers = {
  parser: createParserTarget,
  framer: createFramerTarget,
  transaction: createTransactionTarget,
  server: createServerTarget,
  differential: createDifferentialTarget,
} as const;

export type TargetName = keyof typeof makers;

export const targetNames = Object.keys(makers) as readonly TargetName[];

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(makers, name);
}

/** For whoever does not look into inputs: a target of inputs of any kind. */
export function openTarget(name: TargetName, tried: Product = product): Target<unknown> {
  return makers[name](tried) as Target<unknown>;
}

/** How much of the time each target gets: those with more behind them get more. */
const weights: Readonly<Record<TargetName, number>> = {
  parser: 3,
  framer: 2,
  transaction: 3,
  server: 3,
  differential: 1,
};

export function sharesOf(targets: readonly TargetName[]): Partial<Record<TargetName, number>> {
  const all = targets.reduce((sum, name) => sum + weights[name], 0);
  return Object.fromEntries(targets.map((name) => [name, weights[name] / all]));
}
