/** A page with our user agent: `phone.page.evaluate` runs in it, where `kept` has the agent and its last call. */

import type { Page } from "playwright-core";
import type {} from "./call-page.ts";
import type { Chromium } from "./chromium.ts";
import { type Heard, untilHeard, untilSilent } from "./hearing.ts";
import { password } from "./house.ts";
import type { Leftovers } from "./page-leftovers.ts";
import type { Trapezoid } from "./trapezoid.ts";
import { waitUntil } from "./wait.ts";

export interface WebPhoneOptions {
  readonly user: string;
  /** Its voice. 0: the browser's microphone. Default 440. */
  readonly hz?: number;
  readonly secret?: string;
  /** What becomes of calls. Default `answer`. */
  readonly incoming?: "answer" | "keep" | "with-video";
  readonly onTransfer?: "refuse" | "follow";
  readonly connectMs?: number;
}

export interface WebPhone extends AsyncDisposable {
  readonly page: Page;
  readonly address: string;
  /** What it has noted: events as words. */
  notes(): Promise<readonly string[]>;
  /** Waits until it is noted. */
  noted(note: string): Promise<void>;
  call(address: string): Promise<void>;
  /** What it hears of the other side of its last call. */
  hears(ms?: number): Promise<Heard>;
  /** Waits until that frequency is what it hears. */
  hearing(hz: number): Promise<void>;
  /** Waits until it hears nothing. */
  silent(): Promise<void>;
  hangUp(): Promise<string>;
  /** How its last call ended, once it has. */
  ended(): Promise<string>;
  leftovers(): Promise<Leftovers>;
}

/** Opens the page and registers. */
export async function openWebPhone(chromium: Chromium, server: Trapezoid, options: WebPhoneOptions): Promise<WebPhone> {
  const page = await chromium.openPage();
  const address = `sip:${options.user}@house.test`;
  const settings = { ...options, address, server: `ws://${server.at("ws")}`, secret: options.secret ?? password };
  const failures: Error[] = [];
  page.on("pageerror", (error) => failures.push(error));
  await page.evaluate((given) => globalThis.page.open(given), settings);
  const phone: WebPhone = {
    page,
    address,
    notes: () => page.evaluate(() => kept.notes),
    async noted(note) {
      await waitUntil(() => page.evaluate((text) => kept.notes.includes(text), note), {
        what: `"${note}" at ${options.user}`,
      });
    },
    call: (target) => page.evaluate((uri) => globalThis.page.call(uri), target),
    hears: (ms) => page.evaluate((time) => globalThis.page.hears(time), ms),
    hearing: (hz) => untilHeard(() => phone.hears(), hz, address),
    silent: () => untilSilent(() => phone.hears(), address),
    hangUp: () => page.evaluate(async () => (await kept.call.hangUp()).text),
    ended: () => page.evaluate(async () => (await kept.call.ended).text),
    leftovers: () => page.evaluate(() => globalThis.page.leftovers()),
    async [Symbol.asyncDispose]() {
      await page.close();
      if (failures.length > 0) throw failures[0];
    },
  };
  return phone;
}
