/** From how loaded a thread is to the share of new work that it takes. A pure step. RFC 5390, RFC 6357 §4 (occupancy control). */

/** What was measured over one interval. */
export interface LoadSample {
  /** Milliseconds, as the clock has them. */
  readonly at: number;
  /** How late the thread is: how late its event loop ran what was due, or how old what it reads is, whichever is more. */
  readonly lagMs: number;
  /** Whether the age of what it reads is known. If not, only being busy all the time tells that something waits. */
  readonly isLagKnown: boolean;
  /** The share of the interval in which the thread had something to do, 0 to 1. */
  readonly busy: number;
  /** How full the fullest table is (transactions, response contexts), 0 to 1 and beyond. */
  readonly full: number;
}

/** Where each measure begins to be too much. */
export interface LoadTargets {
  readonly lagMs: number;
  readonly busy: number;
  readonly full: number;
  /** How long it must be too much before anything is turned away; less when it is far too much. */
  readonly sustainMs: number;
}

export interface ControlState {
  /** Whether requests are being turned away. */
  readonly isShedding: boolean;
  /** The share of new requests that is let in, 0 to 1. */
  readonly share: number;
  /** As `share`, before what the tables have room for. */
  readonly pace: number;
  /** Of the last sample. */
  readonly lagMs: number;
  readonly at: number;
  /** While all is let in: for how long it has been too much, times how much. 0: it is not. */
  readonly patienceUsedMs: number;
  /** While requests are turned away: since when that is not needed. `undefined`: it is. */
  readonly calmSince: number | undefined;
}

export const atEase: ControlState = {
  isShedding: false,
  share: 1,
  pace: 1,
  lagMs: 0,
  at: 0,
  patienceUsedMs: 0,
  calmSince: undefined,
};

/** One interval takes away no more than this, and gives back no more. */
const mostLess = 0.7;
const mostMore = 1.2;

/** Given back while there is no time left: enough to find the edge, little enough not to fall over it. */
const littleMore = 1.02;

/** Being late twice as long as the target is as bad as it gets. */
const worst = 2;

/** A thread that is busy all the time may just be keeping up: patience with it, where nothing tells how late it is, is this much longer. */
const doubt = 3;

/** Some are always let in: from what becomes of them it is seen that the load has gone. */
const leastPace = 0.02;

/** Calm must last, or a server at its limit would begin and end every second. */
const calmMs = 2_000;

export function control(state: ControlState, sample: LoadSample, targets: LoadTargets): ControlState {
  const room = roomOf(sample.full, targets.full);
  const next = state.isShedding ? steer(state, sample, targets, room) : watch(state, sample, targets, room);
  return { ...next, lagMs: sample.lagMs, at: sample.at };
}

function watch(state: ControlState, sample: LoadSample, targets: LoadTargets, room: number): ControlState {
  const passedMs = state.at === 0 ? 0 : sample.at - state.at;
  const used = state.patienceUsedMs + passedMs * badness(sample, targets);
  const isBad = badness(sample, targets) > 0;
  if (room === 1 && !(isBad && used >= targets.sustainMs)) return { ...atEase, patienceUsedMs: isBad ? used : 0 };
  return steer({ ...atEase, lagMs: state.lagMs, isShedding: true }, sample, targets, room);
}

/** 0 while it is not too much; 1 and more: how fast patience is used up. */
function badness({ lagMs, isLagKnown, busy }: LoadSample, targets: LoadTargets): number {
  if (lagMs > targets.lagMs) return Math.min(worst, lagMs / targets.lagMs);
  return !isLagKnown && busy > targets.busy ? 1 / doubt : 0;
}

function steer(state: ControlState, sample: LoadSample, targets: LoadTargets, room: number): ControlState {
  const pace = Math.min(1, Math.max(leastPace, state.pace * changeOf(state, sample, targets)));
  const share = Math.min(pace, room);
  if (share < 1) return { ...state, share, pace, calmSince: undefined };
  const since = state.calmSince ?? sample.at;
  return sample.at - since >= calmMs ? atEase : { ...state, share, pace, calmSince: since };
}

function changeOf(state: ControlState, { lagMs, isLagKnown, busy }: LoadSample, targets: LoadTargets): number {
  if (lagMs > targets.lagMs) {
    // What waits gets less: enough is turned away, and it takes its time to work off the rest.
    if (lagMs < state.lagMs) return 1;
    return Math.max(mostLess, 1 - (lagMs / targets.lagMs) * 0.1);
  }
  if (isLagKnown) return busy > targets.busy ? littleMore : mostMore;
  // What is let in is in proportion to what it costs: so much too much is so much to take away.
  return Math.min(mostMore, targets.busy / Math.max(busy, 0.01));
}

/** All up to the target, nothing when the table is full: what is in it takes half a minute to leave, so there is nothing to steer by. */
function roomOf(full: number, target: number): number {
  return full <= target ? 1 : Math.max(0, (1 - full) / (1 - target));
}
