/** The seed messages: the torture messages of RFC 4475 and 5118 and those of `corpus/`, read once and cut into drafts. */

import { readdirSync, readFileSync } from "node:fs";
import { type Draft, draftOf, nameOf, valueText } from "./draft.ts";

export interface Seed {
  readonly name: string;
  readonly text: string;
  readonly draft: Draft;
}

export interface Corpus {
  readonly seeds: readonly Seed[];
  /** Every header line of every seed. */
  readonly lines: readonly string[];
  /** The values that a header field has in the seeds, by its name in lower case. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** STUN datagrams. */
  readonly datagrams: readonly Uint8Array[];
  /** Octets of all messages together. */
  readonly octets: number;
}

const root = new URL("../../", import.meta.url);
const folders = ["conformance/rfc4475/", "conformance/rfc5118/", "fuzz/corpus/"];

let loaded: Corpus | undefined;

/** The same object each time. */
export function loadCorpus(): Corpus {
  loaded ??= read();
  return loaded;
}

function read(): Corpus {
  const seeds: Seed[] = [];
  for (const folder of folders) {
    for (const name of namesIn(folder, /\.(dat|sip)$/)) {
      const text = readFileSync(new URL(folder + name, root), "latin1");
      seeds.push({ name: folder + name, text, draft: draftOf(text) });
    }
  }
  const lines: string[] = [];
  const values = new Map<string, string[]>();
  for (const { draft } of seeds) {
    for (const line of draft.lines) {
      lines.push(line);
      const name = nameOf(line).toLowerCase();
      const known = values.get(name);
      if (known === undefined) values.set(name, [valueText(line)]);
      else known.push(valueText(line));
    }
  }
  const stun = "packages/stun/test/rfc5769/";
  const datagrams = namesIn(stun, /\.bin$/).map((name) => new Uint8Array(readFileSync(new URL(stun + name, root))));
  return { seeds, lines, values, datagrams, octets: seeds.reduce((sum, { text }) => sum + text.length, 0) };
}

function namesIn(folder: string, pattern: RegExp): string[] {
  return readdirSync(new URL(folder, root))
    .filter((name) => pattern.test(name))
    .sort();
}
