/** Roles that call. */

import assert from "node:assert/strict";
import { type CallEnd, CallError, type CallOptions, type OutgoingCall } from "@trapezoid/call";
import type { HeaderLine } from "@trapezoid/sip/message";
import { openStage } from "../open-stage.ts";
import type { Role } from "../role.ts";
import type { Stage } from "../stage.ts";
import { answers, hearken } from "./answering.ts";

type Acts = (call: OutgoingCall, stage: Stage) => Promise<unknown>;

/** Calls, and once it is answered does what it does. */
function caller(name: string, acts: Acts, options: CallOptions = {}, more: Partial<Role> = {}): Role {
  return {
    name,
    ...more,
    begin: async (stage) => {
      const call = await stage.agent.call(stage.uri("service"), options);
      await acts(call, stage);
    },
  };
}

function assertEnd(end: CallEnd, cause: CallEnd["cause"], by: CallEnd["by"]): void {
  assert.deepEqual({ cause: end.cause, by: end.by }, { cause, by });
}

async function hangUp(call: OutgoingCall, stage: Stage): Promise<void> {
  await stage.pause(200);
  assertEnd(await call.hangUp(), "bye", "local");
}

export const callsThenHangsUp: Role = caller("calls, then hangs up", hangUp);

/** After time for packets that are lost. */
export const callsThenHangsUpLate: Role = caller("calls, hangs up after a while", async (call, stage) => {
  await stage.pause(8_000);
  await hangUp(call, stage);
});

/** RFC 3261 §8.1.3.4: by 302, to another agent of ours at this address. */
export function isSentElsewhere(host: string): Role {
  return {
    name: "calls, is sent elsewhere, hangs up there",
    begin: async (stage) => {
      await using other = await openStage(answers, stage.host, stage.transport);
      stage.elsewhere.set(host, other.endpoint);
      const call = await stage.agent.call(stage.uri("service"));
      assert.equal(other.agent.calls.size, 1);
      await hangUp(call, stage);
    },
  };
}

/** The same, with something about the call. */
export function calls(how: string, options: CallOptions, more: Partial<Role> = {}): Role {
  return caller(`calls ${how}, then hangs up`, hangUp, options, more);
}

/** Whatever is said of it: SIPp is gone by then. */
export const callsAndIsLeft: Role = caller("calls", async () => {});

export const callsUntilHungUp: Role = caller("calls, is hung up on", async (call) =>
  assertEnd(await call.ended, "bye", "remote"),
);

export function withPassword(user: string, password: string): NonNullable<Role["settings"]> {
  return { user, password };
}

export function callsWithPassword(user: string, password: string): Role {
  return calls("with a password", {}, { settings: withPassword(user, password) });
}

export function isRefused(status: number, headers: readonly HeaderLine[] = []): Role {
  return {
    name: `calls, is refused with ${status}`,
    begin: async (stage) => {
      const calling = stage.agent.call(stage.uri("service"), { headers });
      await assert.rejects(calling, (error) => error instanceof CallError && error.status === status);
    },
  };
}

/** RFC 3261 §13.2.1: a 2xx without an answer to our offer leaves nothing to talk over. */
export function callsInVain(options: CallOptions = {}, how = ""): Role {
  return {
    name: `calls${how}, gets no answer to its offer`,
    begin: async (stage) => {
      const call = stage.agent.dial(stage.uri("service"), options);
      stage.watch(call.answered, (error) => error instanceof CallError);
      // A callee that is gone never answers our BYE.
      const end = await Promise.race([call.ended, stage.pause(2_000)]);
      assert.notEqual(call.state, "active");
      if (end !== undefined) assertEnd(end, "negotiation", "local");
    },
  };
}

/** CANCEL after the first provisional response of this status. */
export function callsThenCancels(status: number): Role {
  return {
    name: `calls, cancels after ${status}`,
    begin: async (stage) => {
      const call = stage.agent.dial(stage.uri("service"));
      assert.equal(await call.ringing, status);
      stage.watch(call.answered, (error) => error instanceof CallError);
      // A callee that is gone never says 487.
      const end = await Promise.race([call.hangUp(), stage.pause(2_000)]);
      if (end !== undefined) assertEnd(end, "cancelled", "local");
    },
  };
}

/** RFC 3261 §9.1: CANCEL waits for a provisional response, of which 100 is one. */
export const callsThenCancelsSoon: Role = {
  name: "calls, cancels soon",
  begin: async (stage) => {
    const call = stage.agent.dial(stage.uri("service"));
    stage.watch(call.answered, (error) => error instanceof CallError);
    await stage.pause(500);
    assertEnd(await call.hangUp(), "cancelled", "local");
  },
};

export const callsThenHolds: Role = caller("calls, holds, hangs up", async (call, stage) => {
  await stage.pause(200);
  await call.hold();
  await hangUp(call, stage);
});

export function callsThenHoldsWithPassword(user: string, password: string): Role {
  return { ...callsThenHolds, name: `${callsThenHolds.name} with a password`, settings: withPassword(user, password) };
}

/** Three at once: each waits for the one before (§14.1). */
export const callsThenReinvitesThrice: Role = caller("calls, sends three re-INVITEs at once", (call) =>
  Promise.all([call.hold(), call.refresh(), call.refresh()]),
);

export const callsThenSendsDigit: Role = caller("calls, sends a digit by INFO, hangs up", async (call, stage) => {
  await call.sendDigits("5", { by: "info" });
  await hangUp(call, stage);
});

/** The scenario ends with the INFO. */
export const callsThenSendsDigitAndIsLeft: Role = caller("calls, sends a digit by INFO", (call) =>
  call.sendDigits("5", { by: "info" }),
);

/** Rings on and on, until SIPp has ended. */
export const callsOnAndOn: Role = {
  name: "calls",
  begin: async (stage) => {
    stage.watch(stage.agent.dial(stage.uri("service")).answered, (error) => error instanceof CallError);
  },
};

export const callsAndHears: Role = caller("calls, hears PCMA, is hung up on", async (call) => {
  assert.equal(await hearken(call, 20), "PCMA");
  assertEnd(await call.ended, "bye", "remote");
});
