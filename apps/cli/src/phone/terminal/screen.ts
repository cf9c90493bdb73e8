/**
 * Lines that stay, and below them one line that is drawn anew: state of the call, or a question. Where nothing can be drawn over, lines are
 * all there is.
 */

import { styleText } from "node:util";
import { cutToWidth, displayWidth } from "./display-width.ts";
import type { Terminal } from "./terminal.ts";

export type Light = "green" | "yellow" | "red";

export class Screen implements Disposable {
  readonly #terminal: Terminal;
  readonly #resized: Disposable;
  #status = "";
  #light: Light | undefined;
  #question: string | undefined;
  /** What stands in the last line now. */
  #shown = "";

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#resized = terminal.onResize(() => this.#redraw());
  }

  get isLive(): boolean {
    return this.#terminal.isLive;
  }

  /** Columns of the live line. */
  get columns(): number {
    // The last column stays free: some terminals go to the next line as soon as it is filled.
    return Math.max(10, (this.#terminal.columns ?? 80) - 1);
  }

  /** Lines that stay. */
  print(text: string): void {
    const lines = text.endsWith("\n") ? text : `${text}\n`;
    if (!this.#terminal.isLive) this.#terminal.write(lines);
    else this.#terminal.write(`${this.#erase()}${lines}${this.#draw()}`);
  }

  /** The live line; nothing where there is none. @param light The colour of its first character. */
  status(text: string, light?: Light): void {
    this.#status = text;
    this.#light = light;
    if (this.#question === undefined) this.#redraw();
  }

  /** Takes the live line's place until it is `undefined`. */
  question(text: string | undefined): void {
    this.#question = text;
    this.#redraw();
  }

  /** Leaves the lines that stay. */
  [Symbol.dispose](): void {
    this.#resized[Symbol.dispose]();
    if (this.#terminal.isLive) this.#terminal.write(this.#erase());
    this.#status = "";
    this.#question = undefined;
  }

  #redraw(): void {
    if (!this.#terminal.isLive) return;
    this.#terminal.write(`${this.#erase()}${this.#draw()}`);
  }

  #draw(): string {
    const { columns } = this;
    if (this.#question !== undefined) {
      // The end is where the writer is.
      let text = this.#question;
      while (displayWidth(text) > columns) text = text.slice(1);
      this.#shown = text;
      return text;
    }
    const [first = "", ...rest] = cutToWidth(this.#status, columns, this.#terminal.unicode ? "…" : "~");
    this.#shown = first + rest.join("");
    if (this.#light === undefined || !this.#terminal.color) return this.#shown;
    return styleText(this.#light, first, { validateStream: false }) + rest.join("");
  }

  /** A terminal that has become narrower has broken the line into several. */
  #erase(): string {
    if (this.#shown === "") return "";
    const rows = Math.ceil(displayWidth(this.#shown) / Math.max(1, this.#terminal.columns ?? 80));
    this.#shown = "";
    return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ""}\u001b[J`;
  }
}
