/** The house under test: one Trapezoid with accounts, and phones that live in it. */

import { type Baresip, startBaresip } from "./baresip.ts";
import { type Linphone, startLinphone } from "./linphone.ts";
import type { PhoneOptions, PhoneTransport } from "./phone.ts";
import { startTrapezoid, type Trapezoid, type TrapezoidOptions } from "./trapezoid.ts";

/** Not a secret: it lives as long as one test. No blank in it: the phones read it from their own command lines. */
export const password = "correct-horse";

export interface HouseOptions extends TrapezoidOptions {
  readonly users: readonly string[];
}

/** A server for `house.test` with an account for each user. */
export async function startHouse({ users, ...options }: HouseOptions): Promise<Trapezoid> {
  const accounts = Object.fromEntries(users.map((user) => [`${user}@house.test`, password]));
  return startTrapezoid({ domains: ["house.test"], ...options, accounts });
}

export type PhoneChoice = Partial<Omit<PhoneOptions, "user" | "transport">>;

function optionsFor(server: Trapezoid, user: string, transport: PhoneTransport, toneHz: number): PhoneOptions {
  return { user, domain: server.at(transport), transport, password, toneHz };
}

/** A baresip of the house that speaks 440 Hz. */
export function baresipIn(
  server: Trapezoid,
  user: string,
  transport: PhoneTransport,
  choice: PhoneChoice = {},
): Promise<Baresip> {
  return startBaresip({ ...optionsFor(server, user, transport, 440), ...choice });
}

/** A Linphone of the house that speaks 660 Hz. */
export function linphoneIn(
  server: Trapezoid,
  user: string,
  transport: PhoneTransport,
  choice: PhoneChoice = {},
): Promise<Linphone> {
  return startLinphone({ ...optionsFor(server, user, transport, 660), ...choice });
}
