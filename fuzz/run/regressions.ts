/** Findings as files: `NAME.txt` holds the octets, `NAME.json` the rest. A test replays them for ever. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { EncodedInput } from "../targets/contract.ts";
import { isTargetName, openTarget, type TargetName } from "../targets/targets.ts";
import { brokenBy, type Finding } from "./slice.ts";

export interface Regression extends EncodedInput {
  readonly name: string;
  readonly target: TargetName;
  /** The law that was broken. */
  readonly law: string;
}

const own = path.join(import.meta.dirname, "..", "regressions");

export function readRegressions(folder: string = own): Regression[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readRegression(path.join(folder, name)));
}

/** `file`: either of the two. */
export function readRegression(file: string): Regression {
  const base = file.replace(/\.(json|txt)$/, "");
  const { target, law, settings } = JSON.parse(readFileSync(`${base}.json`, "utf8")) as {
    target: string;
    law: string;
    settings?: Record<string, string>;
  };
  if (!isTargetName(target)) throw new TypeError(`${base}.json names the target ${target}, which there is not`);
  return {
    name: path.basename(base),
    target,
    law,
    octets: readFileSync(`${base}.txt`, "latin1"),
    settings: settings ?? {},
  };
}

/** What the input breaks today; `undefined` when the fault is gone. */
export async function replay({
  target,
  octets,
  settings,
}: Regression): Promise<{ signature: string; message: string } | undefined> {
  const tried = await openTarget(target);
  try {
    return await brokenBy(tried, tried.decode({ octets, settings }));
  } finally {
    await tried.close?.();
  }
}

/** The name of the files. */
export function writeRegression(finding: Finding, folder: string = own): string {
  const { target, signature: law, seed, index, octets, settings } = finding;
  const words =
    law
      .toLowerCase()
      .replace(/\(.*?\)/g, "")
      .match(/[a-z0-9]+/g) ?? [];
  let name = [target, ...words].join("-").slice(0, 60).replace(/-+$/, "");
  mkdirSync(folder, { recursive: true });
  const taken = readdirSync(folder);
  for (let n = 2; taken.includes(`${name}.json`); n++) name = `${name.replace(/-\d+$/, "")}-${n}`;
  const about = { target, law, foundBy: `--target ${target} --seed ${seed}, input ${index}`, settings };
  writeFileSync(path.join(folder, `${name}.txt`), octets, "latin1");
  writeFileSync(path.join(folder, `${name}.json`), `${JSON.stringify(about, null, 2)}\n`);
  return name;
}
