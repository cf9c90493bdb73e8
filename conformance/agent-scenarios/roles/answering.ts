/** Roles that are called. */

import assert from "node:assert/strict";
import { type Call, CallError, type IncomingCall, type MediaSecurity } from "@trapezoid/call";
import { SipError } from "@trapezoid/sip/agent";
import type { HeaderLine } from "@trapezoid/sip/message";
import { pause } from "../../../interop/rig/wait.ts";
import type { Role } from "../role.ts";
import type { Stage } from "../stage.ts";

type Acts = (call: IncomingCall, stage: Stage) => Promise<unknown>;

/** What becomes of the call is the scenario's word; an error that is none of SIP is ours. */
export function isOfSip(error: unknown): boolean {
  return error instanceof CallError || error instanceof SipError;
}

function callee(name: string, acts: Acts, more: Partial<Role> = {}): Role {
  return {
    name,
    listen: (stage) => {
      stage.agent.events.on("call", (call) => stage.watch(acts(call, stage), isOfSip));
    },
    ...more,
  };
}

export const answers: Role = callee("answers", (call) => call.answer());

export const ringsThenAnswers: Role = callee("rings, then answers", async (call, stage) => {
  await call.ring();
  await stage.pause(100);
  await call.answer();
});

/** `headers`: what an application would add. */
export function answersWith(headers: readonly HeaderLine[]): Role {
  return callee(`answers with ${namesOf(headers)}`, (call) => call.answer({ headers }));
}

export function refuses(status: number, headers: readonly HeaderLine[] = []): Role {
  const also = headers.length === 0 ? "" : ` and ${namesOf(headers)}`;
  return callee(`refuses with ${status}${also}`, async (call) => call.session.reject(status, { headers }));
}

function namesOf(headers: readonly HeaderLine[]): string {
  return headers.map(([name]) => name).join(" and ");
}

/** After the 100 that a transaction sends by itself where nothing else is said in 200 ms (RFC 3261 §17.2.1). */
const afterTryingMs = 400;

/** Until it is cancelled. */
export const ringsLate: Role = callee("rings after a while", async (call, stage) => {
  await stage.pause(afterTryingMs);
  await call.ring();
});

export const answersLate: Role = callee("answers after a while", async (call, stage) => {
  await stage.pause(afterTryingMs);
  await call.answer();
});

export const sendsEarlyMediaLate: Role = callee("sends early media after a while", async (call, stage) => {
  await stage.pause(afterTryingMs);
  await call.earlyMedia();
});

export const sendsEarlyMediaThenAnswers: Role = callee("sends early media, then answers", async (call, stage) => {
  await call.earlyMedia();
  await stage.pause(1_000);
  await call.answer();
});

/** Nothing but the transaction's own 100. */
export const saysNothing: Role = callee("says nothing", (call) => call.ended);

export const answersThenHangsUp: Role = callee("answers, then hangs up", async (call, stage) => {
  await call.answer();
  await stage.pause(500);
  await call.hangUp();
});

export const answersThenHolds: Role = callee("answers, then holds", async (call, stage) => {
  await call.answer();
  await stage.pause(200);
  await call.hold();
});

export const answersHoldsHangsUp: Role = callee("answers, holds, hangs up", async (call, stage) => {
  await call.answer();
  await stage.pause(200);
  await call.hold();
  await stage.pause(200);
  await call.hangUp();
});

/** The second offer is ours, in the 200; what came in the ACK is agreed before the BYE. */
export const reinvitedThenHangsUp: Role = callee("answers, is sent re-INVITE, hangs up", async (call, stage) => {
  const modified = new Promise((resolve) => call.session.events.once("modified", resolve));
  await call.answer();
  await modified;
  await stage.pause(200);
  await call.hangUp();
});

/** RFC 3262. */
export const ringsReliably: Role = callee("rings reliably", (call) => call.session.ring({ reliable: true }));

export const ringsReliablyThenAnswers: Role = callee("rings reliably, then answers", async (call) => {
  await call.session.ring({ reliable: true });
  await call.answer();
});

export const isHeldByPeer: Role = callee(
  "answers, is held",
  (call, stage) => {
    call.events.on("held", (byThem) => stage.seen.push(byThem ? "held" : "resumed"));
    return call.answer();
  },
  { check: ({ seen }) => assert.deepEqual(seen, ["held"]) },
);

export function takesDigits(digits: string, by: string): Role {
  return callee(
    `answers, takes ${digits} by ${by}`,
    (call, stage) => {
      call.events.on("digit", ({ digit, by }) => stage.seen.push(`${digit} by ${by}`));
      return call.answer();
    },
    {
      check: ({ seen }) =>
        assert.deepEqual(
          seen,
          [...digits].map((digit) => `${digit} by ${by}`),
        ),
    },
  );
}

/** Notes the codec once so many packets have come. */
export async function hearken(call: Call, packets: number): Promise<string> {
  let heard = "nothing";
  while (call.state === "active" && heard === "nothing") {
    const { codec, received } = await call.statistics();
    if (received.packets >= packets) heard = `${codec}`;
    else await pause(100);
  }
  return heard;
}

export const hearsThenHangsUp: Role = callee(
  "answers, hears PCMA, hangs up",
  async (call, stage) => {
    await call.answer();
    stage.seen.push(await hearken(call, 40));
    await call.hangUp();
  },
  { check: ({ seen }) => assert.deepEqual(seen, ["PCMA"]) },
);

/** Rings reliably, answers; this is what was agreed. */
export function agreesOn(codec: string, security: MediaSecurity): Role {
  const words = security === "none" ? `${codec} in the clear` : `${codec} with ${security.toUpperCase()}`;
  return callee(
    `rings reliably, answers, agrees on ${words}`,
    async (call, stage) => {
      await call.session.ring({ reliable: true });
      await call.answer();
      stage.seen.push(`${call.media?.audio?.codec} ${call.media?.audio?.security}`);
    },
    { check: ({ seen }) => assert.deepEqual(seen, [`${codec} ${security}`]) },
  );
}

/** Rings, answers, and hears at least so many packets of this codec. */
export function hears(codec: string, packets: number, digits = ""): Role {
  const words = [`hears ${codec}`, ...(digits === "" ? [] : [`takes ${digits}`])].join(", ");
  return callee(
    `answers, ${words}`,
    async (call, stage) => {
      call.events.on("digit", ({ digit }) => stage.seen.push(digit));
      await call.ring();
      await stage.pause(100);
      await call.answer();
      stage.seen.push(await hearken(call, packets));
    },
    { check: ({ seen }) => assert.deepEqual(seen, [codec, ...digits]) },
  );
}

/** Calls whom it is sent to (RFC 3515). */
export const followsRefer: Role = callee(
  "answers, calls whom it is sent to",
  (call, stage) => {
    call.events.on("transferred", ({ session }) => stage.seen.push(`calls ${session.remoteAddress.uri.scheme}`));
    return call.answer();
  },
  { settings: { onTransfer: "follow" }, check: ({ seen }) => assert.deepEqual(seen, ["calls sip"]) },
);
