/** Roles that register. RFC 3261 §10.2. */

import assert from "node:assert/strict";
import type { RegistrationClient, RegistrationOptions } from "@trapezoid/sip/agent";
import { waitUntil } from "../../../interop/rig/wait.ts";
import type { Role } from "../role.ts";
import type { Stage } from "../stage.ts";
import { withPassword } from "./calling.ts";

function registrant(
  name: string,
  options: RegistrationOptions,
  acts: (registration: RegistrationClient, stage: Stage) => Promise<unknown>,
  more: Partial<Role> = {},
): Role {
  return {
    name,
    ...more,
    begin: (stage) => {
      const registration = stage.core.register({
        registrar: stage.uri(),
        outbound: false,
        ...options,
      });
      return acts(registration, stage);
    },
  };
}

async function succeed(registration: RegistrationClient): Promise<void> {
  await registration.start();
  assert.equal(registration.state, "registered");
}

export const registers: Role = registrant("registers", {}, succeed);

/** @param address Its domain is the registrar, which is SIPp wherever the domain would be. */
export function registersAs(user: string, password: string, address?: string): Role {
  const settings = { ...withPassword(user, password), ...(address === undefined ? {} : { address }) };
  const registrar = address?.replace(/:.*@/, ":");
  const options = registrar === undefined ? {} : { registrar };
  return registrant("registers with a password", options, succeed, { settings });
}

/** Stays until it has refreshed so often. */
export function staysRegistered(times: number): Role {
  return registrant("registers, and stays so", { expiresSeconds: 5 }, async (registration) => {
    let count = 0;
    const enough = new Promise<void>((resolve) => {
      registration.events.on("refreshed", () => ++count === times && resolve());
    });
    await succeed(registration);
    await enough;
  });
}

/** Nobody answers: gives up after 64·T1, tries again after a while (RFC 5626 §4.5), and not before. */
export const registersInVain: Role = registrant(
  "registers in vain",
  { retry: { baseAllDownSeconds: 300 } },
  async (registration, stage) => {
    registration.events.on("failed", (_error, retryInMs) =>
      stage.seen.push(retryInMs === undefined ? "gave up" : "waits"),
    );
    registration.start().catch(() => {});
  },
  {
    check: async ({ seen }) => {
      await waitUntil(() => seen.length > 0, { what: "the end of the first attempt" });
      assert.deepEqual(seen, ["waits"]);
    },
  },
);
