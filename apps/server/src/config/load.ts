/**
 * Loads `trapezoid.config.ts` from anywhere on disk: `trapezoid` is the running program, types are stripped whatever the folder's
 * package.json says, and a version in the URL's query makes a reload read the file and everything that it imports by path again.
 */

import { existsSync } from "node:fs";
import { createRequire, registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Config } from "./config.ts";
import { configBroken, configInvalid, configMissing } from "./errors.ts";

export interface LoadedConfig {
  /** Not checked yet: `resolveConfig` does. */
  readonly config: Config;
  /** Absolute paths of the file and of all it imports by path: a change of one is a reason to reload. */
  readonly files: readonly string[];
}

/** A module that takes longer than this (a top-level await) is given up. */
const loadTimeoutMs = 10_000;

const marker = "trapezoid-config";

/** Modules that imports of each load under way led to, by version query. */
const underWay = new Map<string, Set<string>>();

let hooked = false;

/**
 * The same file and version give the same modules; another version reads them again. `files` collects the paths as they are met, so
 * that they are known when the load fails too.
 */
export async function loadConfig(file: string, version: number, files = new Set<string>()): Promise<LoadedConfig> {
  files.add(file);
  if (!existsSync(file)) throw configMissing(file);
  // Hooks belong to the thread, not to a load: later dynamic imports of the configuration need them too.
  if (!hooked) registerHooks({ resolve: resolveImport, load: loadSource });
  hooked = true;
  const query = `${marker}=${version}`;
  underWay.set(query, files);
  forgetCommonJs(file);
  let timer: NodeJS.Timeout | undefined;
  try {
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(configBroken(file, `it takes more than ${loadTimeoutMs / 1000} s`)),
        loadTimeoutMs,
      );
    });
    const module: unknown = await Promise.race([import(`${pathToFileURL(file)}?${query}`), tooLong]);
    const config = (module as { readonly default?: Config }).default;
    if (config === undefined || config === null) {
      throw configInvalid(file, "expected `export default defineConfig({ … })`, found no default export");
    }
    return { config, files: [...files] };
  } catch (error) {
    if (configInvalid.is(error) || configBroken.is(error)) throw error;
    throw configBroken.from(error, file, describeFailure(error));
  } finally {
    clearTimeout(timer);
    underWay.delete(query);
  }
}

type ResolveHook = NonNullable<Parameters<typeof registerHooks>[0]["resolve"]>;
type LoadHook = NonNullable<Parameters<typeof registerHooks>[0]["load"]>;

const resolveImport: ResolveHook = (specifier, context, next) => {
  if (specifier === "trapezoid") return next(import.meta.resolve("@trapezoid/server/entry"), context);
  const query = queryOf(context.parentURL);
  if (query === undefined || !isPath(specifier)) return next(specifier, context);
  // Noted before it is known to be there: a file that is missing now may come.
  underWay.get(query)?.add(fileURLToPath(new URL(specifier, context.parentURL)));
  const resolved = next(specifier, context);
  return { ...resolved, url: `${resolved.url}${resolved.url.includes("?") ? "&" : "?"}${query}` };
};

const loadSource: LoadHook = (url, context, next) => {
  // The nearest package.json may say commonjs: a configuration is a module all the same.
  const isModule = queryOf(url) !== undefined && /\.m?ts\?/.test(url);
  return next(url, isModule ? { ...context, format: "module-typescript" } : context);
};

function queryOf(url: string | undefined): string | undefined {
  const at = url?.lastIndexOf(`${marker}=`) ?? -1;
  return at === -1 ? undefined : url!.slice(at);
}

function isPath(specifier: string): boolean {
  return /^(\.{0,2}\/|file:)/.test(specifier);
}

/** CommonJS modules are cached by path, without the query. */
function forgetCommonJs(file: string): void {
  const { cache } = createRequire(import.meta.url);
  const folder = file.slice(0, file.lastIndexOf("/") + 1);
  for (const path of Object.keys(cache)) {
    if (path.startsWith(folder) && !path.includes("/node_modules/")) delete cache[path];
  }
}

/** In one line: what failed, and where in whose file. */
function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}`;
  const line = error.message.split("\n")[0]!.trim();
  const place = new RegExp(`(?:file://)?(/[^\\s()?]+)\\?${marker}=\\d+:(\\d+)`).exec(error.stack ?? "");
  const where = place === null ? "" : ` (${decodeURI(place[1]!)}:${place[2]})`;
  return (
    `${error.name}: ${line}`.replaceAll(new RegExp(`\\?${marker}=\\d+`, "g"), "").replaceAll("file://", "") + where
  );
}
