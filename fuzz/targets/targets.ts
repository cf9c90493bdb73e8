/** The targets by name. Each is loaded when it is opened: a whole server behind one of them takes its time. */

import { type Product, product } from "../product.ts";
import type { Target } from "./contract.ts";

const makers = {
  parser: async (tried: Product) => (await import("./parser.ts")).createParserTarget(tried),
  framer: async (tried: Product) => (await import("./framer.ts")).createFramerTarget(tried),
  transaction: async (tried: Product) => (await import("./transaction.ts")).createTransactionTarget(tried),
  server: async (tried: Product) => (await import("./server.ts")).createServerTarget(tried),
  differential: async (tried: Product) => (await import("./differential.ts")).createDifferentialTarget(tried),
} as const;

export type TargetName = keyof typeof makers;

export const targetNames = Object.keys(makers) as readonly TargetName[];

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(makers, name);
}

/** For whoever does not look into inputs: a target of inputs of any kind. */
export async function openTarget(name: TargetName, tried: Product = product): Promise<Target<unknown>> {
  return (await makers[name](tried)) as Target<unknown>;
}
