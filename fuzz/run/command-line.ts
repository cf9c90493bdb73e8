/** What `npm run fuzz` was asked for; a mistake is a sentence, never an exception. */

import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { err, ok, type Result } from "@trapezoid/base";
import { type RunName, runNames } from "./all-targets.ts";

export const usage = `npm run fuzz -- [options]   inputs made from seed messages, tried on all targets

  --seconds N      how long inputs are tried, over all targets (default 30);
                   the proof that planted bugs are found comes before, and on top
  --no-prove       without that proof
  --prove          that proof alone
  --target NAME    one target, may be repeated: ${runNames.join(", ")}
  --seed TEXT      the inputs of an earlier run again (default: the time)
  --from N         begin at this input (default 0)
  --count N        so many inputs for each target (default: as many as fit)
  --threads N      default: as many as there are processors
  --no-write       findings do not become files of fuzz/regressions/
  --replay FILE    one file of fuzz/regressions/ again
  --help           this text

Ends with 1 when there is a finding, a target was not reached or a planted bug was missed, with 2 when it was called wrongly.
`;

export interface FuzzCommand {
  readonly kind: "fuzz";
  readonly names: readonly RunName[];
  readonly seconds: number;
  readonly seed: string | undefined;
  readonly from: number;
  readonly count: number;
  readonly threads: number;
  readonly write: boolean;
  readonly proves: boolean;
}

export type Command =
  | FuzzCommand
  | { readonly kind: "help" }
  | { readonly kind: "prove" }
  | { readonly kind: "replay"; readonly file: string };

const options = {
  seconds: { type: "string" },
  seed: { type: "string" },
  target: { type: "string", multiple: true },
  from: { type: "string" },
  count: { type: "string" },
  threads: { type: "string" },
  prove: { type: "boolean", default: false },
  "no-prove": { type: "boolean", default: false },
  "no-write": { type: "boolean", default: false },
  replay: { type: "string" },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** The error says what is wrong with the arguments. */
export function readCommand(args: readonly string[]): Result<Command, string> {
  try {
    return commandOf(parseArgs({ args: [...args], options }).values);
  } catch (error) {
    // Its first sentence names the option; the others are about how parseArgs is called.
    return err(error instanceof Error ? (error.message.split(/\. |\n/)[0] ?? "") : String(error));
  }
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];

function commandOf(values: Values): Result<Command, string> {
  if (values.help) return ok({ kind: "help" });
  if (values.replay !== undefined) return ok({ kind: "replay", file: values.replay });
  if (values.prove) return ok({ kind: "prove" });
  const unknown = values.target?.find((name) => !runNames.some((one) => one === name));
  if (unknown !== undefined) return err(`no target ${unknown}; there are ${runNames.join(", ")}`);
  for (const [name, least] of [
    ["seconds", 0],
    ["from", 0],
    ["count", 1],
    ["threads", 1],
  ] as const) {
    const text = values[name];
    const value = Number(text ?? least);
    const fits = value >= least && (name === "seconds" ? Number.isFinite(value) : Number.isSafeInteger(value));
    if (!fits || text === "") return err(`--${name}: a number of at least ${least} was expected, found "${text}"`);
  }
  return ok({
    kind: "fuzz",
    names: runNames.filter((name) => values.target?.includes(name) ?? true),
    seconds: Number(values.seconds ?? 30),
    seed: values.seed,
    from: Number(values.from ?? 0),
    count: Number(values.count ?? Number.MAX_SAFE_INTEGER),
    threads: Number(values.threads ?? availableParallelism()),
    write: !values["no-write"],
    proves: !values["no-prove"],
  });
}
