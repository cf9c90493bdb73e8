/** Chromium without a screen, and the pages that it opens: one script each. */

import { type Browser, chromium, type Page } from "playwright-core";
import { type PageScript, servePage } from "./page-server.ts";
import { findProgram } from "./programs.ts";
import { makeTempFolder, type TempFolder } from "./temp-folder.ts";

export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  /** `http://localhost:PORT/`: a secure origin, as microphones ask for. */
  readonly origin: string;
  /** A page of its own that has run the script. */
  openPage(): Promise<Page>;
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

export async function startChromium(script: PageScript): Promise<Chromium> {
  const folder = await makeTempFolder("chromium");
  const server = await servePage(script);
  let browser: Browser | undefined;
  const dispose = async (): Promise<void> => {
    await browser?.close();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  };
  try {
    browser = await launch(folder);
  } catch (error) {
    await dispose();
    throw error;
  }
  const { origin } = server;
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
