/** Runs in the page: our user agent behind functions that the rig calls. */

// The counters come first.
import "./page-leftovers.ts";
import * as calls from "@trapezoid/call/browser";
import type { Heard } from "./hearing.ts";
import { channels, listen, toneStream, watch } from "./page-ear.ts";
import { leftovers, wait } from "./page-leftovers.ts";

interface PagePhoneOptions {
  readonly server: string;
  readonly address: string;
  readonly secret: string;
  readonly hz?: number;
  readonly incoming?: "answer" | "keep" | "with-video";
  readonly onTransfer?: "refuse" | "follow";
  readonly connectMs?: number;
}

const { mediaOf, openUserAgent } = calls;

function note(text: string): void {
  kept.notes.push(text);
}

function keep(call: calls.Call): void {
  kept.calls.push(call);
  kept.call = call;
  const { events } = call;
  events.on("progress", (status) => note(`progress ${status}`));
  events.on("answered", () => note("answered"));
  events.on("held", (byThem) => note(byThem ? "held" : "resumed"));
  events.on("digit", ({ digit, by }) => note(`digit ${digit} by ${by}`));
  events.on("media", ({ video }) => note(video === undefined ? "no video" : `video ${video.direction}`));
  events.on("warning", (text) => note(`warning: ${text}`));
  // Until the target answers it is this one that counts.
  events.on("transferred", (next) => void next.answered.then(() => keep(next)).catch(() => note("not transferred")));
  events.on("replaced", (next) => {
    note("replaced");
    keep(next);
  });
  events.on("ended", ({ cause, status }) => note(`ended ${cause} ${status}`));
}

async function open({ secret, hz = 440, incoming = "answer", ...settings }: PagePhoneOptions): Promise<void> {
  kept.settings = { ...settings, password: secret };
  kept.agent = await openUserAgent({
    ...kept.settings,
    microphone: hz === 0 ? true : () => toneStream(hz),
  });
  kept.agent.events.on("call", (call) => {
    note("call");
    keep(call);
    kept.incoming = call;
    if (incoming !== "keep") call.answer({ video: incoming === "with-video" }).catch((error) => note(String(error)));
  });
  kept.agent.events.on("registered", () => note("registered"));
  await kept.agent.register();
}

async function call(address: string): Promise<void> {
  const dialled = kept.agent.dial(address);
  keep(dialled);
  await dialled.answered;
}

function hears(ms?: number): Promise<Heard> {
  const call = kept.call as calls.Call | undefined;
  return listen(call === undefined ? new MediaStream() : mediaOf(call).streams.remoteAudio, ms);
}

const instruments = { open, call, keep, hears, listen, channels, watch, toneStream, leftovers, wait };

declare global {
  var library: typeof import("@trapezoid/call/browser");
  var page: typeof instruments;
  /** Between two evaluations. */
  var kept: {
    agent: calls.BrowserUserAgent;
    /** Its own, but for the microphone. */
    settings: calls.BrowserUserAgentSettings;
    /** The latest. */
    call: calls.Call;
    calls: calls.Call[];
    incoming: calls.IncomingCall;
    notes: string[];
  };
}

globalThis.library = calls;
globalThis.page = instruments;
globalThis.kept = { calls: [] as calls.Call[], notes: [] as string[] } as typeof globalThis.kept;
