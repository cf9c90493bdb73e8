/** Checks the layer walls: imports go down, never up, never in a circle; browser folders stay free of Node. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { areaOf, areaOfSpecifier, browserSafe, mayImport, serverDomains, standsOn, storeDrivers } from "./areas.ts";
import { findCircles } from "./circles.ts";
import { type Import, importsOf, withoutComments } from "./imports.ts";
import { packageFiles, root } from "./source-files.ts";

/** Path from the root → source. */
export type Sources = ReadonlyMap<string, string>;

/** One sentence per broken wall, with file and line; empty when all stand. */
export function checkWalls(sources: Sources): string[] {
  const faults: string[] = [];
  const graph = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const area = areaOf(file);
    if (area === undefined) continue;
    if (standsOn[area] === undefined && area !== "sip") {
      faults.push(`${file}: area "${area}" is unknown; give it a floor in tools/areas.ts`);
      continue;
    }
    const isTest = file.endsWith(".test.ts") || file.split("/")[2] === "test";
    const imports = importsOf(source);
    if (!isTest)
      graph.set(
        file,
        imports.filter(isRelative).map((one) => resolveFrom(file, one.specifier)),
      );
    for (const one of imports) {
      const fault = isTest ? testFault(file, area, one) : sourceFault(file, area, one, sources);
      if (fault !== undefined) faults.push(`${file}:${one.line}: ${fault}`);
    }
    if (!isTest && browserSafe.has(area) && !isNodeFile(file)) {
      const line = lineOfBuffer(source);
      if (line !== undefined) faults.push(`${file}:${line}: Buffer in a folder that runs in browsers; use Uint8Array`);
    }
  }
  for (const circle of findCircles(graph)) faults.push(`imports run in a circle: ${circle.join(" → ")}`);
  return faults;
}

function sourceFault(file: string, area: string, one: Import, sources: Sources): string | undefined {
  const target = targetOf(file, one);
  const browser = browserSafe.has(area) && !isNodeFile(file);
  if (target === undefined) {
    if (browser && one.specifier.startsWith("node:")) return `${one.specifier} in a folder that runs in browsers`;
    if (area === "server" && storeDrivers.has(one.specifier) && !file.startsWith("apps/server/src/store/"))
      return `${one.specifier} is the store's business; go through its contract`;
    return undefined;
  }
  if (target.area === "testkit" && area !== "testkit") {
    const routeTester = area === "server" && one.names.length > 0 && one.names.every(isRouteTester);
    return routeTester ? undefined : "the testkit is for tests; only testRoute may be passed on by the server";
  }
  if (!mayImport(area, target.area)) return `${area} may not import ${target.area} (${one.specifier})`;
  if (target.file === undefined) {
    if (browser && /^@trapezoid\/sip\/[^/]+\/node/.test(one.specifier))
      return `${one.specifier} needs Node, in a folder that runs in browsers`;
    return undefined;
  }
  if (!sources.has(target.file)) return undefined;
  if (file.split("/")[1] !== target.file.split("/")[1]) return `another package is imported by name, not by path`;
  if (browser && isNodeFile(target.file)) return `${one.specifier} needs Node, in a folder that runs in browsers`;
  return area === "server" ? storeFault(file, target.file, one) : undefined;
}

/** Tests reach further, but a package's tests still do not know the applications. */
function testFault(file: string, area: string, one: Import): string | undefined {
  const target = targetOf(file, one);
  if (target === undefined || target.area === "testkit" || area === "cli" || area === "server") return undefined;
  if (target.area === "server" || target.area === "cli") return `tests of ${area} may not import ${target.area}`;
  return undefined;
}

function storeFault(file: string, target: string, one: Import): string | undefined {
  const domain = file.split("/")[3] ?? "";
  if (!serverDomains.has(domain) || !target.startsWith("apps/server/src/store/")) return undefined;
  const isContract = /(^|[/-])contract\.ts$/.test(target);
  return isContract || one.typeOnly ? undefined : `${domain} sees the store's contracts, not ${path.basename(target)}`;
}

function targetOf(file: string, one: Import): { readonly area: string; readonly file?: string } | undefined {
  if (!isRelative(one)) {
    const area = areaOfSpecifier(one.specifier);
    return area === undefined ? undefined : { area };
  }
  const target = resolveFrom(file, one.specifier);
  const area = areaOf(target);
  return area === undefined ? undefined : { area, file: target };
}

function isRelative(one: Import): boolean {
  return one.specifier.startsWith(".");
}

function isRouteTester(name: string): boolean {
  return name === "testRoute" || name.startsWith("TestRoute") || name.startsWith("RouteTest");
}

function resolveFrom(file: string, specifier: string): string {
  return path.posix.join(path.posix.dirname(file), specifier);
}

/** `node.ts`, `node-dns.ts`, `node/udp.ts` inside a browser-safe folder are its Node side. */
function isNodeFile(file: string): boolean {
  return file
    .split("/")
    .slice(2)
    .some((part) => part === "node" || part === "node.ts" || part.startsWith("node-"));
}

function lineOfBuffer(source: string): number | undefined {
  const text = withoutComments(source).replace(/"(?:\\.|[^"\\\n])*"/g, '""');
  const match = /(?<![\w$.])(?:globalThis\.)?Buffer(?![\w$])/.exec(text);
  return match === null ? undefined : text.slice(0, match.index).split("\n").length;
}

/** The sources of packages and applications as they are on disk. */
export function readSources(): Sources {
  return new Map(packageFiles().map((file) => [file, readFileSync(path.join(root, file), "utf8")]));
}

if (import.meta.main) {
  const faults = checkWalls(readSources());
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
