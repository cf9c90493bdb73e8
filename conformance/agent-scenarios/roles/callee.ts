/** Roles that are called. */

import type { IncomingSession, Reply, SessionHandlers, UserAgentOptions } from "@trapezoid/sip/agent";
import { SipError } from "@trapezoid/sip/agent";
import type { HeaderLine } from "@trapezoid/sip/message";
import type { DescribedSession } from "../described-session.ts";
import type { Role } from "../role.ts";
import type { Stage } from "../stage.ts";

type Acts = (call: IncomingSession, stage: Stage, described: DescribedSession) => Promise<unknown>;

/** Answers offers, INFO and MESSAGE by itself; the rest is what it does with the call. */
export function callee(
  name: string,
  acts: Acts,
  more: Partial<Role> & { readonly handlers?: Partial<SessionHandlers> } = {},
): Role {
  const { handlers, ...role } = more;
  return {
    name,
    ...role,
    agent: (stage): Partial<UserAgentOptions> => {
      const extra = more.agent?.(stage) ?? {};
      return {
        ...extra,
        handlers: {
          onInvite: (call) => {
            const described = stage.described();
            // What becomes of the call is the scenario's word; an error that is none of SIP is ours.
            acts(call, stage, described).catch((error) => {
              if (!(error instanceof SipError)) stage.errors.push(error);
            });
            return sessionHandlers(stage, described, handlers);
          },
          onMessage: (): Reply => undefined,
          ...extra.handlers,
        },
      };
    },
  };
}

function sessionHandlers(
  stage: Stage,
  described: DescribedSession,
  more: Partial<SessionHandlers> = {},
): SessionHandlers {
  return {
    offer: () => described.offer(),
    answer: (offer) => described.answer(offer),
    accepted: (answer, context, isPreview) => described.accepted(answer, context, isPreview),
    rolledBack: () => described.rolledBack(),
    onInfo: ({ request }) => void stage.seen.push(`INFO ${request.body}`),
    ...more,
  };
}

export const answers: Role = callee("answers", (call) => call.accept());

export const ringsThenAnswers: Role = callee("rings, then answers", async (call, stage) => {
  await call.ring();
  await stage.pause(100);
  await call.accept();
});

/** `headers`: what an application would add. */
export function answersWith(headers: readonly HeaderLine[]): Role {
  return callee(`answers with ${headers.map(([name]) => name).join(" and ")}`, (call) => call.accept({ headers }));
}

export function refuses(status: number, headers: readonly HeaderLine[] = []): Role {
  return callee(`refuses with ${status}`, async (call) => call.reject(status, { headers }));
}

export function ringsThenRefuses(status: number): Role {
  return callee(`rings, then refuses with ${status}`, async (call, stage) => {
    await call.ring();
    await stage.pause(200);
    call.reject(status);
  });
}

export const rings: Role = callee("rings", (call) => call.ring());

export const progresses: Role = callee("sends early media", (call) => call.progress());
