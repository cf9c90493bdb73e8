/**
 * Notices when somebody with a right password registers as if it were not theirs. A REGISTER is *unusual* when all of this holds:
 *
 * 1. The address has live contacts: there is somebody to take over from.
 * 2. It comes from another network (IPv4 /16, IPv6 /48) than all of these, and than every one from which the address was
 *    registered within the last `rememberMs`.
 * 3. It comes from another device than all of these: another +sip.instance or, where there is none, another User-Agent. A
 *    phone that moves, changes its port or connects anew is the same device. For `Contact: *`, which throws everybody out, the
 *    network alone decides.
 *
 * A registration that raises an alarm is carried out like any other: the password was right. Its network is usual from then on, so
 * that one move is one alarm.
 */

import type { FirewallSettings } from "../config/types.ts";
import type { Registration } from "../registrar/index.ts";
import type { Binding, BindingUpdate } from "../store/contract.ts";
import type { ExpiryTable } from "./expiry-table.ts";
import { addressOfSource, isSameDevice, placeOf } from "./place.ts";

/** `all-removed`: by `Contact: *`. */
export type TakeoverKind = "added" | "replaced" | "removed" | "all-removed";

export interface TakeoverAlarm {
  readonly type: "takeover";
  readonly at: number;
  /** The address whose contacts changed: `alice@example.com`. */
  readonly account: string;
  readonly what: TakeoverKind;
  readonly source: string;
  readonly userAgent: string | undefined;
  /** Contact URIs that were set or removed. */
  readonly contacts: readonly string[];
  /** Where the account was registered from when it happened. */
  readonly usual: readonly { readonly source: string; readonly userAgent: string | undefined }[];
}

export interface TakeoverWatchOptions {
  /** How long a network stays usual after a registration from there; `undefined`: nothing is watched. Milliseconds. */
  readonly rememberMs: number | undefined;
  /** Networks by account. */
  readonly places: ExpiryTable;
  readonly lookup: (address: string) => readonly Binding[];
  readonly report: (alarm: TakeoverAlarm) => void;
}

/** `rememberMs` of the configuration. */
export function takeoverMemoryMs({ alarms }: FirewallSettings): number | undefined {
  return alarms.enabled ? alarms.rememberMs : undefined;
}

const nobody: readonly Binding[] = [];

export class TakeoverWatch {
  readonly #options: TakeoverWatchOptions;
  #rememberMs: number | undefined;

  constructor(options: TakeoverWatchOptions) {
    this.#options = options;
    this.#rememberMs = options.rememberMs;
  }

  configure(rememberMs: number | undefined): void {
    this.#rememberMs = rememberMs;
  }

  /** Before the registration is stored. What it returns is to be called when it was, with the contacts that there are then. */
  watch(registration: Registration): (stored: readonly Binding[]) => void {
    const rememberMs = this.#rememberMs;
    if (rememberMs === undefined) return ignore;
    const { places, lookup, report } = this.#options;
    const { update, address } = registration;
    const place = placeFact(update.aor, placeOf(address));
    // The usual case costs a hash, and reads nothing.
    const isUsual = places.has(place, update.at);
    const before = isUsual ? nobody : lookup(update.aor);
    return (stored) => {
      places.set(place, update.at + rememberMs);
      if (!isUsual && isUnusual(registration, before)) report(alarmOf(registration, before, stored));
    };
  }
}

function ignore(): void {}

/** A fact: the account was registered from a network. */
export function placeFact(account: string, place: string): string {
  return `${account} in ${place}`;
}

function isUnusual({ update, address, userAgent }: Registration, before: readonly Binding[]): boolean {
  if (before.length === 0) return false;
  const place = placeOf(address);
  if (before.some(({ source }) => placeOf(addressOfSource(source) ?? source) === place)) return false;
  // `Contact: *` names no device.
  return !update.contacts.some(({ instance }) => before.some((known) => isSameDevice({ instance, userAgent }, known)));
}

function alarmOf(
  { update, source, userAgent }: Registration,
  before: readonly Binding[],
  stored: readonly Binding[],
): TakeoverAlarm {
  const contacts = update.removeAll ? before : update.contacts;
  return {
    type: "takeover",
    at: update.at,
    account: update.aor,
    what: kindOf(update, before, stored),
    source,
    userAgent,
    contacts: contacts.map(({ contact }) => contact),
    usual: before.map((binding) => ({ source: binding.source, userAgent: binding.userAgent })),
  };
}

function kindOf(update: BindingUpdate, before: readonly Binding[], stored: readonly Binding[]): TakeoverKind {
  if (update.removeAll) return "all-removed";
  if (update.contacts.every(({ expiresAt }) => expiresAt <= update.at)) return "removed";
  // A contact that is still there as it was has the Call-ID that it was registered with.
  const isLeft = (old: Binding): boolean =>
    stored.some(({ contact, callId }) => contact === old.contact && callId === old.callId);
  return before.every(isLeft) ? "added" : "replaced";
}
