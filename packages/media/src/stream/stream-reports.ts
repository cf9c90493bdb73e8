/** What both kinds of stream tell their session, as the events that its owner hears. */

import type { Emitter } from "@trapezoid/base";
import type { MediaAddress } from "../config.ts";
import type { MediaEvents } from "../session.ts";
import type { ZrtpHandlers } from "../zrtp/stream-zrtp.ts";

export interface StreamReports extends ZrtpHandlers {
  /** Neither media nor reports for as long as the limit says, although we receive; told once until they come again. */
  timeout(): void;
  latched(remote: MediaAddress): void;
  /** The other side ended its stream (RTCP BYE). */
  bye(reason: string | undefined): void;
}

type ReportedEvents = Pick<MediaEvents, "timeout" | "latched" | "bye" | "secured" | "securityWarning" | "zrtpFailed">;

export function reportsTo(events: Pick<Emitter<ReportedEvents>, "emit">): StreamReports {
  return {
    timeout: () => events.emit("timeout"),
    latched: (remote) => events.emit("latched", remote),
    bye: (reason) => events.emit("bye", reason),
    secured: (security) => events.emit("secured", security),
    warning: (warning, text) => events.emit("securityWarning", warning, text),
    failed: (why) => events.emit("zrtpFailed", why),
  };
}
