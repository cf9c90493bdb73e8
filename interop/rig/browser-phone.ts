/** Runs in the page: JsSIP behind a few functions that the rig calls. */

import * as JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession.js";
import type { BrowserPhoneOptions, PhoneEvent } from "./browser.ts";
import type { Heard } from "./hearing.ts";
import { listen, toneStream } from "./page-ear.ts";

interface PagePhone {
  call(address: string): void;
  answer(): void;
  hangUp(): void;
  unregister(): void;
  hold(): void;
  resume(): void;
  /** INFO, one each. */
  sendDigits(digits: string): void;
  /** Blind transfer. */
  refer(address: string): void;
  hears(): Promise<Heard>;
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

const element = new Audio();

globalThis.phoneEvents = [];
globalThis.openPhone = ({ url, address, password, hz }) => {
  const media = {
    mediaConstraints: { audio: true, video: false },
    ...(hz === undefined ? {} : { mediaStream: toneStream(hz) }),
    pcConfig: { iceServers: [] },
  };
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
    session.on("hold", ({ originator }: { readonly originator: string }) => note(`hold by ${originator}`));
    session.on("unhold", ({ originator }: { readonly originator: string }) => note(`unhold by ${originator}`));
    session.on(
      "newDTMF",
      ({ originator, dtmf }: { readonly originator: string; readonly dtmf: { readonly tone: string } }) => {
        if (originator === "remote") note(`digit ${dtmf.tone}`);
      },
    );
    session.on("ended", ({ cause }) => note("ended", about(undefined, cause)));
    session.on("failed", ({ message, cause }) => note("failed", about(statusOf(message), cause)));
  });
  globalThis.phone = {
    call: (target) => void ua.call(target, media),
    answer: () => session?.answer(media),
    hangUp: () => session?.terminate(),
    unregister: () => ua.unregister(),
    hold: () => void session?.hold(),
    resume: () => void session?.unhold(),
    sendDigits: (digits) => session?.sendDTMF(digits, { duration: 100, interToneGap: 200 }),
    refer: (target) => void session?.refer(target),
    hears: () => {
      const receivers = session?.connection.getReceivers() ?? [];
      const stream = new MediaStream(receivers.flatMap(({ track }) => (track.kind === "audio" ? track : [])));
      // Chromium gives Web Audio nothing of a stream that no element plays.
      element.srcObject = stream;
      element.play().catch(() => {});
      return listen(stream);
    },
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
