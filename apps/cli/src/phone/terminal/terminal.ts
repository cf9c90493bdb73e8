/** What phones know of the terminal that they run in; tests bring their own. */

/** A key as it was pressed: a character, or a name. */
export type Key = string;

export const keyNames = {
  enter: "enter",
  escape: "escape",
  backspace: "backspace",
  eraseLine: "erase-line",
  eraseWord: "erase-word",
  interrupt: "interrupt",
  endOfInput: "end-of-input",
} as const;

export interface Terminal {
  /** Standard output. */
  write(text: string): void;
  /** Standard error. */
  complain(text: string): void;
  /** Whether what is written can be written over: standard output is a terminal that understands how. */
  readonly isLive: boolean;
  /** `undefined` where there is no terminal. */
  readonly columns: number | undefined;
  readonly unicode: boolean;
  readonly color: boolean;
  /** Another size. */
  onResize(listener: () => void): Disposable;
  /**
   * Keys one by one, unechoed, until it is disposed; `undefined` where nobody can press any. The terminal is as before afterwards, and
   * however the process ends, short of a SIGKILL.
   */
  readKeys(listener: (key: Key) => void): Disposable | undefined;
}
