/** Runs in the page: JsSIP behind a few functions that the rig calls. */

import * as JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession.js";
import type { BrowserPhoneOptions, PhoneEvent } from "./browser.ts";

interface PagePhone {
  call(address: string): void;
  answer(): void;
  hangUp(): void;
  unregister(): void;
}

/** An outgoing call's event; an incoming one carries no response. */
interface Responded {
  readonly response?: { readonly status_code: number } | null;
}

declare global {
  var phone: PagePhone;
  var phoneEvents: PhoneEvent[];
  var openPhone: (options: BrowserPhoneOptions) => void;
}

const media = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

globalThis.phoneEvents = [];
globalThis.openPhone = ({ url, address, password }) => {
  const note = (type: string, more: Partial<PhoneEvent> = {}): void => {
    globalThis.phoneEvents.push({ type, ...more });
  };
  const ua = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(url)], uri: address, password, register: true });
  let session: RTCSession | undefined;
  ua.on("connected", () => note("connected"));
  ua.on("disconnected", () => note("disconnected"));
  ua.on("registered", () => note("registered"));
  ua.on("unregistered", () => note("unregistered"));
  ua.on("registrationFailed", ({ response, cause }) => note("registrationFailed", about(response?.status_code, cause)));
  ua.on("newRTCSession", (event: { originator: string; session: RTCSession }) => {
    session = event.session;
    if (event.originator === "remote") note("incoming");
    session.on("progress", (event: Responded) => note("progress", about(event.response?.status_code)));
    session.on("accepted", (event: Responded) => note("accepted", about(event.response?.status_code)));
    session.on("confirmed", () => note("confirmed"));
    session.on("ended", ({ cause }) => note("ended", about(undefined, cause)));
    session.on("failed", ({ message, cause }) => note("failed", about(statusOf(message), cause)));
  });
  globalThis.phone = {
    call: (target) => void ua.call(target, media),
    answer: () => session?.answer(media),
    hangUp: () => session?.terminate(),
    unregister: () => ua.unregister(),
  };
  ua.start();
};

function about(status?: number, cause?: string): Partial<PhoneEvent> {
  return { ...(status === undefined ? {} : { status }), ...(cause === undefined ? {} : { cause }) };
}

/** A failure names the message that caused it; a request has no status. */
function statusOf(message: unknown): number | undefined {
  const status = (message as { readonly status_code?: unknown } | undefined)?.status_code;
  return typeof status === "number" ? status : undefined;
}
