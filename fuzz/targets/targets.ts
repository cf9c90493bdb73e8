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
