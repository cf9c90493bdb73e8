/** The calls of a phone, the line that tells how the one in the foreground is, and the keys that act on it. */

import type { OutgoingCall } from "@trapezoid/call";
import { PhoneFailure } from "../../errors.ts";
import type { Phone } from "../phone.ts";
import { editLine } from "../terminal/line-editor.ts";
import { type Key, keyNames } from "../terminal/terminal.ts";
import type { CallDesk } from "./desk.ts";
import { type BoundKey, keyBindings } from "./key-bindings.ts";
import { LiveCall } from "./live-call.ts";
import { statusWords } from "./status-words.ts";

/** How often numbers are asked for and the line is drawn. */
const tickMs = 1_000;
/** How often the state is a line of its own where no line can be drawn anew. */
const plainEveryMs = 10_000;

export class CallBoard implements CallDesk, Disposable {
  readonly phone: Phone;
  readonly calls: LiveCall[] = [];
  readonly #consultations = new WeakMap<LiveCall, LiveCall>();
  readonly #keyboard: Disposable | undefined;
  #timer: Disposable | undefined;
  #plainAt: number;
  #question:
    | { readonly text: string; typed: string; readonly resolve: (answer: string | undefined) => void }
    | undefined;
  #idle = "";

  constructor(phone: Phone) {
    this.phone = phone;
    this.#plainAt = phone.clock.now();
    this.#keyboard = phone.teller.json ? undefined : phone.host.terminal.readKeys((key) => this.#onKey(key));
    this.#tick();
  }

  /** Whether anybody can press a key. */
  get hasKeys(): boolean {
    return this.#keyboard !== undefined;
  }

  /** The call that keys act on: the one that came last. */
  get foreground(): LiveCall | undefined {
    return this.calls.at(-1);
  }

  /** The line while there is no call. */
  idle(text: string): void {
    this.#idle = text;
    this.draw();
  }

  add(live: LiveCall, before?: LiveCall): void {
    this.calls.push(live);
    if (before !== undefined) this.#consultations.set(live, before);
    for (const event of ["answered", "held", "media"] as const) live.call.events.on(event, () => this.draw());
    live.call.events.on("transferred", (next) => this.#follow(live, next));
    // RFC 3891 §3: the other half of an attended transfer; it was answered without being asked.
    live.call.events.on("replaced", (next) => this.add(new LiveCall(this.phone, next)));
    void live.call.ended.then(() => {
      const at = this.calls.indexOf(live);
      if (at !== -1) this.calls.splice(at, 1);
      this.draw();
    });
    this.draw();
  }

  consultationOf(live: LiveCall): LiveCall | undefined {
    const waiting = this.#consultations.get(live);
    return waiting !== undefined && this.calls.includes(waiting) ? waiting : undefined;
  }

  draw(): void {
    const { phone, foreground } = this;
    if (phone.teller.json) return;
    if (foreground === undefined) {
      phone.screen.status(this.#idle);
      return;
    }
    const { light, text } = this.#words(foreground, phone.screen.columns);
    phone.screen.status(text, light);
  }

  ask(text: string): Promise<string | undefined> {
    this.#question?.resolve(undefined);
    return new Promise((resolve) => {
      this.#question = { text, typed: "", resolve };
      this.phone.screen.question(text);
    });
  }

  say(text: string): void {
    this.phone.teller.tell("note", { text }, text);
  }

  run(work: Promise<unknown>): void {
    void work.then(
      () => this.draw(),
      (error: unknown) => {
        const text = error instanceof Error ? error.message : String(error);
        this.phone.teller.tell("warning", { text, code: error instanceof PhoneFailure ? error.kind : undefined }, text);
        this.draw();
      },
    );
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#keyboard?.[Symbol.dispose]();
    this.#question?.resolve(undefined);
    this.#question = undefined;
    this.phone.screen.question(undefined);
    this.phone.screen.status("");
  }

  /** The other side has sent us to somebody else: that call is ours to show, and what the keys act on. */
  #follow(live: LiveCall, next: OutgoingCall): void {
    const sent = new LiveCall(this.phone, next);
    this.phone.teller.tell(
      "transferred",
      { call: live.call.id, remote: live.remote, to: sent.remote, next: next.id },
      `${live.remote} sends us to ${sent.remote}; calling`,
    );
    this.add(sent);
    this.run(this.phone.attempt("INVITE", sent.remote, next.answered));
  }

  #words(live: LiveCall, room?: number): ReturnType<typeof statusWords> {
    const { unicode } = this.phone.host.terminal;
    return statusWords(live.picture(), room === undefined ? { unicode } : { unicode, room });
  }

  #tick(): void {
    const { clock } = this.phone;
    this.#timer = clock.after(tickMs, () => {
      this.#tick();
      void Promise.all(this.calls.map((live) => live.measure())).then(() => {
        this.draw();
        this.#plain();
      });
    });
  }

  /** The state as lines, where nothing can be drawn over; numbers for programs. */
  #plain(): void {
    const { phone, foreground } = this;
    const now = phone.clock.now();
    if (now - this.#plainAt < plainEveryMs || (phone.screen.isLive && !phone.teller.json)) return;
    this.#plainAt = now;
    if (foreground === undefined || foreground.call.state !== "active") return;
    const { statistics, call, remote } = foreground;
    phone.teller.tell("statistics", { call: call.id, remote, ...statistics }, this.#words(foreground).text);
  }

  #onKey(key: Key): void {
    if (key === keyNames.interrupt) {
      this.phone.interrupt();
      return;
    }
    const question = this.#question;
    if (question === undefined) {
      this.#press(key);
      return;
    }
    const { text, done } = editLine(question.typed, key);
    question.typed = text;
    if (done === "no") {
      this.phone.screen.question(question.text + text);
      return;
    }
    this.#question = undefined;
    this.phone.screen.question(undefined);
    question.resolve(done === "yes" ? text : undefined);
  }

  #press(key: Key): void {
    const binding: BoundKey | undefined = keyBindings.find(({ keys }) => keys.includes(key));
    if (binding === undefined) return;
    const live = this.foreground;
    if (live === undefined && binding.needsCall !== false) {
      this.say("there is no call now; q ends the phone");
      return;
    }
    this.run((async () => binding.press(this, live!, key))());
  }
}
