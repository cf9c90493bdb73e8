/** Chromium without a screen, and the server of the pages that it opens: one script each, bundled from the sources. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "./programs.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";

export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  /** `http://localhost:PORT/`: a secure origin, as microphones ask for. */
  readonly origin: string;
  /** A page of its own that has run the script. */
  openPage(): Promise<Page>;
}

export interface ChromiumOptions {
  /** A file beside this one that runs in the page. */
  readonly script: string;
  /** What the server has beside the page: path → body. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];

export async function startChromium({ script, files = {} }: ChromiumOptions): Promise<Chromium> {
  const folder = await makeTempFolder("chromium");
  const server = await servePage(script, files);
  let browser: Browser | undefined;
  const dispose = async (): Promise<void> => {
    await browser?.close();
    server.close();
    await folder[Symbol.asyncDispose]();
  };
  try {
    browser = await launch(folder);
  } catch (error) {
    await dispose();
    throw error;
  }
  const origin = `http://localhost:${(server.address() as AddressInfo).port}/`;
  return {
    browser,
    origin,
    async openPage() {
      const page = await browser.newPage();
      await page.goto(origin);
      return page;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

function launch(folder: TempFolder): Promise<Browser> {
  return chromium.launch({
    executablePath: findProgram("chromium") ?? "/usr/bin/chromium",
    headless: true,
    args: flags,
    env: { ...process.env, HOME: folder.path } as Record<string, string>,
  });
}

async function servePage(script: string, files: Readonly<Record<string, Uint8Array>>): Promise<Server> {
  const bundle = await build({
    entryPoints: [path.join(import.meta.dirname, script)],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    conditions: ["dev"],
    external: ["libopus-wasm"],
    define: { global: "globalThis" },
    logLevel: "silent",
  });
  const code = bundle.outputFiles[0]!.text;
  const page = '<!doctype html><meta charset="utf-8"><title>phone</title><script src="/phone.js"></script>';
  const server = createServer((request, response) => {
    const url = request.url ?? "/";
    const file = files[url];
    const isScript = url === "/phone.js";
    if (url !== "/" && !isScript && file === undefined) response.statusCode = 404;
    response.setHeader("content-type", isScript ? "text/javascript" : file ? "application/octet-stream" : "text/html");
    response.end(isScript ? code : (file ?? page));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
