/** Roles of the core alone, whose descriptions are made by hand: where a user agent would decide by itself. */

import assert from "node:assert/strict";
import type { IncomingSession, SessionHandlers, UserAgentOptions } from "@trapezoid/sip/agent";
import { nameAddr, sipUri } from "@trapezoid/sip/message";
import { DescribedSession } from "../described-session.ts";
import type { Role } from "../role.ts";
import type { Stage } from "../stage.ts";
import { isOfSip } from "./answering.ts";

/** @param slowMs How long an answer to a change takes. */
function described(stage: Stage, slowMs = 0): SessionHandlers {
  const session = new DescribedSession(stage.host);
  return {
    offer: () => session.offer(),
    answer: async (offer, { purpose }) => {
      if (purpose === "change" && slowMs > 0) await stage.pause(slowMs);
      return session.answer(offer);
    },
    accepted: (answer, context, isPreview) => session.accepted(answer, context, isPreview),
    rolledBack: () => session.rolledBack(),
    onInfo: () => {},
  };
}

type Acts = (call: IncomingSession, stage: Stage) => Promise<unknown>;

/** Takes calls without media. */
export function bareCallee(name: string, acts: Acts, more: Partial<UserAgentOptions> = {}, slowMs = 0): Role {
  return {
    name,
    core: (stage) => ({
      ...more,
      handlers: {
        onInvite: (call) => {
          stage.watch(acts(call, stage), isOfSip);
          return described(stage, slowMs);
        },
        onMessage: () => {},
        ...more.handlers,
      },
    }),
  };
}

/** RFC 3261 §17.2.1: who does not know yet says 100. */
const thinkingMs = 600;

export const changesSlowly: Role = bareCallee(
  "answers, and takes its time over re-INVITE",
  (call) => call.accept(),
  {},
  thinkingMs,
);

export const callsAndChangesSlowly: Role = {
  name: "calls, and takes its time over re-INVITE",
  core: () => ({}),
  begin: async (stage) => {
    const call = stage.core.invite(stage.uri("service"), { handlers: described(stage, thinkingMs) });
    const { cause, by } = await call.ended;
    assert.deepEqual({ cause, by }, { cause: "bye", by: "remote" });
  },
};

export const bareAnswers: Role = bareCallee("answers, without media", (call) => call.accept());

export const bareRingsThenAnswers: Role = bareCallee("rings, then answers, without media", async (call, stage) => {
  await call.ring();
  await stage.pause(100);
  await call.accept();
});

/** RFC 3325: with an asserted identity, which is told to trusted neighbours alone. */
export const callsByTrunk: Role = {
  name: "calls by a trunk with its number asserted",
  core: () => ({ identity: { address: "sip:alice@sip.local" }, isTrusted: () => true }),
  begin: async (stage) => {
    const call = stage.core.invite("sip:17853178070@sip.provider.net", {
      handlers: described(stage),
      to: "sip:17853178070@sip.local",
      privacy: { assertedIdentity: nameAddr(sipUri({ user: "17853178070", host: "sip.local" })) },
    });
    // The description in its 200 stands among the header fields.
    assert.equal((await call.ended).cause, "negotiation");
  },
};
