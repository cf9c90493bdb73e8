/** A terminal in memory: what stands on it now, keys that a test presses. Knows what `Screen` writes, and nothing more. */

import type { Key, Terminal } from "../src/phone/terminal/terminal.ts";

export class FakeTerminal implements Terminal {
  readonly isLive: boolean;
  columns: number | undefined;
  readonly unicode = true;
  readonly color = false;
  /** All that was ever written. */
  written = "";
  complained = "";
  readonly #resized = new Set<() => void>();
  readonly #keys = new Set<(key: Key) => void>();
  readonly #hasKeys: boolean;

  constructor(options: { readonly isLive?: boolean; readonly columns?: number; readonly hasKeys?: boolean } = {}) {
    this.isLive = options.isLive ?? true;
    this.columns = options.columns ?? (this.isLive ? 100 : undefined);
    this.#hasKeys = options.hasKeys ?? this.isLive;
  }

  write(text: string): void {
    this.written += text;
  }

  complain(text: string): void {
    this.complained += text;
  }

  onResize(listener: () => void): Disposable {
    this.#resized.add(listener);
    return { [Symbol.dispose]: () => this.#resized.delete(listener) };
  }

  readKeys(listener: (key: Key) => void): Disposable | undefined {
    if (!this.#hasKeys) return undefined;
    this.#keys.add(listener);
    return { [Symbol.dispose]: () => this.#keys.delete(listener) };
  }

  /** Whether anybody reads keys now. */
  get isReading(): boolean {
    return this.#keys.size > 0;
  }

  press(...keys: readonly Key[]): void {
    for (const key of keys) for (const listener of [...this.#keys]) listener(key);
  }

  /** Types a line, without Enter. */
  type(text: string): void {
    this.press(...text);
  }

  resize(columns: number): void {
    this.columns = columns;
    for (const listener of [...this.#resized]) listener();
  }

  /** The lines on the screen, without what was drawn over. */
  shown(): string[] {
    const lines = [""];
    for (const [piece] of this.written.matchAll(/\r|\n|\u001b\[\d*[A-Za-z]|[^\r\n\u001b]+/g)) {
      if (piece === "\n") lines.push("");
      else if (piece === "\u001b[J") lines[lines.length - 1] = "";
      else if (piece === "\r" || piece.startsWith("\u001b")) continue;
      else lines[lines.length - 1] += piece;
    }
    while (lines.at(-1) === "") lines.pop();
    return lines;
  }
}
