/** From how loaded a thread is to the share of new work that it takes. A pure step. RFC 5390, RFC 6357 §4 (occupancy control). */

/** What was measured over one interval. */
export interface LoadSample {
  /** Milliseconds, as the clock has them. */
  readonly at: number;
  /** How late the event loop ran what was due. */
  readonly lagMs: number;
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
  /** How long it must be too much before anything is turned away. */
  readonly sustainMs: number;
}

export interface ControlState {
  /** Whether requests are being turned away. */
  readonly isShedding: boolean;
  /** The share of new requests that is let in, 0 to 1. */
  readonly share: number;
  /** As `share`, before what the tables have room for. */
  readonly pace: number;
  /** Since when it is too much (while all is let in), or no longer too much (while not); `undefined`: it is not. */
  readonly turningSince: number | undefined;
}

export const atEase: ControlState = { isShedding: false, share: 1, pace: 1, turningSince: undefined };

/**
 * The gap in which nothing begins or ends: it begins this much above the targets, and ends below them. A thread that is busy all the
 * time cannot be busier, so the gap is narrow.
 */
const beginAbove = 1.03;

/** One interval takes away no more than this, and gives back no more. */
const mostLess = 0.7;
const mostMore = 1.1;

/** Some are always let in: from what becomes of them it is seen that the load has gone. */
const leastPace = 0.02;

/** Calm must last, or a server at its limit would begin and end every second. */
const calmMs = 2_000;

export function control(state: ControlState, sample: LoadSample, targets: LoadTargets): ControlState {
  const pressure = Math.max(sample.lagMs / targets.lagMs, sample.busy / targets.busy);
  const room = roomOf(sample.full, targets.full);
  return state.isShedding ? steer(state, sample.at, pressure, room) : watch(state, sample, pressure, room, targets);
}

function watch(
  state: ControlState,
  sample: LoadSample,
  pressure: number,
  room: number,
  targets: LoadTargets,
): ControlState {
  if (room < 1) return { isShedding: true, share: room, pace: 1, turningSince: undefined };
  if (pressure < beginAbove) return state.turningSince === undefined ? state : atEase;
  if (state.turningSince === undefined) return { ...atEase, turningSince: sample.at };
  if (sample.at - state.turningSince < targets.sustainMs) return state;
  return steer({ isShedding: true, share: 1, pace: 1, turningSince: undefined }, sample.at, pressure, room);
}

function steer(state: ControlState, at: number, pressure: number, room: number): ControlState {
  // What is let in is in proportion to what it costs: so much too much is so much to take away.
  const change = Math.min(mostMore, Math.max(mostLess, 1 / pressure));
  const pace = Math.min(1, Math.max(leastPace, state.pace * change));
  const share = Math.min(pace, room);
  if (share < 1) return { isShedding: true, share, pace, turningSince: undefined };
  const since = state.turningSince ?? at;
  return at - since >= calmMs ? atEase : { isShedding: true, share, pace, turningSince: since };
}

/** All up to the target, nothing when the table is full: what is in it takes half a minute to leave, so there is nothing to steer by. */
function roomOf(full: number, target: number): number {
  return full <= target ? 1 : Math.max(0, (1 - full) / (1 - target));
}
