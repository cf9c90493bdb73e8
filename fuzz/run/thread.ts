/** A thread that tries a slice of inputs and reports. The watch ends it when an input never ends. */

import { parentPort, workerData } from "node:worker_threads";
import { plantedNamed } from "../planted/planted.ts";
import { product } from "../product.ts";
import { openTarget, type TargetName } from "../targets/targets.ts";
import { type Finding, runSlice, type SliceOptions } from "./slice.ts";

export interface ThreadSettings {
  readonly target: TargetName;
  readonly slice: Omit<SliceOptions, "onInput" | "onFinding">;
  /** A bug to plant, by its name. */
  readonly planted: string | undefined;
  /** Where the number of inputs before the one under way is written. */
  readonly at: SharedArrayBuffer;
}

export type ThreadReport =
  | { readonly kind: "begun" }
  | { readonly kind: "finding"; readonly finding: Finding }
  | {
      readonly kind: "done";
      readonly inputs: number;
      readonly verdicts: ReadonlyMap<string, number>;
      readonly repeats: number;
    };

const { target, slice, planted, at } = workerData as ThreadSettings;
const place = new Int32Array(at);
const report = (message: ThreadReport): void => parentPort!.postMessage(message);
const tried = await openTarget(target, planted === undefined ? product : plantedNamed(planted).plant(product));
report({ kind: "begun" });
const { inputs, verdicts, repeats } = await runSlice(tried, {
  ...slice,
  onInput: (inputs) => Atomics.store(place, 0, inputs),
  onFinding: (finding) => report({ kind: "finding", finding }),
});
await tried.close?.();
report({ kind: "done", inputs, verdicts, repeats });
