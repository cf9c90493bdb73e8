/** Roles of single requests: they ask, or are asked. RFC 3261 §11, RFC 3428, RFC 6665. */

import assert from "node:assert/strict";
import type { CoreHandlers, IncomingRequest, Reply } from "@trapezoid/sip/agent";
import { SipError } from "@trapezoid/sip/agent";
import { waitUntil } from "../../../interop/rig/wait.ts";
import type { Role } from "../role.ts";

export function asks(method: string): Role {
  return {
    name: `sends ${method}`,
    begin: async (stage) => {
      const { response } = await stage.core.request(method, stage.uri("service"), {
        body: { contentType: "text/plain", body: "Hello!" },
      });
      assert.equal(response.status, 200);
    },
  };
}

/** What comes back may be no SIP at all. */
export function asksInVain(method: string): Role {
  return {
    name: `sends ${method}`,
    begin: async (stage) => {
      stage.core.request(method, stage.uri("service")).catch((error) => {
        if (!(error instanceof SipError)) stage.errors.push(error);
      });
    },
  };
}

/** Answers these methods outside of calls, and everything else as always. */
export function replies(name: string, methods: readonly string[], reply: Reply, more: Partial<Role> = {}): Role {
  return {
    name,
    ...more,
    core: () => {
      const handle = (): Reply => reply;
      const handlers: CoreHandlers = {
        onMessage: handle,
        onOptions: handle,
        methods: Object.fromEntries(methods.map((method) => [method, handle])),
      };
      return { handlers };
    },
  };
}

/** An application that is not there for anybody. */
export const unavailable: Role = replies("says that nobody is there", ["INFO", "PUBLISH", "REGISTER"], { status: 480 });

/** NOTIFY outside of a subscription, whose answer the scenario does not wait for. */
export function isNotified(body: RegExp): Role {
  return {
    name: "takes NOTIFY",
    core: (stage) => ({
      handlers: {
        onUnsolicitedNotify: ({ request }: IncomingRequest): Reply => {
          stage.seen.push(request.body);
        },
      },
    }),
    check: async (stage) => {
      await waitUntil(() => stage.seen.length > 0, { what: "the NOTIFY", timeoutMs: 5_000 });
      assert.match(stage.seen[0]!, body);
    },
  };
}

/** A response that belongs to no request of ours (RFC 3261 §18.1.2). */
export const isToldNothing: Role = {
  name: "drops a response that it never asked for",
  core: () => ({}),
  check: (stage) => assert.deepEqual(stage.core.counters.refused, {}),
};
