/** The calls that must not suffer: authenticated ones between registered phones, from 127.0.0.1 as from anywhere else. */

import { freePorts } from "../../interop/rig/ports.ts";
import { type Sipp, startSipp } from "../../interop/rig/sipp.ts";
import type { Trapezoid } from "../../interop/rig/trapezoid.ts";

export const domain = "attack.test";
export const password = "attack-proof";
export const callee = "desk";
export const caller = "phone";

/** As large as the server's own: what a busy machine loses on its way to SIPp says nothing about the server. */
const buffers = ["-buff_size", "4194304"];

function credentials(user: string): string {
  return `[authentication username=${user} password=${password}]`;
}

/** A phone that registers with its password and then answers every call. */
export async function startCallee(server: Trapezoid): Promise<Sipp> {
  const port = await freePorts(2);
  await using registration = await startSipp({
    scenario: `${import.meta.dirname}/sipp/register.xml`,
    remote: server.at("udp"),
    port,
    calls: 1,
    args: ["-auth_uri", domain],
    fields: { order: "SEQUENTIAL", lines: [`${callee};${credentials(callee)}`] },
    timeoutSeconds: 20,
  });
  const { status, errors } = await registration.finished();
  if (status !== 0) throw new Error(`the callee could not register (SIPp ended with ${status}):\n${errors}`);
  return startSipp({ scenario: `${import.meta.dirname}/sipp/callee.xml`, port, concurrent: 15_000, args: buffers });
}

/** `rate` calls a second until told to quit. */
export function startCallers(server: Trapezoid, rate: number): Promise<Sipp> {
  return startSipp({
    scenario: `${import.meta.dirname}/sipp/caller.xml`,
    remote: server.at("udp"),
    rate,
    concurrent: rate * 20,
    args: ["-auth_uri", `${callee}@${domain}`, ...buffers],
    fields: { order: "SEQUENTIAL", lines: [`${caller};${callee};${credentials(caller)}`] },
  });
}
