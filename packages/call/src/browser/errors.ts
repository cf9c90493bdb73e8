/** What fails in a browser's media, in words for the person in front of it. */

import { CallError } from "../errors.ts";

/** `NotAllowedError` and its kin are names that Media Capture and Streams §10.3 gives. */
const inputFailures: Readonly<Record<string, readonly [code: string, text: string]>> = {
  NotAllowedError: ["REFUSED", "may not be used: allow it in the browser's settings for this page, then call again"],
  SecurityError: ["REFUSED", "may not be used by this page: it must be served over HTTPS or from localhost"],
  NotFoundError: ["MISSING", "was not found: connect one, then call again"],
  OverconstrainedError: ["MISSING", "was not found with what was asked of it: ask for less, or connect another"],
  NotReadableError: ["BUSY", "cannot be read: another program has it, or its driver fails; end that program"],
  AbortError: ["BUSY", "cannot be read: the system took it away; try again"],
};

/** `CALL_MICROPHONE_REFUSED`, `CALL_CAMERA_MISSING` and so on: getUserMedia has failed. */
export function inputFailed(device: "microphone" | "camera", cause: unknown): CallError {
  const name = cause instanceof Error ? cause.name : "";
  const [code, text] = inputFailures[name] ?? ["FAILED", `cannot be opened: ${String(cause)}`];
  return new CallError(`CALL_${device.toUpperCase()}_${code}`, `the ${device} ${text}`, { cause });
}

/** Pages without a secure origin have no `navigator.mediaDevices` at all. */
export function noDevices(device: "microphone" | "camera"): CallError {
  return new CallError(
    `CALL_${device.toUpperCase()}_REFUSED`,
    `the ${device} may not be used by this page: it must be served over HTTPS or from localhost`,
  );
}

/** A stream of the application's own lacks what is to be sent. */
export function noTrack(device: "microphone" | "camera"): CallError {
  const kind = device === "microphone" ? "audio" : "video";
  return new CallError(
    `CALL_${device.toUpperCase()}_MISSING`,
    `the stream given as ${device} has no live ${kind} track: give one that has`,
  );
}

export function noCandidates(ms: number): CallError {
  return new CallError(
    "CALL_NO_CANDIDATES",
    `the browser found no address for media within ${ms} ms: check the network, and that the ICE servers can be reached`,
  );
}

export function descriptionFailed(what: string, cause: unknown): CallError {
  return new CallError("CALL_DESCRIPTION", `the browser does not take ${what}: ${reasonOf(cause)}`, { cause });
}

export function playFailed(what: string, cause: unknown): CallError {
  return new CallError(
    "CALL_PLAY_FAILED",
    `cannot play ${what}: ${reasonOf(cause)}; give the URL of a sound that this page may read and the browser decodes`,
    { cause },
  );
}

export function recordFailed(cause: unknown): CallError {
  return new CallError("CALL_RECORD_FAILED", `cannot record: ${reasonOf(cause)}`, { cause });
}

export function digitsNotPossible(): CallError {
  return new CallError(
    "CALL_DIGITS_HELD",
    "digits cannot be sent now: the other side takes no sound (hold); send them when it does again, or by INFO",
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
