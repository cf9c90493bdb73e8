/** Bundles the folders that run in browsers and fails on `node:` and on anything that a browser lacks. */

import { existsSync } from "node:fs";
import path from "node:path";
import { type BuildFailure, build, type Plugin } from "esbuild";
import { root } from "./source-files.ts";

/** Entries by published name; those not there yet are left out. */
export const browserEntries: Readonly<Record<string, string>> = {
  base: "packages/base/src/index.ts",
  sdp: "packages/sdp/src/index.ts",
  rtp: "packages/rtp/src/index.ts",
  codec: "packages/codec/src/index.ts",
  stun: "packages/stun/src/index.ts",
  "sip/message": "packages/sip/src/message/index.ts",
  "sip/auth": "packages/sip/src/auth/index.ts",
  "sip/transport/browser": "packages/sip/src/transport/browser/index.ts",
  "sip/overload": "packages/sip/src/overload/index.ts",
  "sip/locate": "packages/sip/src/locate/index.ts",
  "sip/transaction": "packages/sip/src/transaction/index.ts",
  "sip/dialog": "packages/sip/src/dialog/index.ts",
  "sip/proxy": "packages/sip/src/proxy/index.ts",
  "sip/agent": "packages/sip/src/agent/index.ts",
  call: "packages/call/src/index.ts",
  "call/browser": "packages/call/src/browser/index.ts",
};

export interface BundleReport {
  /** Minified size by entry. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

const noNode: Plugin = {
  name: "no-node",
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path: specifier, importer }) => ({
      errors: [{ text: `${specifier} is imported by ${path.relative(root, importer)}; browsers have no Node modules` }],
    }));
  },
};

/** Bundles each entry for a browser, in memory. */
export async function bundleForBrowsers(entries: Readonly<Record<string, string>>): Promise<BundleReport> {
  const bytes: Record<string, number> = {};
  const faults: string[] = [];
  const bundle = async ([name, entry]: [string, string]): Promise<void> => {
    try {
      const result = await build({
        entryPoints: [path.join(root, entry)],
        bundle: true,
        minify: true,
        format: "esm",
        platform: "browser",
        target: "es2022",
        conditions: ["dev"],
        write: false,
        logLevel: "silent",
        // Loaded on first use, with a way of its own for browsers.
        external: ["libopus-wasm"],
        plugins: [noNode],
        absWorkingDir: root,
      });
      const text = result.outputFiles[0]!.text;
      bytes[name] = text.length;
      if (/(?<![\w$.])Buffer\b(?!")/.test(text.replace(/"(?:\\.|[^"\\\n])*"/g, '""')))
        faults.push(`${name}: the bundle names Buffer`);
    } catch (error) {
      const { errors } = error as BuildFailure;
      for (const one of errors ?? []) {
        const where = one.location === null ? "" : `${one.location.file}:${one.location.line}: `;
        faults.push(`${name}: ${where}${one.text}`);
      }
      if (errors === undefined) throw error;
    }
  };
  const there = Object.entries(entries).filter(([, entry]) => existsSync(path.join(root, entry)));
  await Promise.all(there.map(bundle));
  return { bytes, faults };
}
