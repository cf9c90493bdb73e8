/** Chromium with JsSIP on a page of localhost: a browser phone that is not ours. */

import type { Page } from "playwright-core";
import { startChromium } from "./chromium.ts";
import { untilHeard, untilSilent } from "./hearing.ts";
import { waitUntil } from "./wait.ts";

export interface BrowserPhoneOptions {
  /** `ws://127.0.0.1:8080/sip`. */
  readonly url: string;
  /** `sip:alice@127.0.0.1:5060`. */
  readonly address: string;
  readonly password: string;
  /** Its voice. Default: the browser's microphone. */
  readonly hz?: number;
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
  hold(): Promise<void>;
  resume(): Promise<void>;
  sendDigits(digits: string): Promise<void>;
  refer(address: string): Promise<void>;
  /** Waits until that frequency is what it hears. */
  hearing(hz: number): Promise<void>;
  /** Waits until it hears nothing. */
  silent(): Promise<void>;
  readonly events: () => Promise<readonly PhoneEvent[]>;
}

export interface BrowserRig extends AsyncDisposable {
  openPhone(options: BrowserPhoneOptions): Promise<BrowserPhone>;
}

/** Starts a browser and the page's server. */
export async function startBrowser(): Promise<BrowserRig> {
  const chromium = await startChromium({ script: "browser-phone.ts" });
  const openPhone = async (options: BrowserPhoneOptions): Promise<BrowserPhone> => {
    const page = await chromium.openPage();
    await page.evaluate((phone) => globalThis.openPhone(phone), options);
    return drive(page, options.address);
  };
  return { openPhone, [Symbol.asyncDispose]: () => chromium[Symbol.asyncDispose]() };
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
    hold: () => page.evaluate(() => globalThis.phone.hold()),
    resume: () => page.evaluate(() => globalThis.phone.resume()),
    sendDigits: (digits) => page.evaluate((all) => globalThis.phone.sendDigits(all), digits),
    refer: (target) => page.evaluate((uri) => globalThis.phone.refer(uri), target),
    hearing: (hz) => untilHeard(() => page.evaluate(() => globalThis.phone.hears()), hz, address),
    silent: () => untilSilent(() => page.evaluate(() => globalThis.phone.hears()), address),
  };
}
