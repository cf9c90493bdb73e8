/** Transaction layer and proxy core under scenarios of requests, responses, repetitions, CANCELs and broken links. RFC 3261 §16, §17. */

import { loadCorpus } from "../input/corpus.ts";
import { Random } from "../input/random.ts";
import type { Product } from "../product.ts";
import { shrinkList, shrinkText } from "../run/minimise.ts";
import { makeSteps } from "../world/make-steps.ts";
import { play } from "../world/play.ts";
import { proxyWorlds } from "../world/proxy-world.ts";
import { formatSteps, parseSteps, type Step } from "../world/steps.ts";
import type { WorldMaker } from "../world/world.ts";
import type { Target } from "./contract.ts";

export function createTransactionTarget(product: Product): Target<readonly Step[]> {
  return scenarioTarget("transaction", proxyWorlds(product));
}

export function scenarioTarget(name: string, worlds: WorldMaker): Target<readonly Step[]> {
  const corpus = loadCorpus();
  return {
    name,
    make: (seed, index) => makeSteps(new Random(seed, index), index, corpus, worlds.scenery),
    run: (steps) => play(worlds, steps),
    // Each step may be a storm of messages, and minutes of timers follow; nearly all take a few milliseconds.
    budgetMs: (steps) => 100 + 3 * steps.length,
    encode: (steps) => ({ octets: formatSteps(steps), settings: {} }),
    decode: ({ octets }) => parseSteps(octets),
    async shrink(steps, fails) {
      let left = await shrinkList(steps, fails);
      for (const [at, step] of left.entries()) {
        if (step.do !== "send") continue;
        const text = await shrinkText(step.text, (less) => fails(left.with(at, { ...step, text: less })));
        left = left.with(at, { ...step, text });
      }
      return left;
    },
  };
}
