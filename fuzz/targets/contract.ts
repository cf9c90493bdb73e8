/** A target: makes input N of a seed, tries it, and knows how to write it down and make it smaller. */

import type { Shrink } from "../run/minimise.ts";

export interface Target<I> {
  readonly name: string;
  /** Everything about the input follows from the two numbers. */
  make(seed: number, index: number): I;
  /** Throws what an input breaks; returns the class of its verdict, for the count of those. */
  run(input: I): string | Promise<string>;
  /** Milliseconds of CPU that the input may take. */
  budgetMs(input: I): number;
  /** As a regression file. */
  encode(input: I): EncodedInput;
  decode(encoded: EncodedInput): I;
  /** The smallest input found for which `fails` still says yes. */
  shrink(input: I, shrink: Shrink<I>): Promise<I>;
  /** After the last input of a slice; for what can only be seen then. */
  settle?(): void | Promise<void>;
  close?(): void | Promise<void>;
}

export interface EncodedInput {
  /** One character an octet. */
  readonly octets: string;
  /** What is not octets: where a stream was cut. */
  readonly settings: Readonly<Record<string, string>>;
}
