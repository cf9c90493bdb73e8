/** A hashed timer wheel with intrusive nodes: arming and cancelling is O(1) and allocates nothing. */

import type { Clock } from "./clock.ts";

/** Put into the object that waits: `class Transaction extends TimerNode`, or a field per timer. */
export abstract class TimerNode {
  /** @internal */ wheelNext: TimerNode | undefined = undefined;
  /** @internal */ wheelPrevious: TimerNode | undefined = undefined;
  /** @internal Tick at which it is due. */ wheelTick = 0;

  /** Whether it is armed now. */
  get armed(): boolean {
    return this.wheelNext !== undefined;
  }

  /** Called once, when due, never before. Throwing here reaches the wheel's `onError`. */
  abstract onTimer(): void;
}

/** A node that runs a function. */
export class CallbackTimer extends TimerNode {
  readonly #run: () => void;
  constructor(run: () => void) {
    super();
    this.#run = run;
  }
  override onTimer(): void {
    this.#run();
  }
}

class Slot extends TimerNode {
  constructor() {
    super();
    this.wheelNext = this;
    this.wheelPrevious = this;
  }
  override onTimer(): void {}
}

export interface TimerWheelOptions {
  readonly clock: Clock;
  /** Resolution in milliseconds; a timer fires up to this much late. Default 10. */
  readonly tickMs?: number;
  /** Slots of the wheel, a power of two. Default 4096 (41 s at 10 ms); longer timers go around. */
  readonly slots?: number;
  /** An exception of a node's `onTimer`; the wheel goes on. Default: rethrown in a microtask. */
  readonly onError?: (error: unknown) => void;
}

// An idle wheel with something armed looks ahead this many ticks at a time.
const LOOK_AHEAD = 128;

/** One wheel serves one thread. It asks the clock for a wake-up only while something is armed. */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #slots: Slot[] = [];
  /** Taken off the wheel in this turn, not run yet; still armed, so that a handler can cancel them. */
  readonly #due = new Slot();
  readonly #mask: number;
  readonly #onError: (error: unknown) => void;
  readonly #origin: number;
  #tick = 0;
  #size = 0;
  #wakeUp: Disposable | undefined;
  #wakeTick = 0;
  #running = false;
  #closed = false;

  constructor(options: TimerWheelOptions) {
    this.#clock = options.clock;
    this.#tickMs = options.tickMs ?? 10;
    const slots = options.slots ?? 4096;
    if (!(this.#tickMs > 0)) throw new TypeError(`tickMs must be positive, got ${this.#tickMs}`);
    if (slots <= 0 || (slots & (slots - 1)) !== 0) throw new TypeError(`slots must be a power of two, got ${slots}`);
    this.#mask = slots - 1;
    for (let i = 0; i < slots; i++) this.#slots.push(new Slot());
    this.#onError =
      options.onError ??
      ((error) =>
        queueMicrotask(() => {
          throw error;
        }));
    this.#origin = this.#clock.now();
  }

  /** How many nodes are armed. */
  get size(): number {
    return this.#size;
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Milliseconds, as the clock has them. */
  now(): number {
    return this.#clock.now();
  }

  /** Arms `node` to fire `ms` milliseconds from now; an armed node is moved. A closed wheel arms nothing. */
  arm(node: TimerNode, ms: number): void {
    if (node.wheelNext !== undefined) this.#unlink(node);
    if (this.#closed) return;
    if (this.#size === 0 && !this.#running) this.#tick = this.#currentTick();
    const due = Math.ceil((this.#clock.now() - this.#origin + ms) / this.#tickMs);
    const tick = due > this.#tick ? due : this.#tick + 1;
    node.wheelTick = tick;
    append(this.#slots[tick & this.#mask]!, node);
    this.#size++;
    if (this.#running) return;
    if (this.#wakeUp === undefined) this.#sleep();
    else if (tick < this.#wakeTick) {
      this.#wakeUp[Symbol.dispose]();
      this.#sleepUntil(tick);
    }
  }

  /** Does nothing when the node is not armed. */
  cancel(node: TimerNode): void {
    if (node.wheelNext === undefined) return;
    this.#unlink(node);
    if (this.#size > 0 || this.#running) return;
    this.#wakeUp?.[Symbol.dispose]();
    this.#wakeUp = undefined;
  }

  /** Runs `run` once; for cold paths. Disposing cancels. */
  after(ms: number, run: () => void): Disposable {
    const node = new CallbackTimer(run);
    this.arm(node, ms);
    return { [Symbol.dispose]: () => this.cancel(node) };
  }

  /** Forgets every node without running it; what is armed later is forgotten at once. */
  close(): void {
    this.#closed = true;
    for (const slot of [this.#due, ...this.#slots]) {
      while (slot.wheelNext !== slot) this.#unlink(slot.wheelNext!);
    }
    this.#wakeUp?.[Symbol.dispose]();
    this.#wakeUp = undefined;
  }

  #currentTick(): number {
    return Math.floor((this.#clock.now() - this.#origin) / this.#tickMs);
  }

  #unlink(node: TimerNode): void {
    detach(node);
    this.#size--;
  }

  #sleep(): void {
    if (this.#size === 0) return;
    // The next tick that has a node, at most some way ahead: an idle wheel wakes seldom.
    let ahead = 1;
    const limit = Math.min(this.#mask, LOOK_AHEAD);
    while (ahead < limit) {
      const slot = this.#slots[(this.#tick + ahead) & this.#mask]!;
      if (slot.wheelNext !== slot) break;
      ahead++;
    }
    this.#sleepUntil(this.#tick + ahead);
  }

  #sleepUntil(tick: number): void {
    this.#wakeTick = tick;
    const dueAt = this.#origin + tick * this.#tickMs;
    this.#wakeUp = this.#clock.after(Math.max(0, Math.ceil(dueAt - this.#clock.now())), this.#onWakeUp);
  }

  readonly #onWakeUp = (): void => {
    this.#wakeUp = undefined;
    const target = this.#currentTick();
    this.#running = true;
    // After a pause longer than a turn (a suspended machine) every slot is looked at once, not once per missed tick.
    if (target - this.#tick > this.#mask) this.#catchUp(target);
    while (this.#tick < target && this.#size > 0) {
      this.#tick++;
      const slot = this.#slots[this.#tick & this.#mask]!;
      if (slot.wheelNext !== slot) this.#runSlot(slot);
    }
    if (this.#tick < target) this.#tick = target;
    this.#running = false;
    this.#sleep();
  };

  /** Runs what is due in one slot; what is there for a later turn stays. */
  #runSlot(slot: Slot): void {
    let node = slot.wheelNext!;
    while (node !== slot) {
      const next: TimerNode = node.wheelNext!;
      if (node.wheelTick <= this.#tick) move(node, this.#due);
      node = next;
    }
    this.#runDue();
  }

  /** Handlers may arm and cancel anything, themselves and their neighbours included. */
  #runDue(): void {
    const due = this.#due;
    while (due.wheelNext !== due) {
      const node = due.wheelNext!;
      this.#unlink(node);
      try {
        node.onTimer();
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #catchUp(target: number): void {
    const late: TimerNode[] = [];
    for (const slot of this.#slots) {
      for (let node = slot.wheelNext!; node !== slot; node = node.wheelNext!)
        if (node.wheelTick <= target) late.push(node);
    }
    late.sort((a, b) => a.wheelTick - b.wheelTick);
    this.#tick = target;
    for (const node of late) move(node, this.#due);
    this.#runDue();
  }
}

function append(list: TimerNode, node: TimerNode): void {
  const last = list.wheelPrevious!;
  node.wheelPrevious = last;
  node.wheelNext = list;
  last.wheelNext = node;
  list.wheelPrevious = node;
}

function detach(node: TimerNode): void {
  node.wheelPrevious!.wheelNext = node.wheelNext;
  node.wheelNext!.wheelPrevious = node.wheelPrevious;
  node.wheelNext = undefined;
  node.wheelPrevious = undefined;
}

function move(node: TimerNode, list: TimerNode): void {
  detach(node);
  append(list, node);
}
