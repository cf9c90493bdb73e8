/** Tables for people: aligned columns, a dim heading on a terminal, nothing that a terminal would obey. */

import { styleText } from "node:util";

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: "right";
}

export interface TableOptions {
  readonly color?: boolean;
  /** The last column is cut to fit; no limit when absent. */
  readonly width?: number | undefined;
}

/** Each row on a line of its own, with LF. */
export function formatTable<T>(columns: readonly Column<T>[], rows: readonly T[], options: TableOptions = {}): string {
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const widths = columns.map((column, at) => Math.max(column.title.length, ...cells.map((row) => columnsOf(row[at]!))));
  const line = (row: readonly string[]): string => {
    const text = columns
      .map((column, at) => {
        const gap = " ".repeat(widths[at]! - columnsOf(row[at]!));
        return column.align === "right" ? gap + row[at] : row[at] + gap;
      })
      .join("  ")
      .trimEnd();
    return options.width !== undefined && text.length > options.width ? `${text.slice(0, options.width - 1)}…` : text;
  };
  const heading = line(columns.map((column) => column.title));
  const lines = [options.color ? styleText("dim", heading, { validateStream: false }) : heading, ...cells.map(line)];
  return `${lines.join("\n")}\n`;
}

/** What a peer sent may hold escape sequences; they are shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\u{fffd}");
}

function columnsOf(text: string): number {
  return [...text].length;
}

/** How `formatTable` suits this process's standard output. */
export function terminalOptions(): TableOptions {
  const { stdout } = process;
  return stdout.isTTY ? { color: stdout.hasColors(), width: stdout.columns } : {};
}
