/** What every Trapezoid library stands on: clock and timer wheel, results, typed events, errors. Pure. */

export { type Clock, systemClock } from "./clock.ts";
export { define, type ErrorDefinition, TrapezoidError } from "./errors.ts";
export { Emitter, type EventMap } from "./events.ts";
export { type Err, err, type Fault, fault, type Ok, ok, type Result } from "./result.ts";
export { type SipHashKey, sipHash, sipHashKey, sipHashToken } from "./siphash.ts";
export { CallbackTimer, TimerNode, TimerWheel, type TimerWheelOptions } from "./timer-wheel.ts";
