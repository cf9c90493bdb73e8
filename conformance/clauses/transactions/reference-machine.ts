/** Runs the rows of a machine by themselves: what happens, and when, as the RFCs have it. */

import type { Machine, Over, Row } from "./rows.ts";
import { rowsOver } from "./rows.ts";

/** Something that can be seen from outside; `at` in ms. */
export interface Happening {
  readonly at: number;
  readonly what: string;
}

// RFC 3261 §17, table 4.
const durations: Readonly<Record<string, number>> = { T1: 500, T2: 4_000, T4: 5_000, "32s": 32_000, "0": 0 };

interface Timer {
  readonly dueAt: number;
  readonly ms: number;
}

/** The status that stands for a class, in responses that arrive and that the user gives. */
export const statusOf: Readonly<Record<string, number>> = { "100": 100, "1xx": 180, "2xx": 200, "3xx-6xx": 486 };

export class ReferenceMachine {
  state = "initial";
  now = 0;
  readonly #machine: Machine;
  readonly #rows = new Map<string, Row>();
  readonly #timers = new Map<string, Timer>();
  readonly #happened: Happening[] = [];
  readonly #used: Set<Row>;
  #lastStatus = 0;

  constructor(machine: Machine, over: Over, used: Set<Row> = new Set()) {
    this.#machine = machine;
    this.#used = used;
    for (const row of rowsOver(machine, over)) {
      const key = `${row.state} × ${row.input}`;
      if (this.#rows.has(key)) throw new TypeError(`${machine.name}: two rows for ${key} over ${over}`);
      this.#rows.set(key, row);
    }
  }

  /** What happened since the last call. */
  take(): Happening[] {
    return this.#happened.splice(0);
  }

  /** Milliseconds to the next timer; `undefined` when none runs. */
  get nextIn(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next[1].dueAt - this.now;
  }

  /** Milliseconds until the timer fires; `undefined` when it does not run. */
  dueIn(timer: string): number | undefined {
    const found = this.#timers.get(timer);
    return found === undefined ? undefined : found.dueAt - this.now;
  }

  advance(ms: number): void {
    const until = this.now + ms;
    for (let next = this.#next(); next !== undefined && next[1].dueAt <= until; next = this.#next()) {
      const [name, { dueAt, ms: lastMs }] = next;
      this.now = dueAt;
      this.#timers.delete(name);
      this.input(`timer ${name}`, lastMs);
    }
    this.now = until;
  }

  input(input: string, lastMs = 0): void {
    const row = this.#rows.get(`${this.state} × ${input}`);
    if (row === undefined) throw new TypeError(`${this.#machine.name}: no row for ${this.state} × ${input}`);
    this.#used.add(row);
    const status = statusOf[input.split(" ").find((word) => word in statusOf) ?? ""] ?? 0;
    for (const effect of row.does) this.#do(effect, status);
    if (input.startsWith("TU ") && row.does.length > 0) this.#lastStatus = status;
    const ended = row.next === "terminated" && this.state !== "terminated";
    this.state = row.next;
    for (const change of row.timers) this.#change(change, lastMs);
    if (ended) {
      this.#timers.clear();
      this.#say("ended");
    }
    // A timer of zero fires before anything else can happen.
    this.advance(0);
  }

  #do(effect: string, status: number): void {
    const { method } = this.#machine;
    if (effect === "send request") this.#say(`sent ${method}`);
    else if (effect === "send ACK") this.#say("sent ACK");
    else if (effect === "send response") this.#say(`sent ${status}`);
    else if (effect === "send last response") {
      if (this.#lastStatus > 0) this.#say(`sent ${this.#lastStatus}`);
    } else if (effect === "pass up") this.#say(`up ${status}`);
    else this.#say(effect);
  }

  #change(change: string, lastMs: number): void {
    if (change.startsWith("-")) {
      this.#timers.delete(change.slice(1));
      return;
    }
    const [name = "", value = ""] = change.split("=");
    const ms = evaluate(value, lastMs);
    this.#timers.set(name, { dueAt: this.now + ms, ms });
  }

  #next(): [string, Timer] | undefined {
    return [...this.#timers].sort((a, b) => a[1].dueAt - b[1].dueAt)[0];
  }

  #say(what: string): void {
    this.#happened.push({ at: this.now, what });
  }
}

/** `64*T1+T4`, `min(2*last,T2)`. */
function evaluate(value: string, lastMs: number): number {
  const least = /^min\((.+),(.+)\)$/.exec(value);
  if (least !== null) return Math.min(evaluate(least[1]!, lastMs), evaluate(least[2]!, lastMs));
  const terms = value.split("+").map((term) => {
    const factors = term.split("*").map((word) => {
      const number = word === "last" ? lastMs : (durations[word] ?? Number(word));
      return Number.isNaN(number) ? misread(word) : number;
    });
    return factors.reduce((product, factor) => product * factor, 1);
  });
  return terms.reduce((sum, term) => sum + term, 0);
}

function misread(word: string): never {
  throw new TypeError(`"${word}" is no duration`);
}
