/** A line on a terminal that says how far a target is; nothing where there is no terminal. */

export interface Progress {
  readonly show: (inputs: number) => void;
  /** Takes the line away, for others to print. */
  readonly clear: () => void;
}

export function openProgress(target: string): Progress {
  const { stdout } = process;
  if (!stdout.isTTY) return { show() {}, clear() {} };
  const startedAt = performance.now();
  return {
    show(inputs) {
      const rate = Math.round((inputs * 1000) / (performance.now() - startedAt));
      stdout.write(
        `\r\x1b[K${target.padEnd(12)}${inputs.toLocaleString("en").padStart(11)} inputs ${rate.toLocaleString("en")}/s`,
      );
    },
    clear: () => void stdout.write("\r\x1b[K"),
  };
}
