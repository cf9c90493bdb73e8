/** Chromium with JsSIP on a page of localhost: a browser phone that is not ours. */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { findProgram } from "./programs.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";
import { waitUntil } from "./wait.ts";

export interface BrowserPhoneOptions {
  /** `ws://127.0.0.1:8080/sip`. */
  readonly url: string;
  /** `sip:alice@127.0.0.1:5060`. */
  readonly address: string;
  readonly password: string;
}

/** One event of JsSIP's: `registered`, `registrationFailed`, `incoming`, `progress`, `accepted`, `confirmed`, `ended`, `failed`. */
export interface PhoneEvent {
  readonly type: string;
  readonly cause?: string;
  readonly status?: number;
}

export interface BrowserPhone {
  /** Waits for the next event of the type that no earlier wait has taken. */
  event(type: string, timeoutMs?: number): Promise<PhoneEvent>;
  call(address: string): Promise<void>;
  answer(): Promise<void>;
  hangUp(): Promise<void>;
  unregister(): Promise<void>;
  readonly events: () => Promise<readonly PhoneEvent[]>;
}

export interface BrowserRig extends AsyncDisposable {
  openPhone(options: BrowserPhoneOptions): Promise<BrowserPhone>;
}

const flags = [
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

/** Starts a browser and the page's server. */
export async function startBrowser(): Promise<BrowserRig> {
  const folder = await makeTempFolder("chromium");
  const server = await servePage();
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
  const { port } = server.address() as AddressInfo;
  const openPhone = async (options: BrowserPhoneOptions): Promise<BrowserPhone> => {
    const page = await browser!.newPage();
    await page.goto(`http://localhost:${port}/`);
    await page.evaluate((phone) => globalThis.openPhone(phone), options);
    return drive(page, options.address);
  };
  return { openPhone, [Symbol.asyncDispose]: dispose };
}

function launch(folder: TempFolder): Promise<Browser> {
  return chromium.launch({
    executablePath: findProgram("chromium") ?? "/usr/bin/chromium",
    headless: true,
    args: ["--no-sandbox", ...flags],
    env: { ...process.env, HOME: folder.path } as Record<string, string>,
  });
}

function drive(page: Page, address: string): BrowserPhone {
  let seen = 0;
  const events = (): Promise<readonly PhoneEvent[]> => page.evaluate(() => globalThis.phoneEvents);
  return {
    events,
    event: (type, timeoutMs = 20_000) =>
      waitUntil(
        async () => {
          const all = await events();
          const index = all.findIndex((one, position) => position >= seen && one.type === type);
          if (index < 0) return undefined;
          seen = index + 1;
          return all[index];
        },
        { what: `${type} at the browser phone ${address}`, timeoutMs, everyMs: 50 },
      ),
    call: (target) => page.evaluate((uri) => globalThis.phone.call(uri), target),
    answer: () => page.evaluate(() => globalThis.phone.answer()),
    hangUp: () => page.evaluate(() => globalThis.phone.hangUp()),
    unregister: () => page.evaluate(() => globalThis.phone.unregister()),
  };
}

async function servePage(): Promise<Server> {
  const bundle = await build({
    entryPoints: [path.join(import.meta.dirname, "browser-phone.ts")],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    define: { global: "globalThis" },
    logLevel: "silent",
  });
  const script = bundle.outputFiles[0]!.text;
  const page = '<!doctype html><meta charset="utf-8"><title>phone</title><script src="/phone.js"></script>';
  const server = createServer((request, response) => {
    const isScript = request.url === "/phone.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? script : page);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
