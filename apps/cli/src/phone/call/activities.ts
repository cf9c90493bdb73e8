/** What a phone does in a call by itself: plays, records, echoes, presses keys, hangs up. */

import { existsSync } from "node:fs";
import type { DigitMethod, RecordResult } from "@trapezoid/call";
import { printable } from "../../table.ts";
import { checkReadable, checkWritable } from "../file-faults.ts";
import type { Phone } from "../phone.ts";
import type { LiveCall } from "./live-call.ts";

export interface Activities {
  /** A WAV or Ogg Opus file. */
  readonly play: string | undefined;
  /** Again and again. */
  readonly loop: boolean;
  /** A WAV file. */
  readonly record: string | undefined;
  /** What we send left, what we hear right. */
  readonly dual: boolean;
  /** What is heard goes back. */
  readonly echo: boolean;
  /** `,` waits for a second. */
  readonly digits: string | undefined;
  readonly digitsBy: DigitMethod | "auto";
  /** Seconds after the answer, or once everything is played and pressed. */
  readonly hangUpAfter: number | "done" | undefined;
}

/** A comma among the digits. */
const pauseMs = 1_000;

/**
 * Rejects where the file to play is not there, or the one to record to is: before anybody's phone rings.
 *
 * @param options `records` `many`: each call has a file of its own, beside those that are there.
 */
export async function checkFiles(
  { play, record }: Pick<Activities, "play" | "record">,
  { records = "one" }: { readonly records?: "one" | "many" } = {},
): Promise<void> {
  if (play !== undefined) await checkReadable(play);
  if (record !== undefined) checkWritable(record, records === "one");
}

/**
 * Runs them in a call that is up, until it is over. What fails is told at once, and the call goes on; in the end it rejects with the first
 * that failed.
 *
 * @param recordTo Where this call is recorded to.
 */
export async function runActivities(
  phone: Phone,
  live: LiveCall,
  activities: Activities,
  recordTo: string | undefined,
): Promise<void> {
  const { call } = live;
  const { play, echo, loop, digits, hangUpAfter } = activities;
  using timers = new DisposableStack();
  if (typeof hangUpAfter === "number") timers.use(phone.clock.after(hangUpAfter * 1000, () => void call.hangUp()));
  const failures: unknown[] = [];
  const tried = async (work: Promise<unknown> | undefined): Promise<void> => {
    try {
      await work;
    } catch (error) {
      // The end of the call ends all that is done in it.
      if (call.state === "ending" || call.state === "ended") return;
      failures.push(error);
      const text = printable(error instanceof Error ? error.message : String(error));
      phone.teller.tell("warning", { call: call.id, text }, `${text}; the call goes on`);
    }
  };
  const recorded = tried(recordTo === undefined ? undefined : record(phone, live, recordTo, activities.dual));
  const sound = echo
    ? ({ kind: "echo" } as const)
    : play === undefined
      ? undefined
      : ({ kind: "file", path: play, loop } as const);
  const played = tried(sound === undefined ? undefined : call.play(sound));
  const pressed = tried(digits === undefined ? undefined : pressDigits(phone, live, activities));
  if (hangUpAfter === "done") void Promise.all([echo || loop ? undefined : played, pressed]).then(() => call.hangUp());
  await Promise.all([recorded, played, pressed, call.ended]);
  if (failures.length > 0) throw failures[0];
}

async function record(phone: Phone, live: LiveCall, path: string, dual: boolean): Promise<void> {
  const recording = await live.call.record(path, { channels: dual ? "dual" : "mono" });
  live.isRecording = true;
  let result: RecordResult;
  try {
    result = await recording.finished;
  } finally {
    live.isRecording = false;
  }
  const { ms } = result;
  phone.teller.tell("recorded", { path, ms }, `recorded ${(ms / 1000).toFixed(1)} s to ${path}`);
}

async function pressDigits(
  phone: Phone,
  { call, remote }: LiveCall,
  { digits = "", digitsBy }: Activities,
): Promise<void> {
  for (const part of digits.split(/(,)/)) {
    if (part === "") continue;
    if (part === ",") {
      await new Promise<void>((resolve) => {
        const timer = phone.clock.after(pauseMs, resolve);
        void call.ended.then(() => {
          timer[Symbol.dispose]();
          resolve();
        });
      });
      continue;
    }
    await call.sendDigits(part, { by: digitsBy });
    phone.teller.tell("digits-sent", { call: call.id, digits: part }, `sent ${part} to ${remote}`);
  }
}

/** The first name that no file has yet: `said.wav`, `said-2.wav`. */
export function freePath(path: string): string {
  const match = /^(.*?)(\.[^./\\]+)?$/s.exec(path)!;
  for (let n = 2, free = path; ; n++) {
    if (!existsSync(free)) return free;
    free = `${match[1]}-${n}${match[2] ?? ""}`;
  }
}
