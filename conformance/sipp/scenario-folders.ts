/** The scenarios in a folder, by their paths in it. */

import { globSync, readFileSync } from "node:fs";
import path from "node:path";

export function scenariosIn(folder: string): string[] {
  const files = globSync("**/*.xml", { cwd: folder }).map((file) => file.split(path.sep).join("/"));
  return files.filter((file) => readFileSync(path.join(folder, file), "latin1").includes("<scenario")).sort();
}
