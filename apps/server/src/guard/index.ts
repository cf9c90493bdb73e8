/** The firewall: who is heard, how often, and who is kept out. */

export { AlarmLog } from "./alarm-log.ts";
export { BanKeeper } from "./ban-keeper.ts";
export type { BanChange, BanMark } from "./ban-table.ts";
export type { Offence } from "./contract.ts";
export { ExpiryTable } from "./expiry-table.ts";
export { Gate, type GateLists } from "./gate.ts";
export { Guard, type GuardCounters } from "./guard.ts";
export { createGuardMemory, type GuardMemory, openGuard } from "./open-guard.ts";
export { rememberBindings } from "./remember-bindings.ts";
export { type TakeoverAlarm, type TakeoverKind, TakeoverWatch, takeoverMemoryMs } from "./takeover-watch.ts";
