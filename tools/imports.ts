/** Import statements of a TypeScript source, as text finds them; the formatter keeps their shape regular. */

export interface Import {
  readonly specifier: string;
  /** Names in braces; empty for a namespace, a default or a side effect. */
  readonly names: readonly string[];
  /** `import type` or `export type`: gone at run time. */
  readonly typeOnly: boolean;
  /** `export … from`. */
  readonly reExport: boolean;
  /** From 1. */
  readonly line: number;
}

const statement =
  /^[ \t]*(import|export)\s+(?:(type)\s+)?((?:[\w$*]+(?:\s+as\s+[\w$]+)?\s*,?\s*)?(?:\{[^}]*\})?)\s*from\s*"([^"]+)"|^[ \t]*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|\bimport\.meta\.resolve\(\s*"([^"]+)"|\bnew URL\(\s*"(\.[^"]+\.ts)"/gm;

/** All imports of `source`, dynamic ones, `import.meta.resolve` and worker URLs included. Comments do not count. */
export function importsOf(source: string): Import[] {
  const text = withoutComments(source);
  const found: Import[] = [];
  for (const match of text.matchAll(statement)) {
    const specifier = match[4] ?? match[5] ?? match[6] ?? match[7] ?? match[8];
    if (specifier === undefined) continue;
    const braces = /\{([^}]*)\}/.exec(match[3] ?? "")?.[1] ?? "";
    const names = braces
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    found.push({
      specifier,
      names: names.map((name) => name.replace(/^type\s+/, "").replace(/\s+as\s+.*$/, "")),
      typeOnly: match[2] === "type" || (names.length > 0 && names.every((name) => name.startsWith("type "))),
      reExport: match[1] === "export",
      line: text.slice(0, match.index).split("\n").length,
    });
  }
  return found;
}

/** Comments blanked, line breaks and strings kept, so that lines still count. Regular expressions with quotes may confuse it. */
export function withoutComments(source: string): string {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
  return source.replace(token, (text) => (text.startsWith("/") ? text.replace(/[^\n]/g, " ") : text));
}
