/** Calls to a phone: answered by itself, or by whoever sits at the keyboard, one at a time; and texts, which are shown. */

import type { IncomingCall } from "@trapezoid/call";
import { printable } from "../table.ts";
import { shownName } from "./addresses.ts";
import { type Activities, freePath, runActivities } from "./call/activities.ts";
import type { CallBoard } from "./call/board.ts";
import { endedWell, LiveCall } from "./call/live-call.ts";
import type { Phone } from "./phone.ts";

export interface AnsweringOptions {
  /** By itself; else by key. */
  readonly answers: boolean;
  /** Seconds that it rings before it answers by itself. */
  readonly ringSeconds: number;
  readonly video: boolean;
  readonly activities: Activities;
}

export interface TakenCall {
  readonly remote: string;
  readonly seconds: number;
  /** How it ended, for people. */
  readonly end: string;
  readonly wasAnswered: boolean;
  readonly endedWell: boolean;
}

/** How long somebody at the keyboard may take. */
const ringLimitMs = 180_000;

export class Answering implements Disposable {
  readonly #phone: Phone;
  readonly #board: CallBoard;
  readonly #options: AnsweringOptions;
  readonly #listening: readonly Disposable[];
  readonly #onTaken: (call: TakenCall) => void;
  /** Its failure belongs to the command. */
  readonly #onFailure: (error: unknown) => void;

  constructor(
    phone: Phone,
    board: CallBoard,
    options: AnsweringOptions,
    told: { readonly onTaken: (call: TakenCall) => void; readonly onFailure: (error: unknown) => void },
  ) {
    this.#phone = phone;
    this.#board = board;
    this.#options = options;
    this.#onTaken = told.onTaken;
    this.#onFailure = told.onFailure;
    const { events } = phone.agent;
    this.#listening = [
      events.on("call", (call) => {
        this.#take(call).catch((error: unknown) => this.#onFailure(error));
      }),
      events.on("message", ({ from, text, contentType }) => {
        const remote = printable(shownName(from));
        phone.teller.tell("message", { remote, text, contentType }, `${remote} writes: ${printable(text)}`);
      }),
    ];
  }

  [Symbol.dispose](): void {
    for (const one of this.#listening) one[Symbol.dispose]();
  }

  async #take(call: IncomingCall): Promise<void> {
    const { activities, answers, ringSeconds, video } = this.#options;
    const phone = this.#phone;
    const { teller, clock } = phone;
    // One at a time, that which takes the place of another aside.
    const isFree = this.#board.calls.length === 0 || call.replaces !== undefined;
    const live = new LiveCall(phone, call);
    if (phone.stop.aborted || !isFree || (!answers && !this.#board.hasKeys)) {
      const [status, why] = !isFree ? [486, "busy"] : [480, "start with --answer to take calls"];
      call.reject(status);
      teller.tell("refused", { remote: live.remote, status }, `${live.remote} called and was told ${status} (${why})`);
      return;
    }
    const keys = answers ? "" : "; a answers, q declines";
    teller.tell("incoming", { call: call.id, remote: live.remote }, `${live.remote} calls${subjectOf(call)}${keys}`);
    this.#board.add(live);
    using timers = new DisposableStack();
    if (!answers || ringSeconds > 0) {
      await call.ring();
      if (answers) timers.use(clock.after(ringSeconds * 1000, () => this.#answer(call, video)));
      else timers.use(clock.after(ringLimitMs, () => call.reject(480)));
    } else this.#answer(call, video);
    await Promise.race([call.answered.catch(() => {}), call.ended]);
    timers.dispose();
    if (live.wasAnswered) {
      const path = activities.record === undefined ? undefined : freePath(activities.record);
      await runActivities(phone, live, activities, path);
    }
    const end = await call.ended;
    if (!live.wasAnswered) {
      teller.tell("missed", { remote: live.remote, ...end }, `${live.remote}: ${printable(end.text)}`);
    }
    this.#onTaken({
      remote: live.remote,
      seconds: end.durationMs / 1000,
      end: end.text,
      wasAnswered: live.wasAnswered,
      endedWell: endedWell(end),
    });
  }

  #answer(call: IncomingCall, video: boolean): void {
    // What it failed of is how the call ends.
    call.answer({ video }).catch(() => {});
  }
}

function subjectOf(call: IncomingCall): string {
  const [subject] = call.header("Subject");
  return subject === undefined || subject === "" ? "" : `: "${printable(subject)}"`;
}
