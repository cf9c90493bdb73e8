/** Parses the command line, runs the command and turns its failure into one line and an exit code. */

import { TrapezoidError } from "@trapezoid/base";
import { CommanderError } from "commander";
import { createProgram } from "./program.ts";

/** 0 done, 1 it failed, 2 wrong usage. */
export const exitStatus = { done: 0, failed: 1, usage: 2 } as const;

/** The exit status, once the command has ended. What went wrong goes to `complain`, by default standard error. */
export async function run(
  args: readonly string[],
  complain: (line: string) => void = (line) => process.stderr.write(line),
): Promise<number> {
  try {
    await createProgram(complain).parseAsync(args, { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : exitStatus.done;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help that was asked for is no mistake; commander has printed whatever there was to say.
      return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
    }
    return report(error, complain);
  }
}

function report(error: unknown, complain: (line: string) => void): number {
  // What the system refuses (a full disk, a file that may not be written) is no fault of the program either.
  const known = error instanceof TrapezoidError || (error instanceof Error && "syscall" in error);
  const text = error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
  complain(`trapezoid: ${known ? text.replace(/\s*\n\s*/g, " ") : text}\n`);
  return error instanceof TrapezoidError && error.code === "OPTION_INVALID" ? exitStatus.usage : exitStatus.failed;
}
